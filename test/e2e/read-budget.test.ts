import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { jsonResponse } from '../emulators/faults.ts';
import { assertSameItems } from '../fixtures/items.ts';
import {
  assertFailed,
  assertSucceeded,
  keysIn,
  largeItems,
  openPair,
  type Pair,
  startServers,
} from '../fixtures/pair.ts';
import { attempt, RESUMED, scans } from '../fixtures/resume-attempts.ts';
import { slowTest } from '../run/effort.ts';

await startServers();

/** 60 items of 50 KB consume about 750 RCU with consistent reads. */
const ITEMS = largeItems(60, 50_000);

/** Lets DynamoDB report this size, which it updates about every 6 hours. */
function reportSize({ source }: Pair, TableSizeBytes: number): void {
  const describe = jsonResponse<{ Table: object }>(({ Table }) => ({
    Table: { ...Table, TableSizeBytes, ItemCount: 60, TableStatus: 'ACTIVE' },
  }));
  source.inject(({ operation }) => (operation === 'DescribeTable' ? describe : undefined));
}

function withBudget(table: string, units: number) {
  return {
    ...RESUMED,
    'dynamodb-table-name': table,
    'dynamodb-scan-kwargs': '{Limit: 3, ConsistentRead: true}',
    'max-consumed-read-capacity': String(units),
  };
}

suite('max-consumed-read-capacity', { concurrency: 2 }, () => {
  test('is never exceeded by all attempts together, and "Re-run failed jobs" with a higher value completes the copy', async () => {
    await using pair = await openPair();
    const table = await pair.source.createTable(ITEMS);
    reportSize(pair, 30_000);
    await using first = await pair.run(withBudget(table, 500));
    await assertFailed(first, pair, 'READ_BUDGET_EXHAUSTED');
    const consumed = Number(first.outputs['consumed-read-capacity']);
    assert.ok(consumed > 200 && consumed <= 500, `${consumed} RCU`);
    assert.match(first.log, /"Re-run failed jobs" resumes this copy/);

    const before = scans(pair).length;
    await using second = await pair.run(withBudget(table, 500), attempt(2));
    await assertFailed(second, pair, 'READ_BUDGET_EXHAUSTED');
    assert.equal(scans(pair).length, before, 'with the same value, nothing more is read');

    await using third = await pair.run(withBudget(table, 2_000), attempt(3));
    assertSameItems((await pair.copyOf(third)).items(), await pair.source.readItems(table));
    assert.match(third.notices.join('\n'), /Resuming the copy of attempt 2/);
    assert.ok(Number(third.outputs['consumed-read-capacity']) <= 2_000);
  });

  slowTest('below the estimate fails before anything is read or written, also in a dry run', async () => {
    await using pair = await openPair();
    const table = await pair.source.createTable(ITEMS);
    reportSize(pair, 3_000_000);
    for (const dryRun of ['false', 'true']) {
      const inputs = { ...withBudget(table, 500), 'dry-run': dryRun };
      await using run = await pair.run(inputs);
      const { message } = await assertFailed(run, pair, 'READ_BUDGET_TOO_SMALL');
      assert.match(message, /about 7\d\d(\.\d)? read capacity units \(RCU\), but the copy may consume at most 500/);
      assert.equal(scans(pair).length, 0);
      assert.deepEqual(await keysIn(pair), []);
    }
  });

  slowTest('appears in a dry run with the estimate', async () => {
    await using pair = await openPair();
    const table = await pair.source.createTable(ITEMS);
    reportSize(pair, 3_000_000);
    await using run = await pair.run({ ...withBudget(table, 1_000), 'dry-run': 'true' });
    assertSucceeded(run);
    assert.match(run.log, /Read budget: ok, about 7\d\d(\.\d)? of at most 1,000 RCU/);
    assert.match(run.log, /Read budget: 1,000 RCU, all attempts together/);
  });
});
