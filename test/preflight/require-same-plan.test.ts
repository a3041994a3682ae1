import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { CopyError } from '../../src/errors.ts';
import { startTimeOf } from '../../src/manifest/export-id.ts';
import { type PlannedAccess, requireSamePlan } from '../../src/preflight/require-same-plan.ts';
import { type CopyPlan, planHashes } from '../../src/shards/copy-plan.ts';
import { PLAN } from '../fixtures/copy-plan.ts';

const TABLE = {
  TableArn: 'arn:aws:dynamodb:eu-west-1:123456789012:table/orders',
  TableId: '8dee4e27-6be3-4358-9987-8b55b06a732e',
  CreationDateTime: new Date(1_700_000_000_000),
};
const INDEXED: CopyPlan = {
  ...PLAN,
  ...planHashes(PLAN.exportId, TABLE, 'backups'),
  indexName: 'by-date',
  consistentRead: true,
};
const ACCESS: PlannedAccess = {
  bucket: 'backups',
  table: TABLE,
  scan: { IndexName: 'by-date', ConsistentRead: true },
};
const MADE_AT = startTimeOf(PLAN.exportId);
const HOUR_MS = 3600 * 1000;

function failureOf(plan: CopyPlan, access: PlannedAccess, now = new Date(MADE_AT)): CopyError {
  try {
    requireSamePlan(plan, access, now);
  } catch (error) {
    assert.ok(error instanceof CopyError, String(error));
    return error;
  }
  return assert.fail('the plan was accepted');
}

suite('a plan', () => {
  test('is accepted for the table, the bucket, the index and the reads that it was made for', () => {
    requireSamePlan(INDEXED, ACCESS, new Date(MADE_AT));
  });

  test('is accepted by a job that does not scan', () => {
    requireSamePlan(INDEXED, { bucket: 'backups', table: TABLE }, new Date(MADE_AT));
  });

  test('without an index is accepted for a scan without parameters', () => {
    const plan = { ...INDEXED, indexName: undefined, consistentRead: false };
    for (const scan of [{}, { ConsistentRead: false }]) {
      requireSamePlan(plan, { ...ACCESS, scan }, new Date(MADE_AT));
    }
  });

  for (const hours of [-1, 7 * 24]) {
    test(`is accepted ${hours} hours after it was made`, () => {
      requireSamePlan(INDEXED, ACCESS, new Date(MADE_AT + hours * HOUR_MS));
    });
  }

  for (const [hours, message] of [
    [-1, /made at 2026-09-21T14:13:20\.000Z, more than an hour after the current time/],
    [7 * 24, /made at 2026-09-21T14:13:20\.000Z, more than 7 days ago/],
  ] as const) {
    test(`fails with PLAN_EXPIRED more than ${hours} hours after it was made`, () => {
      const beyond = Math.sign(hours);
      const { code, message: actual } = failureOf(INDEXED, ACCESS, new Date(MADE_AT + hours * HOUR_MS + beyond));
      assert.equal(code, 'PLAN_EXPIRED');
      assert.match(actual, message);
    });
  }

  test('with the latest possible time fails with PLAN_EXPIRED', () => {
    const { code, message } = failureOf({ ...INDEXED, exportId: '99999999999999-0a1b2c3d' }, ACCESS);
    assert.equal(code, 'PLAN_EXPIRED');
    assert.match(message, /made at 5138-11-16T09:46:39\.999Z, more than an hour after the current time/);
  });
});

suite('a plan for something else fails with PLAN_MISMATCH, and the message names what differs', () => {
  const cases: readonly (readonly [string, Partial<CopyPlan>, Partial<PlannedAccess>, RegExp])[] = [
    [
      'bucket',
      {},
      { bucket: 'backups-2' },
      /^The plan was made for another bucket than that of this step \(backups-2\)\.$/,
    ],
    [
      'table',
      {},
      { table: { ...TABLE, TableArn: `${TABLE.TableArn}-2` } },
      /^The plan was made for another table than that of this step \(orders-2 in eu-west-1\)\.$/,
    ],
    [
      'index',
      {},
      { scan: { IndexName: 'by-name', ConsistentRead: true } },
      /^The plan was made for another index than that of this step \(by-name\)\.$/,
    ],
    [
      'table instead of an index',
      {},
      { scan: { ConsistentRead: true } },
      /another index than that of this step \(none\)/,
    ],
    [
      'kind of reads',
      {},
      { scan: { IndexName: 'by-date' } },
      /another value of ConsistentRead than that of this step \(false\)/,
    ],
    [
      'table and bucket',
      {},
      { bucket: 'b', table: { ...TABLE, TableName: 'items', TableArn: 'arn:aws:dynamodb:us-east-1:1:table/items' } },
      /another table than that of this step \(items in us-east-1\) and another bucket than that of this step \(b\)\.$/,
    ],
    ['version', { version: '0.0.1' }, {}, /^The plan was made by version 0\.0\.1 of the Action, and this step has/],
  ];
  for (const [name, plan, access, message] of cases) {
    test(`another ${name}`, () => {
      const { code, message: actual } = failureOf({ ...INDEXED, ...plan }, { ...ACCESS, ...access });
      assert.equal(code, 'PLAN_MISMATCH');
      assert.match(actual, message);
    });
  }
});

suite('a table that was created again after the plan', () => {
  for (const [name, table] of [
    ['has another ID', { ...TABLE, TableId: 'a' }],
    ['has another creation time', { ...TABLE, CreationDateTime: new Date(1_700_000_000_001) }],
  ] as const) {
    test(`fails with TABLE_RECREATED if it ${name}`, () => {
      assert.equal(failureOf(INDEXED, { ...ACCESS, table }).code, 'TABLE_RECREATED');
    });
  }
});
