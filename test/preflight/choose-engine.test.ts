import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { chooseEngine, EXPORT_FROM_BYTES, estimateCosts } from '../../src/preflight/choose-engine.ts';

const EXPORTABLE = {
  scanOnly: [],
  recovery: 'on',
  otherAccount: undefined,
  sizeBytes: EXPORT_FROM_BYTES,
} as const;

describe('point-in-time-export: auto', () => {
  test('exports a large table with recovery on', () => {
    assert.equal(chooseEngine(EXPORTABLE).engine, 'export');
  });

  for (const [why, facts] of [
    ['smaller than 10 GiB', { ...EXPORTABLE, sizeBytes: EXPORT_FROM_BYTES - 1 }],
    ['point-in-time recovery is disabled', { ...EXPORTABLE, recovery: 'off' }],
    [
      'only the account that owns the table, 111111111111, can export it',
      { ...EXPORTABLE, otherAccount: '111111111111' },
    ],
    ['not authorized to perform dynamodb:DescribeContinuousBackups', { ...EXPORTABLE, recovery: 'not known' }],
    ['only a scan supports compression, process-func', { ...EXPORTABLE, scanOnly: ['compression', 'process-func'] }],
  ] as const) {
    test(`scans where it says: ${why}`, () => {
      const chosen = chooseEngine(facts);
      assert.equal(chosen.engine, 'scan');
      assert.ok(chosen.why.includes(why), chosen.why);
    });
  }

  test('costs an export its gigabytes, and a scan a unit for 8 KiB, or for 4 with consistent reads', () => {
    assert.deepEqual(estimateCosts(1024 ** 3, false), { gigabytesBilled: 1, readUnits: 131_072 });
    assert.deepEqual(estimateCosts(1024 ** 3, true), { gigabytesBilled: 1, readUnits: 262_144 });
  });
});
