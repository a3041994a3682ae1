import assert from 'node:assert/strict';
import { s3Error } from '../emulators/faults.ts';
import type { S3Request } from '../emulators/s3-requests.ts';
import { largeItems, openPair, startServers } from '../fixtures/pair.ts';
import { attempt, dieAt, firstExportId, RESUMED, seesData } from '../fixtures/resume-attempts.ts';
import { slowTest } from '../run/effort.ts';

await startServers();

const ITEMS = largeItems(18, 10_000);

/** Fails the first matching request for each key with status 409, as S3 does while another write is in progress. */
function conflictOnce(matches: (request: S3Request) => boolean) {
  const keys = new Set<string>();
  return (request: S3Request) => {
    if (!matches(request) || keys.has(request.key)) return undefined;
    keys.add(request.key);
    return s3Error('ConditionalRequestConflict', 409);
  };
}

const isConditional = ({ operation, headers }: S3Request) =>
  operation === 'PutObject' && (headers['if-match'] ?? headers['if-none-match']) !== undefined;

slowTest('a re-run resumes the copy after S3 returns 409 for its first write of run.json', async () => {
  await using pair = await openPair();
  const inputs = { ...RESUMED, 'dynamodb-table-name': await pair.source.createTable(ITEMS) };
  await using _ = await dieAt(pair, inputs, seesData(2), 'lose-httpResponse');
  pair.store.inject(conflictOnce(isConditional));
  await using run = await pair.run(inputs, attempt(2));
  const copy = await pair.copyOf(run);
  assert.match(run.notices.join('\n'), /Resuming the copy of attempt 1/);
  assert.equal(copy.exportId, firstExportId(pair));
});

slowTest('a first attempt retries conditional writes after status 409 and keeps its checkpoints', async () => {
  await using pair = await openPair();
  const inputs = { ...RESUMED, 'dynamodb-table-name': await pair.source.createTable(ITEMS) };
  pair.store.inject(conflictOnce(isConditional));
  await using run = await pair.run(inputs);
  await pair.copyOf(run);
  assert.deepEqual(run.notices, []);
});
