import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { automaticEngine, EXPORT_FROM_BYTES, estimateCosts } from '../../src/preflight/automatic-engine.ts';

const EXPORTABLE = {
  scanOnly: [],
  pitr: 'enabled',
  otherAccount: undefined,
  sizeBytes: EXPORT_FROM_BYTES,
} as const;

describe('point-in-time-export: auto', () => {
  test('exports a large table with PITR enabled', () => {
    assert.equal(automaticEngine(EXPORTABLE).engine, 'export');
  });

  for (const [why, facts] of [
    ['smaller than 10 GiB', { ...EXPORTABLE, sizeBytes: EXPORT_FROM_BYTES - 1 }],
    ['point-in-time recovery is disabled', { ...EXPORTABLE, pitr: 'disabled' }],
    [
      'only the account that owns the table, 111111111111, can export it',
      { ...EXPORTABLE, otherAccount: '111111111111' },
    ],
    ['not authorized to perform dynamodb:DescribeContinuousBackups', { ...EXPORTABLE, pitr: 'unknown' }],
    ['only a scan supports compression, process-func', { ...EXPORTABLE, scanOnly: ['compression', 'process-func'] }],
  ] as const) {
    test(`scans and gives the reason: ${why}`, () => {
      const chosen = automaticEngine(facts);
      assert.equal(chosen.engine, 'scan');
      assert.ok(chosen.why.includes(why), chosen.why);
    });
  }

  test('estimateCosts returns the billed size of an export and the RCU of a scan, double with consistent reads', () => {
    assert.deepEqual(estimateCosts(1024 ** 3, false), { gigabytesBilled: 1, readUnits: 131_072 });
    assert.deepEqual(estimateCosts(1024 ** 3, true), { gigabytesBilled: 1, readUnits: 262_144 });
  });
});
