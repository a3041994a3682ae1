import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { openPair, smallItems, startServers } from '../fixtures/pair.ts';
import { attempt, dieAt, RESUMED, seesData } from '../fixtures/resume-attempts.ts';

await startServers();

const workspace = mkdtempSync(join(tmpdir(), 'checkpoint-bytes-'));
after(() => rmSync(workspace, { recursive: true }));
/** Writes a large line for each small item, so that each page of one item fills an object. */
writeFileSync(join(workspace, 'long-lines.mjs'), `export default (item) => item.pk + '${'x'.repeat(65_536)}\\n';`);

const INPUTS = {
  ...RESUMED,
  'total-segments': '1',
  'dynamodb-scan-kwargs': 'Limit: 1',
  'process-func': 'long-lines.mjs',
};

test('the bytes written to checkpoints grow linearly with the number of objects in a segment', async () => {
  await using pair = await openPair();
  const checkpointBytesFor = async (objects: number) => {
    const before = pair.store.requests.length;
    const inputs = { ...INPUTS, 'dynamodb-table-name': await pair.source.createTable(smallItems(objects)) };
    await using run = await pair.run(inputs, { workspace });
    const copy = await pair.copyOf(run);
    assert.equal(copy.objects.length, objects);
    return pair.store.requests
      .slice(before)
      .filter(({ operation, key }) => operation === 'PutObject' && key.includes('/_resume/'))
      .reduce((sum, { bodyBytes }) => sum + bodyBytes, 0);
  };
  const objects = 200;
  const [few, many] = [await checkpointBytesFor(objects), await checkpointBytesFor(2 * objects)];
  assert.ok(many < 2.2 * few, `${few} bytes for ${objects} objects, ${many} for ${2 * objects}`);
  assert.ok(many < 2 * objects * 8_192, `${many} bytes for ${2 * objects} objects`);
});

test('a re-run resumes a copy with 110 objects in a segment and keeps all of them', async () => {
  await using pair = await openPair();
  const inputs = { ...INPUTS, 'dynamodb-table-name': await pair.source.createTable(smallItems(150)) };
  await using _first = await dieAt(pair, inputs, seesData(71), 'lose-httpResponse', { workspace });
  await using _second = await dieAt(pair, inputs, seesData(40), 'drop', { workspace, ...attempt(2) });
  await using run = await pair.run(inputs, { workspace, ...attempt(3) });
  const copy = await pair.copyOf(run);
  assert.match(run.notices.join('\n'), /Resuming the copy of attempt 2: 110 items in 110 objects/);
  assert.equal(copy.objects.length, 150);
  assert.equal(copy.summary.itemCount, 150);
});
