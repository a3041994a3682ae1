import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { suite, test } from 'node:test';
import { DeleteTableCommand } from '@aws-sdk/client-dynamodb';
import { jsonResponse, s3Error } from '../emulators/faults.ts';
import { s3Denies } from '../fixtures/aws-errors.ts';
import { type FinishPair, openFinishPair } from '../fixtures/finish-pair.ts';
import { assertSameItems } from '../fixtures/items.ts';
import { assertFailed, assertSucceeded, keysIn, startServers } from '../fixtures/pair.ts';
import type { Copy } from '../fixtures/read-copy.ts';
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

/** Returns the operations of the requests that change the bucket, with the names of the objects. */
function writesOf({ pair }: FinishPair): string[] {
  const writes = /^(?:Put|Delete|Create|Upload|Complete|Copy)/;
  return pair.store.requests
    .filter(({ operation }) => writes.test(operation))
    .map(({ operation, key }) => `${operation} ${key.split('/').at(-1)}`);
}

/** Key of a data object of the first shard that none of its manifests lists. */
function unlistedKey({ layout }: Pick<FinishPair, 'layout'>, last = 'e'): string {
  return `${layout.data}aa${'z'.repeat(23)}${last}.json.gz`;
}

function resumeFolderOf({ layout, plan }: FinishPair): string {
  return layout.root.replace(plan.exportId, `_resume/${plan.exportId}`);
}

suite('finish', { concurrency: 3 }, () => {
  test('writes the manifests of one copy, whose end is that of the last shard', async () => {
    await using finishing = await openFinishPair();
    const { pair, plan, layout, manifests, put } = finishing;
    await put(`${resumeFolderOf(finishing)}request.json`, '{}');
    await put(`${resumeFolderOf(finishing)}2-of-3/1/segment-0.json`, '{}');
    await using run = await finishing.finish();
    const copy = await assertFinished(finishing, run);
    const { record = {}, summary } = copy;
    assert.equal(summary.endTime, manifests.at(-1)?.endTime);
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
  });

  test('fails with SHARDS_MISSING and names the shards, also those that are being written', async () => {
    await using finishing = await openFinishPair({
      shards: 4,
      manifest: (manifest) => (manifest.shard === '1-of-4' ? manifest : undefined),
    });
    const { put, pair } = finishing;
    await put(`${resumeFolderOf(finishing)}3-of-4/run.json`, JSON.stringify({ ended: false }));
    await put(`${resumeFolderOf(finishing)}4-of-4/run.json`, JSON.stringify({ ended: true }));
    await using run = await finishing.finish();
    const { message } = await assertFailed(run, pair, 'SHARDS_MISSING');
    assert.match(message, /^3 of 4 shards are not complete: 2-of-4, 3-of-4 and 4-of-4\. 3-of-4 is being written\./);
    assert.deepEqual(writesOf(finishing), []);
  });

  test('writes nothing if the copy is complete, and returns the same outputs', async () => {
    await using finishing = await openFinishPair();
    await using first = await finishing.finish();
    await assertFinished(finishing, first);
    const before = writesOf(finishing).length;
    await using second = await finishing.finish();
    await assertFinished(finishing, second);
    assert.deepEqual(writesOf(finishing).slice(before), []);
    const comparable = ({ outputs }: RunResult) => ({
      ...outputs,
      'duration-seconds': '',
      's3-keys-file': '',
      'checksums-file': '',
    });
    assert.deepEqual(comparable(second), comparable(first));
    assert.match(second.log, /The copy was complete already/);
    assert.equal(
      await readFile(second.outputs['checksums-file'] ?? '', 'utf8'),
      await readFile(first.outputs['checksums-file'] ?? '', 'utf8'),
    );
  });

  test('fails with COPY_DAMAGED if the copy is complete but one of its objects is missing', async () => {
    await using finishing = await openFinishPair();
    await using first = await finishing.finish();
    const copy = await assertFinished(finishing, first);
    await finishing.put(copy.objects[0]?.dataFileS3Key ?? '', 'changed');
    await using second = await finishing.finish();
    assert.equal(second.exitCode, 1);
    assert.match(second.errors.join(), /1 object was changed/);
    assert.match(second.summary, /failed: `COPY_DAMAGED`/);
    assert.equal(second.outputs['manifest-key'], undefined);
  });

  for (const manifest of ['manifest-files.md5', 'manifest-table.json', 'manifest-summary.json'] as const) {
    test(`completes the copy in a re-run if the step is killed before ${manifest} is written`, async () => {
      await using finishing = await openFinishPair();
      const { pair } = finishing;
      const killed = finishing.start();
      const reached = Promise.withResolvers<void>();
      pair.store.inject(({ operation, key }) => {
        if (operation !== 'PutObject' || !key.endsWith(manifest)) return undefined;
        reached.resolve();
        return 'hang';
      });
      await reached.promise;
      killed.kill('SIGKILL');
      await using _ = await killed.result;
      pair.store.inject();
      // The settings of the table may have changed in between.
      pair.source.inject(({ operation }) =>
        operation === 'ListTagsOfResource' ? jsonResponse(() => ({ Tags: [{ Key: 'a', Value: 'b' }] })) : undefined,
      );
      await using run = await finishing.finish({}, { env: { GITHUB_RUN_ID: '77', GITHUB_RUN_ATTEMPT: '2' } });
      await assertFinished(finishing, run);
    });
  }

  test('makes one copy if two steps finish it at the same time', async () => {
    await using finishing = await openFinishPair();
    // Both steps write each manifest at the same time.
    finishing.pair.store.inject(({ operation, key }) => {
      if (operation === 'PutObject' && /manifest-(?:files|table|summary)\.json$/.test(key)) return { delayMs: 50 };
      return undefined;
    });
    const runs = await Promise.all([finishing.finish(), finishing.finish({}, { env: { GITHUB_RUN_ID: '78' } })]);
    for (const run of runs) {
      await assertFinished(finishing, run);
      await run[Symbol.asyncDispose]();
    }
  });

  test('deletes late objects that a shard has given up, and no others', async () => {
    await using finishing = await openFinishPair({
      manifest: (manifest, layout) =>
        manifest.shard === '1-of-3'
          ? { ...manifest, givenUp: [unlistedKey({ layout }), unlistedKey({ layout }, 'm')], lateUntil: 1 }
          : manifest,
    });
    await finishing.put(unlistedKey(finishing), 'late');
    await using run = await finishing.finish();
    await assertFinished(finishing, run);
    assert.match(run.log, /Deleted 1 object of earlier attempts, which arrived late\./);
  });

  test('waits until no request for an object that was given up can arrive', async () => {
    const lateUntil = Date.now() + 4_000;
    await using finishing = await openFinishPair({
      manifest: (manifest, layout) =>
        manifest.shard === '1-of-3' ? { ...manifest, givenUp: [unlistedKey({ layout })], lateUntil } : manifest,
    });
    await using run = await finishing.finish();
    await assertFinished(finishing, run);
    const written = finishing.pair.store.requests.find(({ operation }) => operation === 'PutObject');
    assert.ok(written);
    assert.ok(Date.now() >= lateUntil, 'the step ended before the time');
    assert.match(run.log, /Waiting [\d.]+ s: until then, S3 may still store objects/);
  });

  test('fails with COPY_INCOMPLETE and deletes nothing if data/ contains an object of no shard', async () => {
    await using finishing = await openFinishPair({
      manifest: (manifest, layout) =>
        manifest.shard === '1-of-3' ? { ...manifest, givenUp: [unlistedKey({ layout })], lateUntil: 1 } : manifest,
    });
    await finishing.put(unlistedKey(finishing), 'late');
    await finishing.put(`${finishing.layout.data}unknown.json.gz`, 'not ours');
    await using run = await finishing.finish();
    const { message } = await assertFailed(run, finishing.pair, 'COPY_INCOMPLETE');
    assert.match(message, /1 object is not in the manifest \("unknown\.json\.gz"\)/);
    assert.deepEqual(writesOf(finishing), []);
  });

  test('fails with PLAN_MISMATCH if a shard was copied with other inputs', async () => {
    await using finishing = await openFinishPair({
      manifest: (manifest) => (manifest.shard === '2-of-3' ? { ...manifest, request: 'cd'.repeat(32) } : manifest),
    });
    await using run = await finishing.finish();
    const { message } = await assertFailed(run, finishing.pair, 'PLAN_MISMATCH');
    assert.match(message, /2-of-3 were copied with other inputs than shard 1-of-3/);
  });

  test('fails with TABLE_RECREATED if the table was created again after the plan', async () => {
    await using finishing = await openFinishPair();
    const { source } = finishing.pair;
    source.inject(({ operation }) =>
      operation === 'DescribeTable'
        ? jsonResponse<{ Table: object }>(({ Table }) => ({ Table: { ...Table, CreationDateTime: 1 } }))
        : undefined,
    );
    await using run = await finishing.finish();
    await assertFailed(run, finishing.pair, 'TABLE_RECREATED');
  });

  test('fails with TABLE_NOT_FOUND if the table was deleted after the plan', async () => {
    await using finishing = await openFinishPair();
    await finishing.pair.source.client.send(new DeleteTableCommand({ TableName: finishing.table }));
    await using run = await finishing.finish();
    await assertFailed(run, finishing.pair, 'TABLE_NOT_FOUND');
  });

  test('fails with PLAN_NOT_FOUND in another bucket with the same name, which has no such plan', async () => {
    await using finishing = await openFinishPair();
    finishing.pair.store.inject(({ key, operation }) =>
      operation === 'HeadObject' && key.endsWith('/_started') ? s3Error('NoSuchKey', 404) : undefined,
    );
    await using run = await finishing.finish();
    await assertFailed(run, finishing.pair, 'PLAN_NOT_FOUND');
  });

  test('fails if the role is not allowed to list the bucket', async () => {
    await using finishing = await openFinishPair();
    finishing.pair.store.inject(({ operation }) =>
      operation.startsWith('ListObjects') ? s3Denies('s3:ListBucket') : undefined,
    );
    await using run = await finishing.finish();
    await assertFailed(run, finishing.pair, 'ACCESS_DENIED');
    assert.deepEqual(writesOf(finishing), []);
  });

  test('warns about an empty copy by default, and fails with if-empty: error before it writes a manifest', async () => {
    await using finishing = await openFinishPair({ items: [] });
    await using failed = await finishing.finish({ 'if-empty': 'error' });
    await assertFailed(failed, finishing.pair, 'EMPTY_COPY');
    assert.deepEqual(writesOf(finishing), []);
    await using run = await finishing.finish();
    await assertFinished(finishing, run);
    assert.match(run.warnings.join(), /The copy contains no items/);
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

  test('keeps the checkpoints, with a notice, if the role is not allowed to delete them', async () => {
    await using finishing = await openFinishPair();
    await finishing.put(`${resumeFolderOf(finishing)}request.json`, '{}');
    finishing.pair.store.inject(({ operation }) =>
      operation === 'DeleteObjects' ? s3Denies('s3:DeleteObject') : undefined,
    );
    await using run = await finishing.finish();
    await assertFinished(finishing, run);
    assert.match(run.notices.join(), /The checkpoints of the shards in s3:.* were not deleted/);
  });
});
