import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { TableDescription } from '@aws-sdk/client-dynamodb';
import { parseReadCapacity } from '../../../src/inputs/scan-inputs.ts';
import { readCapacityOf } from '../../../src/scan/pacing/read-capacity.ts';
import { describeReadLimit, formatCapacityUnits, readLimitFor } from '../../../src/scan/pacing/read-limit.ts';

const ON_DEMAND = { BillingModeSummary: { BillingMode: 'PAY_PER_REQUEST' } } as const;
const provisioned = (units: number) => ({ ProvisionedThroughput: { ReadCapacityUnits: units, WriteCapacityUnits: 1 } });
const warm = (units: number) => ({ WarmThroughput: { ReadUnitsPerSecond: units, WriteUnitsPerSecond: 1 } });
const maximum = (units: number) => ({ OnDemandThroughput: { MaxReadRequestUnits: units, MaxWriteRequestUnits: -1 } });

const TABLES: readonly {
  readonly name: string;
  readonly table: TableDescription;
  readonly index?: string;
  /** Units per second by value of read-capacity; undefined if no read limit applies. */
  readonly limits: Readonly<Record<string, number | undefined>>;
  /** Units per second by value of read-capacity that is above the capacity of the table. */
  readonly lowered?: Readonly<Record<string, number>>;
  /** Values of read-capacity that are invalid for the table. */
  readonly invalid?: readonly string[];
}[] = [
  {
    name: 'a provisioned table without a BillingModeSummary',
    table: { ...provisioned(1_000), ...warm(12_000) },
    limits: { auto: 500, '10%': 100, '100%': 1_000, '400': 400, '1000': 1_000, none: undefined },
    lowered: { '1001': 1_000 },
  },
  {
    name: 'a provisioned table that was on-demand before',
    table: { BillingModeSummary: { BillingMode: 'PROVISIONED' }, ...provisioned(5), ...maximum(-1) },
    limits: { auto: 2.5, '50%': 2.5, none: undefined },
    lowered: { '7': 5 },
  },
  {
    name: 'an on-demand table with only a warm throughput, which does not limit a number',
    table: { ...ON_DEMAND, ...provisioned(0), ...warm(12_000) },
    limits: { auto: 6_000, '25%': 3_000, '40000': 40_000, none: undefined },
  },
  {
    name: 'an on-demand table whose maximum throughput is below its warm throughput',
    table: { ...ON_DEMAND, ...provisioned(0), ...warm(12_000), ...maximum(800) },
    limits: { auto: 400, '25%': 200, '800': 800 },
    lowered: { '900': 800 },
  },
  {
    name: 'an on-demand table whose maximum throughput is above its warm throughput',
    table: { ...ON_DEMAND, ...provisioned(0), ...warm(12_000), ...maximum(50_000) },
    limits: { auto: 6_000, '20000': 20_000 },
    lowered: { '60000': 50_000 },
  },
  {
    name: 'an on-demand table whose maximum throughput is -1 (unlimited)',
    table: { ...ON_DEMAND, ...provisioned(0), ...warm(12_000), ...maximum(-1) },
    limits: { auto: 6_000 },
  },
  {
    name: 'an on-demand table without warm or maximum throughput',
    table: { ...ON_DEMAND, ...provisioned(0) },
    limits: { auto: undefined, '400': 400, none: undefined },
    invalid: ['50%'],
  },
  {
    name: 'a table without any reported capacity',
    table: {},
    limits: { auto: undefined, '400': 400 },
    invalid: ['50%'],
  },
  {
    name: 'a global secondary index of a provisioned table, which has its own capacity',
    table: { ...provisioned(1_000), GlobalSecondaryIndexes: [{ IndexName: 'global', ...provisioned(60) }] },
    index: 'global',
    limits: { auto: 30 },
    lowered: { '100': 60 },
  },
  {
    name: 'a global secondary index of an on-demand table, which has its own capacity',
    table: {
      ...ON_DEMAND,
      ...maximum(100),
      GlobalSecondaryIndexes: [
        { IndexName: 'other', ...warm(1) },
        { IndexName: 'global', ...provisioned(0), ...warm(5_000), ...maximum(3_000) },
      ],
    },
    index: 'global',
    limits: { auto: 1_500 },
    lowered: { '4000': 3_000 },
  },
  {
    name: 'a local secondary index, which shares the capacity of its table',
    table: { ...provisioned(1_000), LocalSecondaryIndexes: [{ IndexName: 'local' }] },
    index: 'local',
    limits: { auto: 500 },
  },
];

function limitFor(input: string, table: TableDescription, index?: string, totalSegments?: number) {
  const setting = parseReadCapacity(input);
  assert.ok(setting);
  return readLimitFor(setting, readCapacityOf(table, index), totalSegments);
}

for (const { name, table, index, limits, lowered = {}, invalid = [] } of TABLES) {
  for (const [input, units] of Object.entries(limits)) {
    test(`read-capacity ${input} is a read limit of ${units ?? 'no'} units per second for ${name}`, () => {
      const { unitsPerSecond, isLowered } = limitFor(input, table, index);
      assert.deepEqual({ unitsPerSecond, isLowered }, { unitsPerSecond: units, isLowered: false });
    });
  }
  for (const [input, units] of Object.entries(lowered)) {
    test(`read-capacity ${input} is lowered to ${units} units per second for ${name}`, () => {
      const { unitsPerSecond, isLowered } = limitFor(input, table, index);
      assert.deepEqual({ unitsPerSecond, isLowered }, { unitsPerSecond: units, isLowered: true });
    });
  }
  for (const input of invalid) {
    test(`read-capacity ${input} is invalid for ${name}`, () => {
      assert.throws(() => limitFor(input, table, index), { name: 'CopyError', code: 'INVALID_INPUT', message: /50%/ });
    });
  }
}

test('describeReadLimit reports the read limit and its reason', () => {
  const describe = (input: string, table: TableDescription) => describeReadLimit(limitFor(input, table));
  const onDemand = { ...ON_DEMAND, ...warm(12_000) };
  assert.deepEqual(
    [
      describe('auto', provisioned(5)),
      describe('30%', { ...onDemand, ...maximum(4_000) }),
      describe('auto', onDemand),
      describe('auto', ON_DEMAND),
      describe('400', onDemand),
      describe('9000', provisioned(5_000)),
      describe('9000', { ...onDemand, ...maximum(5_000) }),
      describe('none', provisioned(5)),
    ],
    [
      'The scan consumes at most 2.5 read capacity units (RCU) per second: 50% of 5 (provisioned throughput).',
      'The scan consumes at most 1,200 read capacity units (RCU) per second: 30% of 4,000 (MaxReadRequestUnits).',
      'The scan consumes at most 6,000 read capacity units (RCU) per second: 50% of 12,000 (warm throughput).',
      'No read limit applies because the table has no provisioned or maximum throughput. Set read-capacity to limit the scan.',
      'The scan consumes at most 400 read capacity units (RCU) per second: as requested.',
      'The scan consumes at most 5,000 read capacity units (RCU) per second: 9,000 were requested, but the provisioned throughput is 5,000.',
      'The scan consumes at most 5,000 read capacity units (RCU) per second: 9,000 were requested, but MaxReadRequestUnits is 5,000.',
      'No read limit applies because none was requested.',
    ],
  );
});

suite('a job that reads one of several shards (Segment with TotalSegments)', () => {
  const limitOf = (input: string, table: TableDescription, totalSegments: number) => {
    const limit = limitFor(input, table, undefined, totalSegments);
    return { units: limit.unitsPerSecond, line: describeReadLimit(limit) };
  };

  test('has a read limit of auto or a percentage, divided by TotalSegments', () => {
    assert.deepEqual(limitOf('auto', provisioned(800), 8), {
      units: 50,
      line: 'The scan consumes at most 50 read capacity units (RCU) per second: 50% of 800 (provisioned throughput), divided by 8 (TotalSegments).',
    });
    assert.equal(limitOf('25%', { ...ON_DEMAND, ...warm(12_000) }, 4).units, 750);
  });

  test('has the full read limit if read-capacity is a number', () => {
    assert.deepEqual(limitOf('400', provisioned(800), 8), {
      units: 400,
      line: 'The scan consumes at most 400 read capacity units (RCU) per second: as requested.',
    });
  });

  test('logs a read limit below 1 with two significant digits instead of 0', () => {
    assert.match(limitOf('auto', provisioned(1), 16).line, / at most 0\.031 read capacity units \(RCU\) per second: /);
    assert.match(limitOf('auto', provisioned(5), 2).line, / at most 1\.3 read capacity units \(RCU\) per second: /);
  });

  test('has the full read limit if TotalSegments is 1', () => {
    assert.deepEqual(limitOf('auto', provisioned(800), 1), {
      units: 400,
      line: 'The scan consumes at most 400 read capacity units (RCU) per second: 50% of 800 (provisioned throughput).',
    });
  });
});

test('parseReadCapacity accepts an integer from 1 to 100000000, 1% to 100%, auto and none', () => {
  assert.deepEqual(parseReadCapacity('auto'), { kind: 'auto' });
  assert.deepEqual(parseReadCapacity('none'), { kind: 'none' });
  assert.deepEqual(parseReadCapacity('1%'), { kind: 'percentage', fraction: 0.01 });
  assert.deepEqual(parseReadCapacity('100000000'), { kind: 'units', unitsPerSecond: 100_000_000 });
  for (const invalid of ['0', '-1', '1.5', '0%', '101%', '50 %', '0.5', '100000001', '1e3', '1,000', 'Auto', 'half']) {
    assert.equal(parseReadCapacity(invalid), undefined, invalid);
  }
});

suite('the read limit of a shard', () => {
  const shard = (unitsPerSecond: number | undefined, fraction?: number) =>
    ({ kind: 'part', unitsPerSecond, fraction, parts: 4 }) as const;

  test('is the limit of the whole copy, divided by the shards that are copied at the same time', () => {
    const limit = readLimitFor(shard(400), readCapacityOf(provisioned(1_000)));
    assert.equal(limit.unitsPerSecond, 100);
    assert.equal(limit.isLowered, false);
    assert.match(describeReadLimit(limit), /at most 100 .*: 400 for the whole copy, divided by 4 \(shards/);
  });

  test('decreases with the capacity of the table, which is divided too', () => {
    const limit = readLimitFor(shard(400), readCapacityOf(provisioned(200)));
    assert.equal(limit.unitsPerSecond, 50);
    assert.equal(limit.isLowered, true);
    assert.match(describeReadLimit(limit), /200 for the whole copy \(400 were requested, but the provisioned/);
  });

  test('stays the same fraction of the capacity if that decreases after the plan', () => {
    const limit = readLimitFor(shard(500, 0.5), readCapacityOf(provisioned(400)));
    assert.equal(limit.unitsPerSecond, 50);
    assert.equal(limit.isLowered, true);
    assert.match(
      describeReadLimit(limit),
      /: 200 for the whole copy \(50% of 400 \(provisioned throughput\)\), divided/,
    );
  });

  test('does not increase with the capacity after the plan', () => {
    assert.equal(readLimitFor(shard(500, 0.5), readCapacityOf(provisioned(4_000))).unitsPerSecond, 125);
  });

  test('is a fraction of a capacity that the table did not have at the time of the plan', () => {
    assert.equal(readLimitFor(shard(undefined, 0.5), readCapacityOf(provisioned(400))).unitsPerSecond, 50);
  });

  test('does not exist if the plan has none', () => {
    const limit = readLimitFor(shard(undefined), readCapacityOf(provisioned(200)));
    assert.equal(limit.unitsPerSecond, undefined);
    assert.equal(describeReadLimit(limit), 'No read limit applies because the plan of the copy has none.');
  });
});

test('formatCapacityUnits returns one decimal place, or two significant digits if they are more precise', () => {
  const options = { maximumFractionDigits: 1, maximumSignificantDigits: 2, roundingPriority: 'morePrecision' } as const;
  for (const units of [0, 5e-7, 0.0312, 0.25, 0.5, 0.996, 1, 2.46, 9.99, 12.34, 999.96, 1_200, 40_000]) {
    assert.equal(formatCapacityUnits(units), units.toLocaleString('en', options));
  }
});
