import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { PutObjectCommand } from '@aws-sdk/client-s3';
import { shardNames } from '../../src/manifest/export-id.ts';
import { assertSameItems } from '../fixtures/items.ts';
import { assertFailed, assertSucceeded, keysIn, largeItems, startServers } from '../fixtures/pair.ts';
import { attempt, checkpointKeys, dieAt, scans } from '../fixtures/resume-attempts.ts';
import { heldBy, holdFirst, injectHolds } from '../fixtures/second-attempt.ts';
import { openShardedPair, SHARD_INPUTS, type ShardedPair } from '../fixtures/sharded-pair.ts';
import { fewOf, messageTest, slowTest } from '../run/effort.ts';
import type { RunOptions } from '../runner/runner.ts';

await startServers();

/** 80 items of 10 kB: pages of 3 items, and objects of 64 KiB that end with the third page. */
const ITEMS = largeItems(80, 10_000);

/** Asserts that finish completes the copy, and that it contains every item once. */
async function assertFinishes(sharded: ShardedPair): Promise<void> {
  await using finished = await sharded.finish();
  const copy = await sharded.copyOf(finished);
  assertSameItems(copy.items(), await sharded.pair.source.readItems(sharded.table));
  assert.deepEqual(await checkpointKeys(sharded.pair), []);
  assert.deepEqual(await sharded.pair.store.openUploads(sharded.pair.bucket), []);
}

suite('a copy in shards', { concurrency: 2 }, () => {
  test('is written by jobs that run at the same time, and is complete after finish', async () => {
    await using sharded = await openShardedPair({ items: ITEMS, plan: { shards: '3', 'total-segments': '12' } });
    const { pair, layout } = sharded;
    const runs = await Promise.all([1, 2, 3].map((index) => sharded.shard(index)));
    for (const [i, run] of runs.entries()) {
      assertSucceeded(run);
      const { outputs } = run;
      const keys = await sharded.keysOf(i + 1);
      assert.deepEqual(JSON.parse(outputs['s3-keys'] ?? ''), keys);
      assert.equal(outputs['file-count'], String(keys.length));
      assert.equal(outputs['export-id'], sharded.plan.exportId);
      assert.equal(outputs['s3-uri'], `s3://${pair.bucket}/${layout.root}`);
      assert.equal(outputs['scope'], 'table');
      // The copy is not complete yet.
      assert.equal(outputs['manifest-key'], undefined);
      assert.equal(outputs['checksums-file'], undefined);
      assert.match(run.summary, new RegExp(`### ✅ Copied shard ${i + 1}-of-3 of `));
      assert.match(run.log, new RegExp(`Done: shard ${i + 1}-of-3, \\d+ items? in ${keys.length} objects`));
    }
    const counts = runs.map(({ outputs }) => Number(outputs['item-count']));
    assert.equal(
      counts.reduce((sum, count) => sum + count, 0),
      ITEMS.length,
    );
    await assertFinishes(sharded);
    for (const run of runs) await run[Symbol.asyncDispose]();
  });

  messageTest('has the recorded outputs in a re-run of a shard after finish, which writes nothing', async () => {
    await using sharded = await openShardedPair({ items: ITEMS });
    await using first = await sharded.shard(1);
    assertSucceeded(first);
    await using second = await sharded.shard(2);
    assertSucceeded(second);
    await assertFinishes(sharded);
    const { pair } = sharded;
    const before = { keys: await keysIn(pair), scans: scans(pair).length };
    await using again = await sharded.shard(1, {}, attempt(2));
    assertSucceeded(again);
    assert.deepEqual(await keysIn(pair), before.keys);
    assert.equal(scans(pair).length, before.scans);
    const { 'duration-seconds': _, 's3-keys-file': __, ...outputs } = again.outputs;
    for (const [name, value] of Object.entries(outputs)) assert.equal(value, first.outputs[name], name);
    assert.match(again.summary, /Shard 1-of-2 of .* was complete already/);
    assert.match(again.notices.join('\n'), /Shard 1-of-2 was completed by an earlier attempt/);
  });
});

suite('a shard', { concurrency: 2 }, () => {
  test('resumes after SIGKILL, and leaves the objects of the other shards as they are', async () => {
    await using sharded = await openShardedPair({ items: ITEMS });
    const { pair } = sharded;
    await using neighbor = await sharded.shard(1);
    assertSucceeded(neighbor);
    const neighbors = await sharded.keysOf(1);
    await using killed = await killAtObject(sharded, 2, 4);
    assert.match(killed.log, /Copying shard 2-of-2/);
    const before = pair.store.requests.length;
    await using run = await sharded.shard(2, {}, attempt(2));
    assertSucceeded(run);
    assert.match(run.notices.join('\n'), /Resuming the copy of attempt 1: \d+ items in [23] objects/);
    assert.deepEqual(await sharded.keysOf(1), neighbors);
    // Neither the objects nor the checkpoints of another shard are listed, read, deleted or aborted.
    const touched = pair.store.requests.slice(before).filter(({ key, query }) => {
      const name = `${key}${query.get('prefix') ?? ''}`;
      return name.includes(`/data/${shardNames(1)}`) || name.includes('/1-of-2');
    });
    assert.deepEqual(
      touched.map(({ operation, key }) => `${operation} ${key}`),
      [],
    );
    const wholeFolder = pair.store.requests
      .slice(before)
      .filter(({ query }) => query.get('prefix')?.endsWith('/data/'));
    assert.deepEqual(wholeFolder, []);
    await assertFinishes(sharded);
  });

  slowTest(
    'starts over if its checkpoints are damaged, and finish waits for late objects of the first job',
    async () => {
      await using sharded = await openShardedPair({ items: ITEMS });
      const { pair, layout } = sharded;
      await using killed = await killAtObject(sharded, 2, 4);
      assert.match(killed.log, /Copying shard 2-of-2/);
      const before = await sharded.keysOf(2);
      for (const key of (await checkpointKeys(pair)).filter((name) => name.includes('/2-of-2/1/'))) {
        await pair.store.client.send(new PutObjectCommand({ Bucket: pair.bucket, Key: key, Body: 'damaged' }));
      }
      const scaled: RunOptions = { env: { DYNAMODB_TO_S3_TIME_SCALE: '0.02' } };
      await using run = await sharded.shard(2, {}, { ...attempt(2), env: { ...attempt(2).env, ...scaled.env } });
      assertSucceeded(run);
      assert.match(run.notices.join('\n'), /cannot be resumed because its checkpoints cannot be read/);
      const after = await sharded.keysOf(2);
      assert.ok(before.length > 0 && after.every((key) => !before.includes(key)));
      await using neighbor = await sharded.shard(1);
      assertSucceeded(neighbor);
      await using finished = await sharded.finish(scaled);
      const copy = await sharded.copyOf(finished);
      assertSameItems(copy.items(), await pair.source.readItems(sharded.table));
      const { size } = await pair.store
        .list(pair.bucket, `${layout.root}manifest-shard-2-of-2.json`)
        .then(([one]) => one ?? { size: 0 });
      assert.ok(size > 0);
    },
  );

  test('fails with SHARD_IN_USE while another job of the same attempt copies it', async () => {
    await using sharded = await openShardedPair({ items: ITEMS });
    const { pair } = sharded;
    const hold = holdFirst(({ operation, key }) => operation === 'PutObject' && key.includes('/data/'));
    injectHolds(pair, hold);
    const first = sharded.start(1);
    await heldBy(hold, first);
    await using second = await sharded.shard(1);
    hold.release();
    await using run = await first.result;
    assertSucceeded(run);
    const { remedy } = await assertFailed(second, pair, 'SHARD_IN_USE');
    assert.match(remedy, /"Re-run failed jobs"/);
    await using other = await sharded.shard(2);
    assertSucceeded(other);
    await assertFinishes(sharded);
  });

  for (const [what, inputs, named] of fewOf(
    [
      [
        'another filter',
        { 'dynamodb-scan-kwargs': 'FilterExpression: attribute_exists(nothing)' },
        'dynamodb-scan-kwargs',
      ],
      ['another format', { 'export-format': 'JSON' }, 'export-format'],
      ['another compression', { compression: 'none' }, 'compression'],
      ['other parameters of its objects', { 's3-put-object-kwargs': 'Metadata: {team: a}' }, 's3-put-object-kwargs'],
    ] as const,
    1,
  )) {
    test(`with ${what} than the first one fails with PLAN_MISMATCH before it reads`, async () => {
      await using sharded = await openShardedPair({ items: largeItems(5, 100) });
      await using first = await sharded.shard(1);
      assertSucceeded(first);
      const before = scans(sharded.pair).length;
      await using other = await sharded.shard(2, inputs);
      const { message } = await assertFailed(other, sharded.pair, 'PLAN_MISMATCH');
      assert.match(message, new RegExp(`differs from another in: ${named}\\.$`));
      assert.equal(scans(sharded.pair).length, before);
      assert.deepEqual(await sharded.keysOf(2), []);
    });
  }

  messageTest('that is cancelled is resumed by a re-run, as its error states', async () => {
    await using sharded = await openShardedPair({ items: ITEMS });
    const hold = holdFirst(({ operation, key }) => operation === 'PutObject' && key.includes('/data/'));
    injectHolds(sharded.pair, hold);
    const running = sharded.start(1);
    await heldBy(hold, running);
    running.cancel();
    hold.release();
    await using cancelled = await running.result;
    const { message, remedy } = await assertFailed(cancelled, sharded.pair, 'CANCELLED');
    assert.equal(message, 'The step was cancelled before shard 1-of-2 was complete.');
    assert.match(remedy, /The re-run resumes this shard/);
    assert.match(cancelled.summary, /Shard 1-of-2 is incomplete/);
    sharded.pair.store.inject();
    await using run = await sharded.shard(1, {}, attempt(2));
    assertSucceeded(run);
    await using other = await sharded.shard(2);
    assertSucceeded(other);
    await assertFinishes(sharded);
  });

  slowTest('that starts over gives up an object that may still arrive, and finish deletes it', async () => {
    await using sharded = await openShardedPair({ items: ITEMS });
    const { pair, plan } = sharded;
    const hold = holdFirst(({ operation, key, nth }) => operation === 'PutObject' && key.includes('/data/') && nth > 3);
    injectHolds(pair, hold);
    const killed = sharded.start(1);
    await heldBy(hold, killed);
    killed.kill('SIGKILL');
    await using _ = await killed.result;
    const { key: late } = await hold.held;
    const runKey = `backups/AWSDynamoDB/_resume/${plan.exportId}/1-of-2/run.json`;
    const file = JSON.parse((await pair.store.read(pair.bucket, runKey)).toString());
    const broken = JSON.stringify({ ...file, run: { ...file.run, broken: true } });
    await pair.store.client.send(new PutObjectCommand({ Bucket: pair.bucket, Key: runKey, Body: broken }));
    // With this time scale, a signature is valid for half a minute instead of 16 minutes.
    const scaled = { env: { ...attempt(2).env, DYNAMODB_TO_S3_TIME_SCALE: '0.03' } };
    await using run = await sharded.shard(1, {}, scaled);
    assertSucceeded(run);
    await using other = await sharded.shard(2);
    assertSucceeded(other);
    const { givenUp } = await sharded.manifestOf(1);
    assert.ok(givenUp.includes(late), `${late} is not one of ${givenUp.length} keys`);
    hold.release();
    while (!(await keysIn(pair)).includes(late));
    await using finished = await sharded.finish(scaled);
    const copy = await sharded.copyOf(finished);
    assertSameItems(copy.items(), await pair.source.readItems(sharded.table));
    assert.match(finished.log, /Deleted 1 object of earlier attempts, which arrived late/);
    assert.equal((await keysIn(pair)).includes(late), false);
  });

  slowTest('in a dry run checks the plan and writes nothing', async () => {
    await using sharded = await openShardedPair({ items: largeItems(5, 100) });
    const before = await keysIn(sharded.pair);
    await using run = await sharded.shard(1, { 'dry-run': 'true' });
    assertSucceeded(run);
    assert.deepEqual(await keysIn(sharded.pair), before);
    assert.match(run.log, /Plan: ok, shard 1-of-2 of s3:/);
    assert.match(run.summary, /Dry run passed for shard 1-of-2 of table-/);
    const folder = `s3://${sharded.pair.bucket}/${sharded.layout.root}`;
    assert.ok(run.log.includes(`Destination: ${folder}\n`), run.log);
    assert.ok(run.log.includes(`Write access: ok, the role can write to ${folder}data/`), run.log);
  });
});

/** Copies a shard and kills the step at the request for its nth data object, which does not arrive. */
function killAtObject(sharded: ShardedPair, index: number, nth: number) {
  const { pair, table, text, plan } = sharded;
  let seen = 0;
  const inputs = {
    'dynamodb-table-name': table,
    plan: text,
    shard: `${index}-of-${plan.shards}`,
    resume: '',
    ...SHARD_INPUTS,
  };
  return dieAt(
    pair,
    inputs,
    ({ operation, key }) => operation === 'PutObject' && key.includes('/data/') && ++seen === nth,
    'drop',
  );
}
