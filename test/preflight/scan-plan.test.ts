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
    readLimit: undefined,
    ...change,
  };
}

suite('the estimated read capacity of a scan', () => {
  test('includes the first page, which is read to plan the segments', () => {
    const { readUnits } = planScan(request(GIB));
    assert.ok(
      readUnits !== undefined && readUnits >= 131_072 + 128 && readUnits <= 131_072 + 128 + 100,
      `${readUnits}`,
    );
  });

  test('does not include the first page if total-segments is set', () => {
    assert.equal(planScan(request(GIB, { totalSegments: 1 })).readUnits, 131_072);
  });

  test('doubles with ConsistentRead', () => {
    const consistent = { scan: { request: { ConsistentRead: true } }, totalSegments: 1 };
    assert.equal(planScan(request(GIB, consistent)).readUnits, 262_144);
  });

  test('covers a table of one page once', () => {
    assert.deepEqual(planScan(request(10_000)), {
      ...planScan(request(10_000)),
      segments: 1,
      workers: 1,
      readUnits: 1.5,
    });
  });

  test('covers only the part of a shard', () => {
    const scan = { request: {}, shard: { segment: 3, totalSegments: 8 } };
    const { readUnits = 0, segments } = planScan(request(8 * GIB, { scan }));
    assert.ok(Math.abs(readUnits / 131_072 - 1) < 0.001, `${readUnits}`);
    assert.equal(segments, 16);
  });

  test('increases with a small Limit, because each page is rounded up', () => {
    const scan = { request: { Limit: 2 } };
    // 1,024 items of 1 KiB in pages of two items: 512 pages of one block instead of 256 blocks
    assert.equal(planScan(request(MIB, { scan, totalSegments: 1 })).readUnits, 256);
    assert.equal(planScan(request(MIB, { totalSegments: 1 })).readUnits, 128);
  });

  test('is undefined for a table without item counts', () => {
    for (const size of [0, undefined]) {
      const plan = planScan(request(size));
      assert.equal(plan.readUnits, undefined);
      assert.equal(plan.seconds, undefined);
    }
  });
});

test('expectedItemCount returns the number of items that this run reads', () => {
  const { target } = request(1024 * 1000);
  assert.equal(expectedItemCount({ target, scan: { request: {} } }), 1000);
  assert.equal(expectedItemCount({ target, scan: { request: {}, shard: { segment: 0, totalSegments: 4 } } }), 250);
  assert.equal(expectedItemCount({ target, scan: { request: {}, startKey: { pk: { S: 'a' } } } }), undefined);
  assert.equal(expectedItemCount({ ...request(undefined), scan: { request: {} } }), undefined);
});

suite('the estimated time of a scan', () => {
  test('is limited by the read limit if the limit is low', () => {
    assert.equal(planScan(request(GIB, { totalSegments: 1, readLimit: 100 })).seconds, 1310.72);
  });

  test('does not decrease with more cores than the busiest thread of the runner can keep busy', () => {
    for (const [compression, enough] of [
      ['none', 3],
      ['gzip', 6],
      ['zstd', 5],
    ] as const) {
      const [fewer = 0, some = 0, many] = [enough - 1, enough, 64].map(
        (cores) => planScan(request(100 * GIB, { cores, compression })).seconds,
      );
      assert.ok(fewer > some, compression);
      assert.equal(some, many, compression);
    }
  });

  test('is inversely proportional to the number of runners', () => {
    const [one = 0, many = 0] = [1, 16].map(
      (runners) => planScan(request(100 * GIB, { cores: 64, runners, compression: 'none' })).seconds,
    );
    assert.ok(one > 0 && Math.abs(one / many - 16) < 0.001);
  });

  test('is inversely proportional to the number of cores if the read limit is high', () => {
    const [one = 0, four = 0] = [1, 4].map((cores) => planScan(request(100 * GIB, { cores, readLimit: 1e9 })).seconds);
    assert.ok(one > 0 && Math.abs(one / four - 4) < 0.001);
  });
});
