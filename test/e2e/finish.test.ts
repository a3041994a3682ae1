import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { suite, test } from 'node:test';
import { DeleteTableCommand } from '@aws-sdk/client-dynamodb';
import { type FinishPair, openFinishPair, resumeFolderOf, unlistedKey, writesOf } from '../fixtures/finish-pair.ts';
import { applyPolicy, policyBelow, withoutAction } from '../fixtures/iam-policy.ts';
import { assertSameItems } from '../fixtures/items.ts';
import { assertFailed, assertSucceeded, keysIn, preload, startServers } from '../fixtures/pair.ts';
import type { Copy } from '../fixtures/read-copy.ts';
import { fewOf, slowTest } from '../run/effort.ts';
import type { RunResult } from '../runner/runner.ts';

await startServers();

/** Asserts that the step succeeded and that the bucket contains one copy with all items of the table. */
async function assertFinished({ pair, original, layout }: FinishPair, run: RunResult): Promise<Copy> {
  const copy = await pair.copyOf(run);
  assertSameItems(copy.items(), original);
  assert.equal(run.outputs['manifest-key'], layout.manifestSummary);
  assert.equal(run.outputs['item-count'], String(original.length));
  return copy;
}

/** Returns the outputs that do not depend on the step. */
function outputsOf({ outputs }: RunResult): Readonly<Record<string, string>> {
  const { 'duration-seconds': _, 's3-keys-file': __, 'checksums-file': ___, ...others } = outputs;
  return others;
}

suite('the finish Action', { concurrency: 3 }, () => {
  test('writes the manifests of one copy, and nothing if it is complete', async () => {
    await using finishing = await openFinishPair();
    const { pair, plan, layout, manifests, put } = finishing;
    await put(`${resumeFolderOf(finishing)}request.json`, '{}');
    await put(`${resumeFolderOf(finishing)}2-of-3/1/segment-0.json`, '{}');
    await using run = await finishing.finish();
    const copy = await assertFinished(finishing, run);
    const { record = {}, summary } = copy;
    assert.equal(summary.endTime, manifests.at(-1)?.endTime, 'the end is that of the last shard');
    assert.equal(record['totalSegments'], plan.segments);
    assert.equal(record['scope'], 'table');
    const shards = record['shards'] as readonly { readonly shard: string; readonly itemCount: number }[];
    assert.deepEqual(
      shards.map(({ shard, itemCount }) => [shard, itemCount]),
      manifests.map(({ shard, counts }) => [shard, counts.itemCount]),
    );
    const { outputs } = run;
    assert.equal(outputs['s3-uri'], `s3://${pair.bucket}/${layout.root}`);
    const keys = copy.objects.map(({ dataFileS3Key }) => dataFileS3Key);
    assert.deepEqual(JSON.parse(outputs['s3-keys'] ?? ''), keys);
    assert.equal(outputs['consumed-read-capacity'], '10');
    assert.equal(outputs['size-bytes'], String(copy.objects.reduce((sum, { size }) => sum + size, 0)));
    const checksums = await readFile(outputs['checksums-file'] ?? '', 'utf8');
    assert.equal(checksums, (await pair.store.read(pair.bucket, layout.manifestChecksums)).toString());
    assert.match(run.summary, /^### ✅ Copied .* to S3: 20 items$/m);
    const left = (await keysIn(pair)).filter((key) => key.includes('/_resume/'));
    assert.deepEqual(left, [], 'the checkpoints of the shards are deleted');

    const writes = writesOf(finishing).length;
    await using again = await finishing.finish();
    await assertFinished(finishing, again);
    assert.deepEqual(writesOf(finishing).slice(writes), []);
    assert.deepEqual(outputsOf(again), outputsOf(run));
    assert.equal(await readFile(again.outputs['checksums-file'] ?? '', 'utf8'), checksums);
  });

  test('fails with SHARDS_MISSING and names the shards, also those that are being written', async () => {
    await using finishing = await openFinishPair({
      manifest: (manifest) => (manifest.shard === '1-of-3' ? manifest : undefined),
    });
    await finishing.put(`${resumeFolderOf(finishing)}3-of-3/run.json`, JSON.stringify({ ended: false }));
    await using run = await finishing.finish();
    const { message } = await assertFailed(run, finishing.pair, 'SHARDS_MISSING');
    assert.match(
      message,
      /^2 of 3 shards are not complete: 2-of-3 and 3-of-3\. 3-of-3 is being written: its job was active in the last 6 minutes\./,
    );
    assert.match(run.summary, /The copy is not finished\./);
    assert.deepEqual(writesOf(finishing), []);
  });

  test('completes the copy in a re-run if the step is killed between two manifests', async () => {
    await using finishing = await openFinishPair();
    const { pair } = finishing;
    const reached = Promise.withResolvers<void>();
    pair.store.inject(({ operation, key }) => {
      if (operation !== 'PutObject' || !key.endsWith('manifest-summary.md5')) return undefined;
      reached.resolve();
      return 'hang';
    });
    const killed = finishing.start();
    await reached.promise;
    killed.kill('SIGKILL');
    await using _ = await killed.result;
    pair.store.inject();
    await using run = await finishing.finish({}, { env: { GITHUB_RUN_ATTEMPT: '2' } });
    await assertFinished(finishing, run);
  });

  test('a cancelled step leaves nothing that looks complete', async () => {
    await using finishing = await openFinishPair();
    const reached = Promise.withResolvers<void>();
    finishing.pair.store.inject(({ operation, key }) => {
      if (operation !== 'PutObject' || !key.endsWith('manifest-table.json')) return undefined;
      reached.resolve();
      return 'hang';
    });
    const cancelled = finishing.start();
    await reached.promise;
    cancelled.cancel();
    await using run = await cancelled.result;
    const { remedy } = await assertFailed(run, finishing.pair, 'CANCELLED');
    assert.match(remedy, /to finish the copy/);
  });

  test('checks everything and writes nothing in a dry run', async () => {
    await using finishing = await openFinishPair({ prefix: '' });
    await using run = await finishing.finish({ 'dry-run': 'true' });
    assertSucceeded(run);
    assert.deepEqual(writesOf(finishing), []);
    assert.equal(run.outputs['manifest-key'], undefined);
    assert.match(run.summary, /Dry run passed/);
    assert.match(run.log, /Data objects: ok, exactly those of the shards/);
    await finishing.put(unlistedKey(finishing), 'not ours');
    await using failed = await finishing.finish({ 'dry-run': 'true' });
    await assertFailed(failed, finishing.pair, 'COPY_INCOMPLETE');
  });

  test('reports late objects of earlier attempts in a dry run, and keeps them', async () => {
    await using finishing = await openFinishPair({
      manifest: (manifest, layout) =>
        manifest.shard === '1-of-3' ? { ...manifest, givenUp: [unlistedKey({ layout })], lateUntil: 1 } : manifest,
    });
    await finishing.put(unlistedKey(finishing), 'late');
    await using run = await finishing.finish({ 'dry-run': 'true' });
    assertSucceeded(run);
    assert.match(
      run.log,
      /Data objects: ok, those of the shards, and 1 object of earlier attempts, which a normal run deletes$/m,
    );
    assert.deepEqual(writesOf(finishing), []);
  });

  test('warns about an empty copy by default, and fails with if-empty: error', async () => {
    await using finishing = await openFinishPair({ items: [] });
    await using failed = await finishing.finish({ 'if-empty': 'error' });
    await assertFailed(failed, finishing.pair, 'EMPTY_COPY');
    assert.deepEqual(writesOf(finishing), []);
    const older = { ...preload('older-node.ts'), env: { HTTPS_PROXY: 'http://127.0.0.1:9' } };
    await using run = await finishing.finish({}, older);
    await assertFinished(finishing, run);
    const [ignoredProxy = '', ...others] = run.warnings;
    assert.match(ignoredProxy, /^HTTPS_PROXY is set/);
    assert.deepEqual(others, [
      'The copy contains no items. Set if-empty to ignore if this is expected, or to error to fail the step.',
    ]);
  });

  slowTest('fails with TABLE_NOT_FOUND if the table was deleted after the plan', async () => {
    await using finishing = await openFinishPair();
    await finishing.pair.source.client.send(new DeleteTableCommand({ TableName: finishing.table }));
    await using run = await finishing.finish();
    assert.match((await assertFailed(run, finishing.pair, 'TABLE_NOT_FOUND')).message, /does not exist/);
  });

  test('needs exactly the permissions in docs/credentials.md', async () => {
    const policy = policyBelow('Finish');
    await using finishing = await openFinishPair({ prefix: 'orders/2026-11-23' });
    await finishing.put(`${resumeFolderOf(finishing)}request.json`, '{}');
    for (const action of fewOf(['s3:ListBucket', 'dynamodb:DescribeTable', 's3:GetObject', 's3:PutObject'], 1)) {
      applyPolicy(finishing.pair, withoutAction(policy, action));
      await using denied = await finishing.finish();
      const { message } = await assertFailed(denied, finishing.pair, 'ACCESS_DENIED');
      assert.match(message, new RegExp(action));
    }
    applyPolicy(finishing.pair, policy);
    await using run = await finishing.finish();
    await assertFinished(finishing, run);
    assert.deepEqual([...run.notices, ...run.warnings], []);
  });
});
