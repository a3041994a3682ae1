import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { assertSameItems } from '../fixtures/items.ts';
import { openPair, type Pair, preload, smallItems, startServers } from '../fixtures/pair.ts';
import { slowTest } from '../run/effort.ts';
import type { RunOptions } from '../runner/runner.ts';

await startServers();

const SHARES = 3;

/** For each shard a runner of another size, and how many of 40 segments it reads at once: 16 a core, 64 at most. */
const RUNNERS = [
  { cores: 1, workers: 16 },
  { cores: 2, workers: 32 },
  { cores: 96, workers: 40 },
] as const;

suite('shards of a job matrix, each on a runner of another size, are the table', { concurrency: 2 }, () => {
  test('with as many segments as a shard has by itself', async () => {
    await assertSharesAreTheTable({}, 16, (segments) => Math.min(segments, 16));
  });

  slowTest('with total-segments set', async () => {
    await assertSharesAreTheTable({ 'total-segments': '40' }, 40, (_, workers) => workers);
  });

  slowTest('the one shard of a matrix of one is the whole table', async () => {
    await using pair = await openPair();
    const table = await pair.source.createTable(smallItems(50));
    await using run = await pair.run({ 'dynamodb-table-name': table, ...shard(0, 1) });
    const copy = await pair.copyOf(run);
    assertSameItems(copy.items(), await pair.source.readItems(table));
    assert.equal(run.outputs['scope'], 'table');
  });
});

async function assertSharesAreTheTable(
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
      { 'dynamodb-table-name': table, ...inputs, ...shard(segment, SHARES) },
      onMachineWith(cores),
    );
    const copy = await pair.copyOf(run);
    // The size of the machine did reach the step; it must not reach the segments.
    const atOnce = workersOf(segments, workers);
    assert.match(run.log, new RegExp(`Reading ${segments} segments, ${atOnce} at a time`));
    assert.deepEqual(
      segmentsRead(pair, before),
      Array.from({ length: segments }, (_, i) => `${segment * segments + i} of ${SHARES * segments}`),
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

/** `7 of 48` for each segment that was asked for since then, in order. */
function segmentsRead({ source }: Pair, since: number): string[] {
  const read = new Set(
    source.requests
      .slice(since)
      .filter((request) => request.operation === 'Scan')
      .map(({ parameters }) => `${parameters['Segment']} of ${parameters['TotalSegments']}`),
  );
  return [...read].sort((a, b) => Number.parseInt(a, 10) - Number.parseInt(b, 10));
}
