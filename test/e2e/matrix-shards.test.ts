import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { assertSameItems } from '../fixtures/items.ts';
import { openPair, type Pair, preload, smallItems, startServers } from '../fixtures/pair.ts';
import { slowTest } from '../run/effort.ts';
import type { RunOptions } from '../runner/runner.ts';

await startServers();

const SHARDS = 3;

/** Cores of each shard's runner, and the segments that it reads at a time out of 40: 16 per core, at most 64. */
const RUNNERS = [
  { cores: 1, workers: 16 },
  { cores: 2, workers: 32 },
  { cores: 96, workers: 40 },
] as const;

suite('shards of a job matrix', { concurrency: 2 }, () => {
  test('contain every item exactly once on runners of different sizes, with total-segments: auto', async () => {
    await assertShardsAreTheTable({}, 16, (segments) => Math.min(segments, 16));
  });

  slowTest('contain every item exactly once on runners of different sizes, with total-segments: 40', async () => {
    await assertShardsAreTheTable({ 'total-segments': '40' }, 40, (_, workers) => workers);
  });

  slowTest('contain the entire table if TotalSegments is 1, with scope: table', async () => {
    await using pair = await openPair();
    const table = await pair.source.createTable(smallItems(50));
    await using run = await pair.run({ 'dynamodb-table-name': table, ...shard(0, 1) });
    const copy = await pair.copyOf(run);
    assertSameItems(copy.items(), await pair.source.readItems(table));
    assert.equal(run.outputs['scope'], 'table');
  });
});

async function assertShardsAreTheTable(
  inputs: Readonly<Record<string, string>>,
  segments: number,
  workersOf: (segments: number, workers: number) => number,
): Promise<void> {
  await using pair = await openPair();
  const table = await pair.source.createTable(smallItems(300));
  const copied = [];
  for (const [segment, { cores, workers }] of RUNNERS.entries()) {
    const before = pair.source.requests.length;
    await using run = await pair.run(
      { 'dynamodb-table-name': table, ...inputs, ...shard(segment, SHARDS) },
      onMachineWith(cores),
    );
    const copy = await pair.copyOf(run);
    // The number of cores determines the parallelism, but must not change the segments.
    const parallel = workersOf(segments, workers);
    assert.match(run.log, new RegExp(`Reading ${segments} segments, ${parallel} at a time`));
    assert.deepEqual(
      segmentsRead(pair, before),
      Array.from({ length: segments }, (_, i) => `${segment * segments + i} of ${SHARDS * segments}`),
    );
    assert.equal(run.outputs['scope'], 'subset');
    assert.deepEqual(copy.record?.['narrowedBy'], ['Segment']);
    copied.push(...copy.items());
  }
  assertSameItems(copied, await pair.source.readItems(table));
}

function shard(segment: number, total: number): Record<string, string> {
  return { 'dynamodb-scan-kwargs': JSON.stringify({ Segment: segment, TotalSegments: total }) };
}

function onMachineWith(cores: number): RunOptions {
  return { ...preload('pretend-cores.ts'), env: { PRETEND_CORES: String(cores) } };
}

/** Returns each segment requested after request number `since`, for example `7 of 48`, in order. */
function segmentsRead({ source }: Pair, since: number): string[] {
  const read = new Set(
    source.requests
      .slice(since)
      .filter((request) => request.operation === 'Scan')
      .map(({ parameters }) => `${parameters['Segment']} of ${parameters['TotalSegments']}`),
  );
  return [...read].sort((a, b) => Number.parseInt(a, 10) - Number.parseInt(b, 10));
}
