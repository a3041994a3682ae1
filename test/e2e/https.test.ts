import assert from 'node:assert/strict';
import { suite } from 'node:test';
import { s3Error } from '../emulators/faults.ts';
import type { S3Request } from '../emulators/s3-requests.ts';
import { openExportPair } from '../fixtures/export-pair.ts';
import { assertSameItems } from '../fixtures/items.ts';
import { overHttps } from '../fixtures/over-https.ts';
import { assertFailed, assertSucceeded, largeItems, openPair, startServers } from '../fixtures/pair.ts';
import { attempt, dieAt, ITEMS, RESUMED, seesData } from '../fixtures/resume-attempts.ts';
import { slowTest } from '../run/effort.ts';

await startServers();

/** One object of several parts. */
const MULTIPART = { compression: 'none', 'total-segments': '1' };
const SEVERAL_PARTS = largeItems(60, 200_000);

function isUnsigned({ headers }: S3Request): boolean {
  return headers['x-amz-content-sha256'] === 'UNSIGNED-PAYLOAD';
}

suite('over HTTPS', { concurrency: 2 }, () => {
  slowTest('a scan copies every item, and only the uploads have unsigned payloads', async () => {
    await using pair = await openPair();
    await using https = await overHttps({ ...pair.source.env, ...pair.store.env });
    const table = await pair.source.createTable(SEVERAL_PARTS);
    await using run = await pair.run({ ...MULTIPART, 'dynamodb-table-name': table }, { env: https.env });
    const copy = await pair.copyOf(run);
    assertSameItems(copy.items(), await pair.source.readItems(table));
    const unsigned = new Set(pair.store.requests.filter(isUnsigned).map(({ operation }) => operation));
    assert.deepEqual([...unsigned].sort(), ['PutObject', 'UploadPart']);
  });

  slowTest('an export copies every item', async () => {
    await using exporting = await openExportPair();
    await using https = await overHttps({ ...exporting.pair.store.env, ...exporting.service.env });
    await using run = await exporting.run({}, { env: https.env });
    const copy = await exporting.copyOf(run);
    assertSameItems(copy.items(), await exporting.pair.source.readItems(exporting.table));
  });

  slowTest('a re-run resumes the copy of a killed attempt', async () => {
    await using pair = await openPair();
    await using https = await overHttps({ ...pair.source.env, ...pair.store.env });
    const inputs = { ...RESUMED, 'dynamodb-table-name': await pair.source.createTable(ITEMS) };
    await using _ = await dieAt(pair, inputs, seesData(5), 'drop', { env: https.env });
    await using run = await pair.run(inputs, { env: { ...https.env, ...attempt(2).env } });
    const copy = await pair.copyOf(run);
    assertSameItems(copy.items(), await pair.source.readItems(inputs['dynamodb-table-name']));
    assert.match(run.notices.join('\n'), /Resuming the copy of attempt 1/);
  });

  slowTest('s3-payload-signing-enabled satisfies a bucket policy that denies UNSIGNED-PAYLOAD', async () => {
    await using pair = await openPair();
    await using https = await overHttps({ ...pair.source.env, ...pair.store.env });
    pair.store.inject((request) => (isUnsigned(request) ? s3Error('AccessDenied', 403) : undefined));
    const inputs = { ...MULTIPART, 'dynamodb-table-name': await pair.source.createTable(SEVERAL_PARTS) };
    await using denied = await pair.run(inputs, { env: https.env });
    await assertFailed(denied, pair, 'ACCESS_DENIED');
    await using run = await pair.run({ ...inputs, 's3-payload-signing-enabled': 'true' }, { env: https.env });
    assertSucceeded(run);
    await pair.copyOf(run);
  });
});
