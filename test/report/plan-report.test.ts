import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { CopyError } from '../../src/errors.ts';
import type { PlanCopyInputs } from '../../src/inputs/plan-copy-inputs.ts';
import { copyLayout } from '../../src/manifest/layout.ts';
import type { PreparedPlan } from '../../src/preflight/prepare-plan.ts';
import { type PlanStatus, planOutputs, planSummaryMarkdown } from '../../src/report/plan-report.ts';
import { formatPlan } from '../../src/shards/copy-plan.ts';
import { PLAN } from '../fixtures/copy-plan.ts';

const INPUTS = {
  ...{ table: { name: 'orders' }, sourceRegion: 'eu-central-1', bucket: 'my-backups', dryRun: false },
} as unknown as PlanCopyInputs;

const PREPARED = {
  plan: PLAN,
  size: { why: 'one for each 32 GiB of the table' },
  target: { kind: 'table', sizeBytes: 250e9, itemCount: 1_000_000 },
  layout: copyLayout(PLAN.prefix, PLAN.exportId),
  readLimit: { unitsPerSecond: 4000, why: '50% of 8,000 (provisioned throughput)', isLowered: false },
  estimate: { readUnits: 30_517_578.5, seconds: 7629 },
} as unknown as PreparedPlan;

const STARTED: PlanStatus = { inputs: INPUTS, checkResults: [], prepared: PREPARED, isStarted: true };

/** Returns the summary with its escaped characters restored. */
function summaryOf(status: PlanStatus, failure?: CopyError): string {
  return planSummaryMarkdown({ status, failure, secrets: ['hunter2-hunter2'], help: undefined }).replace(
    /&#(\d+);/g,
    (_, code: string) => String.fromCodePoint(Number(code)),
  );
}

suite('the summary of a plan', () => {
  test('reports the shards, what they consume, how long they take, and what to do next', () => {
    assert.equal(
      summaryOf(STARTED),
      `### ✅ Planned a copy of orders: 8 shards

| | |
|---|---|
| Table | orders (eu-central-1) |
| Copy | s3://my-backups/backups/daily/AWSDynamoDB/01790000000000-0a1b2c3d/ |
| Size | about 1,000,000 items, 250 GB (DynamoDB updates these counts about every 6 hours) |
| Shards | 8, at most 4 at the same time: one for each 32 GiB of the table |
| Segments | 512, 64 in each shard |
| Objects | at most 134.2 MB each, before compression |
| Read limit | 4,000 RCU per second for all shards together, at most 1,000 for each: 50% of 8,000 (provisioned throughput) |
| Read capacity units | about 30,517,578.5 |
| Time | about 2 h 7 min, on runners with 4 cores |

Next, a job with \`matrix: {shard: \${{ fromJSON(needs.<job>.outputs.shards) }}}\` and \`max-parallel: 4\` copies the shards, and a job with the finish Action completes the copy. Until then, it is incomplete. The plan is valid for 7 days.

`,
    );
  });

  test('reports an index, an unknown size and no read limit', () => {
    const prepared = {
      ...PREPARED,
      plan: { ...PLAN, indexName: 'by-date', readCapacity: undefined },
      target: { kind: 'global index', sizeBytes: 0, itemCount: 0 },
      readLimit: { unitsPerSecond: undefined, why: 'none was requested', isLowered: false },
      estimate: { readUnits: undefined, seconds: undefined },
    } as unknown as PreparedPlan;
    const summary = summaryOf({ ...STARTED, prepared });
    assert.match(summary, /^\| Table \| orders, index by-date \(eu-central-1\) \|$/m);
    assert.match(summary, /^\| Read limit \| none, because none was requested \|$/m);
    for (const name of ['Size', 'Read capacity units', 'Time']) {
      assert.match(summary, new RegExp(`^\\| ${name} \\| unknown: the table is empty, or`, 'm'));
    }
  });

  test('of a dry run lists the checks and says that nothing was written', () => {
    const summary = summaryOf({
      ...{ inputs: { ...INPUTS, dryRun: true }, prepared: PREPARED },
      checkResults: [{ name: 'Table', outcome: { status: 'ok', detail: 'orders is ACTIVE' } }],
    });
    assert.match(summary, /^### 🔎 Dry run passed for orders\. Nothing was written$/m);
    assert.match(summary, /^\| Table \| ✅ ok \| orders is ACTIVE \|$/m);
    assert.doesNotMatch(summary, /Next/);
  });

  test('of a failure reports the error, without secrets', () => {
    const failure = new CopyError('ACCESS_DENIED', 'The key hunter2-hunter2 is wrong.', 'Grant it.');
    const summary = summaryOf({ inputs: INPUTS, checkResults: [] }, failure);
    assert.match(summary, /^### ❌ Plan failed: `ACCESS_DENIED`\n\n> The key \*\*\* is wrong\./);
    assert.doesNotMatch(summary, /Next/);
  });
});

suite('the outputs of a plan', () => {
  test('are the plan and the shards once the copy is started', () => {
    assert.deepEqual(planOutputs(STARTED, 1.25), {
      'duration-seconds': '1.3',
      'shard-count': '8',
      plan: formatPlan(PLAN),
      shards: '["1-of-8","2-of-8","3-of-8","4-of-8","5-of-8","6-of-8","7-of-8","8-of-8"]',
      's3-uri': 's3://my-backups/backups/daily/AWSDynamoDB/01790000000000-0a1b2c3d/',
      'export-id': '01790000000000-0a1b2c3d',
    });
  });

  test('do not contain a plan that was not started', () => {
    const { isStarted: _, ...notStarted } = STARTED;
    assert.deepEqual(planOutputs(notStarted, 2), { 'duration-seconds': '2.0', 'shard-count': '8' });
  });
});
