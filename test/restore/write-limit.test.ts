import assert from 'node:assert/strict';
import { test } from 'node:test';
import { describeWriteLimit, type WriteCapacitySetting, writeLimitFor } from '../../src/restore/write-limit.ts';

type Table = Parameters<typeof writeLimitFor>[1];

const PROVISIONED: Table = { ProvisionedThroughput: { WriteCapacityUnits: 200 } };
const ON_DEMAND = { BillingModeSummary: { BillingMode: 'PAY_PER_REQUEST' } } as const;
const UNLIMITED: Table = { ...ON_DEMAND, ProvisionedThroughput: { WriteCapacityUnits: 0 } };
const WARM: Table = { ...UNLIMITED, WarmThroughput: { WriteUnitsPerSecond: 4_000 } };
const CAPPED: Table = { ...WARM, OnDemandThroughput: { MaxWriteRequestUnits: 1_000 } };
const MINUS_ONE: Table = { ...WARM, OnDemandThroughput: { MaxWriteRequestUnits: -1 } };

const units = (unitsPerSecond: number): WriteCapacitySetting => ({ kind: 'units', unitsPerSecond });
const half: WriteCapacitySetting = { kind: 'percentage', fraction: 0.5 };

const CASES: readonly (readonly [
  setting: WriteCapacitySetting,
  table: Table,
  existing: number | undefined,
  isNew: number | undefined,
])[] = [
  [{ kind: 'none' }, PROVISIONED, undefined, undefined],
  [{ kind: 'auto' }, PROVISIONED, 100, 200],
  [{ kind: 'auto' }, UNLIMITED, undefined, undefined],
  [{ kind: 'auto' }, WARM, 2_000, undefined],
  [{ kind: 'auto' }, CAPPED, 500, 1_000],
  [{ kind: 'auto' }, MINUS_ONE, 2_000, undefined],
  [units(50), PROVISIONED, 50, 50],
  [units(500), PROVISIONED, 200, 200],
  [units(500), UNLIMITED, 500, 500],
  [units(5_000), WARM, 5_000, 5_000],
  [units(5_000), CAPPED, 1_000, 1_000],
  [half, PROVISIONED, 100, 100],
  [half, WARM, 2_000, 2_000],
  [half, CAPPED, 500, 500],
  [{ kind: 'percentage', fraction: 0.01 }, { ProvisionedThroughput: { WriteCapacityUnits: 5 } }, 1, 1],
];

for (const [setting, table, existing, isNew] of CASES) {
  const what = `${JSON.stringify(setting)} of ${JSON.stringify(table)}`;
  test(`the write limit of an existing table is ${existing ?? 'none'} with ${what}`, () => {
    assert.equal(writeLimitFor(setting, table, false).unitsPerSecond, existing);
  });
  test(`the write limit of a new table is ${isNew ?? 'none'} with ${what}`, () => {
    assert.equal(writeLimitFor(setting, table, true).unitsPerSecond, isNew);
  });
}

test('a percentage of an unknown write capacity is rejected', () => {
  assert.throws(() => writeLimitFor(half, UNLIMITED, false), { code: 'INVALID_INPUT', message: /no write capacity/ });
});

test('the log names the write limit and its reason', () => {
  assert.equal(
    describeWriteLimit(writeLimitFor({ kind: 'auto' }, PROVISIONED, false)),
    'The restore consumes at most 100 write capacity units (WCU) per second on the table, without its indexes: 50% of 200.',
  );
  assert.equal(
    describeWriteLimit(writeLimitFor({ kind: 'auto' }, UNLIMITED, true)),
    'No write limit applies because the table has no provisioned or maximum throughput.',
  );
  assert.match(
    describeWriteLimit(writeLimitFor(units(500), PROVISIONED, false)),
    /500 were requested, but the table allows 200\.$/,
  );
});
