import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { DeleteObjectCommand } from '@aws-sdk/client-s3';
import { formatPlan } from '../../src/shards/copy-plan.ts';
import { ACTION } from '../../src/version.ts';
import { jsonResponse } from '../emulators/faults.ts';
import { applyPolicy, policyBelow, withoutAction } from '../fixtures/iam-policy.ts';
import {
  assertFailed,
  assertSucceeded,
  keysIn,
  openPair,
  preload,
  smallItems,
  startServers,
} from '../fixtures/pair.ts';
import { planOf, runPlan, startPlan } from '../fixtures/plan-step.ts';
import { fewOf, slowTest } from '../run/effort.ts';

await startServers();

suite('plan', { concurrency: 3 }, () => {
  test('starts a copy, and outputs the plan and the names of the shards for a matrix', async () => {
    await using pair = await openPair();
    const table = await pair.source.createTable(smallItems(3));
    const shape = { shards: '4', 'max-parallel': '3', 'read-capacity': '60', 'total-segments': '10' };
    const inputs = { 'dynamodb-table-name': table, 's3-key-prefix': 'daily/{table}', ...shape, 'file-size': '1MiB' };
    await using run = await runPlan(pair, inputs);
    const plan = planOf(run);
    assert.equal(plan.prefix, `daily/${table}`);
    assert.deepEqual([plan.shards, plan.maxParallel, plan.segments, plan.fileSize], [4, 3, 12, 1024 * 1024]);
    assert.equal(run.outputs['shards'], '["1-of-4","2-of-4","3-of-4","4-of-4"]');
    const root = `daily/${table}/AWSDynamoDB/${plan.exportId}/`;
    assert.equal(run.outputs['s3-uri'], `s3://${pair.bucket}/${root}`);
    assert.deepEqual(await keysIn(pair), [`${root}_started`]);
    assert.deepEqual(
      pair.source.requests.map(({ operation }) => operation),
      ['DescribeTable'],
    );
    assert.match(run.summary, /^### ✅ Planned a copy of .*: 4 shards/m);
    assert.match(run.summary, /`max-parallel: 3` copies the shards, and a job with the finish Action/);
    assert.match(run.notices.join('\n'), /The number of segments is 12 instead of 10/);
    assert.deepEqual(run.warnings, []);
  });

  test('of a new table has one shard with auto, and reports why', async () => {
    await using pair = await openPair();
    const table = await pair.source.createTable(smallItems(3));
    await using run = await runPlan(
      pair,
      { 'dynamodb-table-name': table },
      { ...preload('older-node.ts'), env: { HTTPS_PROXY: 'http://127.0.0.1:9' } },
    );
    const plan = planOf(run);
    assert.deepEqual([plan.shards, plan.maxParallel, plan.segments, plan.version], [1, 1, 64, ACTION.version]);
    assert.match(
      run.log,
      /^ *Shards: 1, at most 1 at the same time: (?:one for each 32 GiB|DynamoDB reports no size)/m,
    );
    assert.match(run.warnings.join(), /^HTTPS_PROXY is set/);
  });

  test('lowers the read limit to the capacity and increases the size of objects for a large table, with notices', async () => {
    await using pair = await openPair();
    const table = await pair.source.createTable(smallItems(3));
    // Of 40,000 objects, 10,000 are reserved for those that are completed because of their age, and one for each segment.
    const fileSize = 2 * 1024 * 1024;
    const change = {
      ...{ BillingModeSummary: { BillingMode: 'PROVISIONED' }, ProvisionedThroughput: { ReadCapacityUnits: 40 } },
      TableSizeBytes: fileSize * (30_000 - 128),
    };
    pair.source.inject(({ operation }) =>
      operation === 'DescribeTable'
        ? jsonResponse<{ Table: object }>(({ Table }) => ({ Table: { ...Table, ...change } }))
        : undefined,
    );
    const inputs = { shards: '2', 'total-segments': '128', 'read-capacity': '60', 'file-size': '1MiB' };
    await using run = await runPlan(pair, { 'dynamodb-table-name': table, ...inputs });
    const plan = planOf(run);
    assert.deepEqual([plan.readCapacity, plan.fileSize], [40, fileSize]);
    assert.deepEqual(run.notices, [
      'All shards together consume at most 40 read capacity units (RCU) per second: 60 were requested, but the provisioned throughput is 40.',
      `The maximum size of data objects is increased to ${fileSize} bytes. With smaller objects, the copy would have more objects than DynamoDB can import.`,
    ]);
    assert.deepEqual(run.warnings, []);
  });

  test('with dry-run changes nothing, and outputs no plan', async () => {
    await using pair = await openPair();
    const table = await pair.source.createTable(smallItems(3));
    await using run = await runPlan(pair, { 'dynamodb-table-name': table, shards: '8', 'dry-run': 'true' });
    assertSucceeded(run);
    const { 'duration-seconds': _, ...outputs } = run.outputs;
    assert.deepEqual(outputs, { 'shard-count': '8' });
    assert.deepEqual(await keysIn(pair), []);
    assert.deepEqual(await pair.store.openUploads(pair.bucket), []);
    assert.match(run.log, /^ *Write access: ok/m);
    assert.match(run.log, /^ *Segments: 512, 64 in each shard$/m);
    assert.match(run.log, /^Dry run passed\. Nothing was written\. The outputs plan and shards are not set\.$/m);
  });

  test('reports a missing table and a missing bucket at once', async () => {
    await using pair = await openPair();
    await using run = await runPlan(pair, { 'dynamodb-table-name': 'missing', 's3-bucket-name': 'no-such-bucket-17' });
    const { message } = await assertFailed(run, pair, 'CHECKS_FAILED');
    assert.match(message, /TABLE_NOT_FOUND: [\s\S]*BUCKET_NOT_FOUND: /);
    assert.deepEqual(Object.keys(run.outputs), ['duration-seconds']);
  });

  test('outputs no plan if it is cancelled, and states whether _started may exist', async () => {
    await using pair = await openPair();
    const table = await pair.source.createTable(smallItems(3));
    const cancelAt = async (isReached: (operation: string, key: string) => boolean) => {
      const reached = Promise.withResolvers<void>();
      const hang = ({ operation, key = '' }: { readonly operation: string; readonly key?: string }) => {
        if (!isReached(operation, key)) return undefined;
        reached.resolve();
        return 'hang' as const;
      };
      pair.source.inject(hang);
      pair.store.inject(hang);
      const running = startPlan(pair, { 'dynamodb-table-name': table, 's3-key-prefix': 'daily' });
      await reached.promise;
      running.cancel();
      await using run = await running.result;
      const failure = await assertFailed(run, pair, 'CANCELLED');
      assert.equal(failure.remedy, 'Re-run the job. This makes a new plan.');
      assert.equal(run.outputs['plan'], undefined);
      assert.equal(run.outputs['shards'], undefined);
      assert.deepEqual(await keysIn(pair), []);
      return failure.message;
    };
    assert.equal(await cancelAt((operation) => operation === 'DescribeTable'), 'The step was cancelled.');
    const message = await cancelAt((operation, key) => operation === 'PutObject' && key.endsWith('/_started'));
    const start = `The step was cancelled. s3://${pair.bucket}/daily/AWSDynamoDB/`;
    assert.ok(message.startsWith(start), message);
    assert.match(message, /\/_started may exist, but no shard was copied\.$/);
  });

  slowTest('fails if the table has no such index, and names the indexes', async () => {
    await using pair = await openPair();
    const table = await pair.source.createTable(smallItems(3));
    await using run = await runPlan(pair, { 'dynamodb-table-name': table, 'dynamodb-scan-kwargs': 'IndexName: none' });
    await assertFailed(run, pair, 'INDEX_NOT_FOUND');
    assert.deepEqual(await keysIn(pair), []);
  });
});

suite('a step with a shard of a plan fails before it reads', { concurrency: 3 }, () => {
  test('if the plan is for another table or bucket, and names what differs', async () => {
    await using pair = await openPair();
    const [planned, other] = await Promise.all([1, 2].map(() => pair.source.createTable(smallItems(3))));
    await using run = await runPlan(pair, { 'dynamodb-table-name': planned ?? '', shards: '2' });
    const plan = formatPlan(planOf(run));
    const bucket = await pair.store.createBucket();
    await using step = await pair.run({
      'dynamodb-table-name': other ?? '',
      's3-bucket-name': bucket,
      resume: 'true',
      plan,
      shard: '1-of-2',
    });
    const { message } = await assertFailed(step, pair, 'PLAN_MISMATCH');
    assert.match(message, /another table than that of this step \(table-.* in [\w-]+\) and another bucket than that/);
    assert.deepEqual(await pair.store.list(bucket), []);
  });

  test('if _started of the plan was deleted', async () => {
    await using pair = await openPair();
    const table = await pair.source.createTable(smallItems(3));
    await using run = await runPlan(pair, { 'dynamodb-table-name': table, shards: '2' });
    const plan = formatPlan(planOf(run));
    for (const Key of await keysIn(pair)) {
      await pair.store.client.send(new DeleteObjectCommand({ Bucket: pair.bucket, Key }));
    }
    await using step = await pair.run({ 'dynamodb-table-name': table, resume: 'true', plan, shard: '1-of-2' });
    await assertFailed(step, pair, 'PLAN_NOT_FOUND');
    assert.deepEqual(await keysIn(pair), []);
  });
});

test('a dry run of a step with a shard checks the plan and writes nothing', async () => {
  await using pair = await openPair();
  const table = await pair.source.createTable(smallItems(3));
  await using run = await runPlan(pair, { 'dynamodb-table-name': table, shards: '2', 'read-capacity': '40' });
  const plan = formatPlan(planOf(run));
  const before = await keysIn(pair);
  const inputs = { 'dynamodb-table-name': table, resume: 'true', plan, shard: '2-of-2', 'dry-run': 'true' };
  await using step = await pair.run(inputs);
  assertSucceeded(step);
  assert.match(step.log, new RegExp(`^ *Plan: ok, shard 2-of-2 of ${run.outputs['s3-uri']}$`, 'm'));
  assert.match(step.log, /at most 20 .*: 40 for the whole copy, divided by 2 \(shards at the same time\)/);
  assert.match(step.log, /^ *Segments: 64, at most \d+ in parallel$/m);
  assert.deepEqual(await keysIn(pair), before);
  assert.deepEqual(await pair.store.openUploads(pair.bucket), []);
});

suite('the policy for plans in docs/credentials.md', { concurrency: 3 }, () => {
  const policy = policyBelow('Plan');

  test('is sufficient to plan a copy', async () => {
    await using pair = await openPair();
    const table = await pair.source.createTable(smallItems(3));
    applyPolicy(pair, policy);
    await using run = await runPlan(pair, { 'dynamodb-table-name': table, 's3-key-prefix': 'orders/{date}' });
    planOf(run);
    assert.deepEqual(run.warnings, []);
  });

  for (const denied of fewOf(
    policy.flatMap(({ Action }) => Action),
    1,
  )) {
    test(`allows no more than a plan needs: without ${denied}, the step fails and names it`, async () => {
      await using pair = await openPair();
      const table = await pair.source.createTable(smallItems(3));
      applyPolicy(pair, withoutAction(policy, denied));
      await using run = await runPlan(pair, { 'dynamodb-table-name': table, 's3-key-prefix': 'orders/{date}' });
      const { message } = await assertFailed(run, pair, 'ACCESS_DENIED');
      assert.ok(message.includes(denied), message);
      assert.equal(run.outputs['plan'], undefined);
    });
  }
});
