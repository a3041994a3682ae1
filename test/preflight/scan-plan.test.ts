import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { TableDescription } from '@aws-sdk/client-dynamodb';
import { expectedItemCount, planScan, type ScanPlanRequest } from '../../src/preflight/scan-plan.ts';

const MIB = 1024 * 1024;
const GIB = 1024 * MIB;
const OLD: TableDescription = { CreationDateTime: new Date('2020-01-01') };

function request(sizeBytes: number | undefined, change: Partial<ScanPlanRequest> = {}): ScanPlanRequest {
  return {
    table: OLD,
    target: { kind: 'table', sizeBytes, itemCount: sizeBytes === undefined ? undefined : Math.ceil(sizeBytes / 1024) },
    scan: { request: {} },
    totalSegments: 'auto',
    fileSize: 128 * MIB,
    compression: 'gzip',
    cores: 4,
    cap: undefined,
    ...change,
  };
}

suite('read units: 4 KB each, half as many without a consistent read', () => {
  test('a table of 1 GiB, with the page that is looked at first', () => {
    const { readUnits } = planScan(request(GIB));
    assert.ok(
      readUnits !== undefined && readUnits >= 131_072 + 128 && readUnits <= 131_072 + 128 + 100,
      `${readUnits}`,
    );
  });

  test('without that page where the segments are given', () => {
    assert.equal(planScan(request(GIB, { totalSegments: 1 })).readUnits, 131_072);
  });

  test('twice as many with consistent reads', () => {
    const consistent = { scan: { request: { ConsistentRead: true } }, totalSegments: 1 };
    assert.equal(planScan(request(GIB, consistent)).readUnits, 262_144);
  });

  test('a table of one page is read once', () => {
    assert.deepEqual(planScan(request(10_000)), {
      ...planScan(request(10_000)),
      segments: 1,
      workers: 1,
      readUnits: 1.5,
    });
  });

  test('a shard of a matrix reads its part', () => {
    const scan = { request: {}, shard: { segment: 3, totalSegments: 8 } };
    const { readUnits = 0, segments } = planScan(request(8 * GIB, { scan }));
    assert.ok(Math.abs(readUnits / 131_072 - 1) < 0.001, `${readUnits}`);
    assert.equal(segments, 16);
  });

  test('a small Limit makes many pages, and each is rounded up', () => {
    const scan = { request: { Limit: 2 } };
    // 1,024 items of 1 KiB, two a page: 512 pages of one block instead of 256 blocks.
    assert.equal(planScan(request(MIB, { scan, totalSegments: 1 })).readUnits, 256);
    assert.equal(planScan(request(MIB, { totalSegments: 1 })).readUnits, 128);
  });

  test('of a table that was never counted they are not known', () => {
    for (const size of [0, undefined]) {
      const plan = planScan(request(size));
      assert.equal(plan.readUnits, undefined);
      assert.equal(plan.seconds, undefined);
    }
  });
});

test('progress is counted against what this run is to read', () => {
  const { target } = request(1024 * 1000);
  assert.equal(expectedItemCount({ target, scan: { request: {} } }), 1000);
  assert.equal(expectedItemCount({ target, scan: { request: {}, shard: { segment: 0, totalSegments: 4 } } }), 250);
  assert.equal(expectedItemCount({ target, scan: { request: {}, startKey: { pk: { S: 'a' } } } }), undefined);
  assert.equal(expectedItemCount({ ...request(undefined), scan: { request: {} } }), undefined);
});

suite('time', () => {
  test('by the cap, where it is what holds the scan up', () => {
    assert.equal(planScan(request(GIB, { totalSegments: 1, cap: 100 })).seconds, 1310.72);
  });

  test('by the cores, where it is not', () => {
    const [one = 0, four = 0] = [1, 4].map((cores) => planScan(request(100 * GIB, { cores, cap: 1e9 })).seconds);
    assert.ok(one > 0 && Math.abs(one / four - 4) < 0.001);
  });
});
