import assert from 'node:assert/strict';
import { suite } from 'node:test';
import { gzipSync } from 'node:zlib';
import { DeleteObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { HOUR, increment, iso, openExportPair } from '../fixtures/export-pair.ts';
import { assertSucceeded, type Inputs, startServers } from '../fixtures/pair.ts';
import { assertNotVerified, assertVerified, VERIFY_ACTION } from '../fixtures/verify-pair.ts';
import { fewOf, slowTest } from '../run/effort.ts';
import { runAction } from '../runner/runner.ts';

await startServers();

async function openExported(copyInputs: Inputs = {}) {
  const exporting = await openExportPair();
  const { pair, service, run } = exporting;
  await using exported = await run(copyInputs);
  assertSucceeded(exported);
  const copy = exported.outputs['s3-uri'] ?? '';
  return {
    ...exporting,
    keys: (await pair.store.list(pair.bucket)).map(({ key }) => key),
    verify: (inputs: Inputs = {}) =>
      runAction({
        ...VERIFY_ACTION,
        inputs: { copy, 's3-force-path-style': 'true', ...inputs },
        env: { ...pair.source.env, ...pair.store.env, ...service.env },
      }),
    [Symbol.asyncDispose]: () => exporting[Symbol.asyncDispose](),
  };
}

suite('verify with exports of DynamoDB', { concurrency: 3 }, () => {
  for (const format of fewOf(['DYNAMODB_JSON', 'ION'] as const, 1)) {
    slowTest(`reads a full export in ${format}, and compares it with the table`, async () => {
      await using exported = await openExported({ 'export-format': format });
      await using run = await exported.verify({ 'compare-with': exported.table });
      assertVerified(run);
      assert.equal(run.outputs['item-count'], '12');
      assert.match(run.summary, /SHA-256: the copy has no manifest-sha256\.txt/);
    });
  }

  slowTest('needs DescribeExport to compare an export without manifest-table.json', async () => {
    await using exported = await openExported();
    const { pair, keys, table, service, verify } = exported;
    const Key = keys.find((key) => key.endsWith('manifest-table.json'));
    await pair.store.client.send(new DeleteObjectCommand({ Bucket: pair.bucket, Key }));
    await using compared = await verify({ 'compare-with': table });
    assertVerified(compared);
    const describes = service.requests.filter(({ operation }) => operation === 'DescribeExport').length;
    await using alone = await verify();
    assertVerified(alone);
    assert.equal(service.requests.filter(({ operation }) => operation === 'DescribeExport').length, describes);
    assert.match(alone.summary, /Not checked:[\s\S]*whether the export contains the whole table/);
  });

  slowTest('fails with COPY_DAMAGED because of a changed object', async () => {
    await using exported = await openExported();
    const { pair, keys, verify } = exported;
    const Key = keys.find((key) => key.includes('/data/')) ?? '';
    await pair.store.client.send(new PutObjectCommand({ Bucket: pair.bucket, Key, Body: gzipSync('{"Item":{}}\n') }));
    await using run = await verify();
    assertNotVerified(run, 'COPY_DAMAGED');
  });

  slowTest('verifies an incremental export, and refuses to compare it', async () => {
    const now = Date.now();
    await using exported = await openExported(increment(iso(now - 2 * HOUR), iso(now - HOUR)));
    await using run = await exported.verify();
    assertVerified(run);
    await using compared = await exported.verify({ 'compare-with': exported.table });
    assert.match(assertNotVerified(compared, 'NOT_COMPARABLE'), /incremental export/);
  });
});
