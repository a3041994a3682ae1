import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { TableDescription } from '@aws-sdk/client-dynamodb';
import { parseReadCapacity } from '../../../src/inputs/scan-inputs.ts';
import { describeReadLimit, readLimit } from '../../../src/scan/pacing/read-cap.ts';
import { readCapacityOf } from '../../../src/scan/pacing/read-capacity.ts';

const ON_DEMAND = { BillingModeSummary: { BillingMode: 'PAY_PER_REQUEST' } } as const;
const provisioned = (units: number) => ({ ProvisionedThroughput: { ReadCapacityUnits: units, WriteCapacityUnits: 1 } });
const warm = (units: number) => ({ WarmThroughput: { ReadUnitsPerSecond: units, WriteUnitsPerSecond: 1 } });
const most = (units: number) => ({ OnDemandThroughput: { MaxReadRequestUnits: units, MaxWriteRequestUnits: -1 } });

const CASES: readonly {
  readonly name: string;
  readonly table: TableDescription;
  readonly index?: string;
  /** By value of the input: units a second, 'none' for no cap, 'refused', or 'lowered to' units. */
  readonly expected: Readonly<Record<string, number | 'none' | 'refused' | `lowered to ${number}`>>;
}[] = [
  {
    name: 'provisioned, as it is without a BillingModeSummary',
    table: { ...provisioned(1_000), ...warm(12_000) },
    expected: {
      auto: 500,
      '10%': 100,
      '100%': 1_000,
      '400': 400,
      '1000': 1_000,
      '1001': 'lowered to 1000',
      none: 'none',
    },
  },
  {
    name: 'provisioned, said so, as after a time on demand',
    table: { BillingModeSummary: { BillingMode: 'PROVISIONED' }, ...provisioned(5), ...most(-1) },
    expected: { auto: 2.5, '50%': 2.5, '7': 'lowered to 5', none: 'none' },
  },
  {
    name: 'on demand, with a warm throughput alone, which is no limit for a number',
    table: { ...ON_DEMAND, ...provisioned(0), ...warm(12_000) },
    expected: { auto: 6_000, '25%': 3_000, '40000': 40_000, none: 'none' },
  },
  {
    name: 'on demand, with a limit below what is warm',
    table: { ...ON_DEMAND, ...provisioned(0), ...warm(12_000), ...most(800) },
    expected: { auto: 400, '25%': 200, '800': 800, '900': 'lowered to 800' },
  },
  {
    name: 'on demand, with a limit above what is warm',
    table: { ...ON_DEMAND, ...provisioned(0), ...warm(12_000), ...most(50_000) },
    expected: { auto: 6_000, '20000': 20_000, '60000': 'lowered to 50000' },
  },
  {
    name: 'on demand, with a limit of -1, which is none',
    table: { ...ON_DEMAND, ...provisioned(0), ...warm(12_000), ...most(-1) },
    expected: { auto: 6_000 },
  },
  {
    name: 'on demand, on a server that tells nothing more',
    table: { ...ON_DEMAND, ...provisioned(0) },
    expected: { auto: 'none', '50%': 'refused', '400': 400, none: 'none' },
  },
  { name: 'a server that tells nothing at all', table: {}, expected: { auto: 'none', '50%': 'refused', '400': 400 } },
  {
    name: 'a global index of a provisioned table has its own',
    table: { ...provisioned(1_000), GlobalSecondaryIndexes: [{ IndexName: 'global', ...provisioned(60) }] },
    index: 'global',
    expected: { auto: 30, '100': 'lowered to 60' },
  },
  {
    name: 'a global index of a table on demand has its own',
    table: {
      ...ON_DEMAND,
      ...most(100),
      GlobalSecondaryIndexes: [
        { IndexName: 'other', ...warm(1) },
        { IndexName: 'global', ...provisioned(0), ...warm(5_000), ...most(3_000) },
      ],
    },
    index: 'global',
    expected: { auto: 1_500, '4000': 'lowered to 3000' },
  },
  {
    name: "a local index has its table's",
    table: { ...provisioned(1_000), LocalSecondaryIndexes: [{ IndexName: 'local' }] },
    index: 'local',
    expected: { auto: 500 },
  },
];

for (const { name, table, index, expected } of CASES) {
  for (const [input, outcome] of Object.entries(expected)) {
    test(`${name}: ${input} is ${outcome}`, () => {
      const setting = parseReadCapacity(input);
      assert.ok(setting);
      const capacity = readCapacityOf(table, index);
      if (outcome === 'refused') {
        assert.throws(() => readLimit(setting, capacity), { name: 'CopyError', code: 'INVALID_INPUT', message: /50%/ });
        return;
      }
      const { unitsPerSecond, isLowered } = readLimit(setting, capacity);
      const lowered = /^lowered to (\d+)$/.exec(String(outcome))?.[1];
      assert.equal(unitsPerSecond, outcome === 'none' ? undefined : Number(lowered ?? outcome));
      assert.equal(isLowered, lowered !== undefined);
    });
  }
}

test('the log says which cap it is, and why', () => {
  const told = (input: string, table: TableDescription) => {
    const setting = parseReadCapacity(input);
    assert.ok(setting);
    return describeReadLimit(readLimit(setting, readCapacityOf(table)));
  };
  const onDemand = { ...ON_DEMAND, ...warm(12_000) };
  assert.deepEqual(
    [
      told('auto', provisioned(5)),
      told('30%', { ...onDemand, ...most(4_000) }),
      told('auto', onDemand),
      told('auto', ON_DEMAND),
      told('400', onDemand),
      told('9000', provisioned(5_000)),
      told('9000', { ...onDemand, ...most(5_000) }),
      told('none', provisioned(5)),
    ],
    [
      'The scan consumes at most 2.5 read capacity units (RCU) per second: 50% of 5 (provisioned throughput).',
      'The scan consumes at most 1,200 read capacity units (RCU) per second: 30% of 4,000 (MaxReadRequestUnits).',
      'The scan consumes at most 6,000 read capacity units (RCU) per second: 50% of 12,000 (warm throughput).',
      'No read limit applies because the table has no provisioned or maximum throughput. Set read-capacity to limit the scan.',
      'The scan consumes at most 400 read capacity units (RCU) per second: read-capacity is 400.',
      'The scan consumes at most 5,000 read capacity units (RCU) per second: read-capacity is 9,000, but the provisioned throughput is 5,000.',
      'The scan consumes at most 5,000 read capacity units (RCU) per second: read-capacity is 9,000, but MaxReadRequestUnits is 5,000.',
      'No read limit applies because read-capacity is none.',
    ],
  );
});

suite('a job that reads one of several shards (Segment with TotalSegments)', () => {
  const told = (input: string, table: TableDescription, totalSegments: number) => {
    const setting = parseReadCapacity(input);
    assert.ok(setting);
    const cap = readLimit(setting, readCapacityOf(table), totalSegments);
    return { units: cap.unitsPerSecond, line: describeReadLimit(cap) };
  };

  test('gets its part of auto and of a percentage', () => {
    assert.deepEqual(told('auto', provisioned(800), 8), {
      units: 50,
      line: 'The scan consumes at most 50 read capacity units (RCU) per second: 50% of 800 (provisioned throughput), divided by 8 (TotalSegments).',
    });
    assert.equal(told('25%', { ...ON_DEMAND, ...warm(12_000) }, 4).units, 750);
  });

  test('gets a plain number for itself', () => {
    assert.deepEqual(told('400', provisioned(800), 8), {
      units: 400,
      line: 'The scan consumes at most 400 read capacity units (RCU) per second: read-capacity is 400.',
    });
  });

  test('logs a cap below 1 with two digits instead of 0', () => {
    assert.match(told('auto', provisioned(1), 16).line, / at most 0\.031 read capacity units \(RCU\) per second: /);
    assert.match(told('auto', provisioned(5), 2).line, / at most 1\.3 read capacity units \(RCU\) per second: /);
  });

  test('alone in its matrix gets all of it', () => {
    assert.deepEqual(told('auto', provisioned(800), 1), {
      units: 400,
      line: 'The scan consumes at most 400 read capacity units (RCU) per second: 50% of 800 (provisioned throughput).',
    });
  });
});

test('read-capacity is a whole number, a share of 1% to 100%, auto or none', () => {
  assert.deepEqual(parseReadCapacity('auto'), { kind: 'auto' });
  assert.deepEqual(parseReadCapacity('none'), { kind: 'none' });
  assert.deepEqual(parseReadCapacity('1%'), { kind: 'percentage', fraction: 0.01 });
  assert.deepEqual(parseReadCapacity('100000000'), { kind: 'units', unitsPerSecond: 100_000_000 });
  for (const wrong of ['0', '-1', '1.5', '0%', '101%', '50 %', '0.5', '100000001', '1e3', '1,000', 'Auto', 'half']) {
    assert.equal(parseReadCapacity(wrong), undefined, wrong);
  }
});
