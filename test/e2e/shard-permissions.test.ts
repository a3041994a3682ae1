import assert from 'node:assert/strict';
import { suite } from 'node:test';
import { formatPlan } from '../../src/shards/copy-plan.ts';
import { applyPolicy, policyBelow, withoutAction } from '../fixtures/iam-policy.ts';
import { assertFailed, assertSucceeded, openPair, type Pair, smallItems, startServers } from '../fixtures/pair.ts';
import { planOf, runPlan } from '../fixtures/plan-step.ts';
import { fewOf, slowTest } from '../run/effort.ts';

await startServers();

const POLICY = policyBelow('Shards');

/** Plans a copy of one shard, and returns the inputs of the step that copies it. */
async function planShard(pair: Pair) {
  const table = await pair.source.createTable(smallItems(20));
  const inputs = { 'dynamodb-table-name': table, 's3-key-prefix': 'orders/{date}', shards: '1', 'total-segments': '2' };
  await using run = await runPlan(pair, inputs);
  return { 'dynamodb-table-name': table, plan: formatPlan(planOf(run)), shard: '1-of-1', resume: 'true' };
}

suite('the policy for shards in docs/credentials.md', { concurrency: 2 }, () => {
  slowTest('is sufficient to copy a shard', async () => {
    await using pair = await openPair();
    const inputs = await planShard(pair);
    applyPolicy(pair, POLICY);
    await using run = await pair.run(inputs);
    assertSucceeded(run);
    assert.equal(run.outputs['item-count'], '20');
    assert.deepEqual(run.warnings, []);
  });

  slowTest('allows to delete checkpoints, which otherwise remain and are reported', async () => {
    await using pair = await openPair();
    const inputs = await planShard(pair);
    applyPolicy(pair, withoutAction(POLICY, 's3:DeleteObject'));
    await using run = await pair.run(inputs);
    assertSucceeded(run);
    assert.match(run.notices.join('\n'), /checkpoints in .* were not deleted \(s3:DeleteObject\)/);
  });

  // A step that fails also aborts its multipart uploads and, if it starts over, deletes objects of its shard.
  const required = POLICY.flatMap(({ Action }) => Action).filter((action) => !/:(?:Abort|Delete)/.test(action));
  for (const denied of fewOf(required, 1)) {
    slowTest(`allows no more than a shard needs: without ${denied}, the step fails and names it`, async () => {
      await using pair = await openPair();
      const inputs = await planShard(pair);
      applyPolicy(pair, withoutAction(POLICY, denied));
      await using run = await pair.run(inputs);
      const { message } = await assertFailed(run, pair, 'ACCESS_DENIED');
      assert.ok(message.includes(denied), message);
    });
  }
});
