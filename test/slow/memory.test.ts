import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { startReplaySource, startSwallowingStore } from '../emulators/replay.ts';
import { type RunOptions, runAction, startAction } from '../runner/runner.ts';

// All over HTTPS, which every user uses and which needs the most memory.

const MIB = 1024 * 1024;
const PART = 5 * MIB;
const WORKERS = 16;
const PARTS_IN_FLIGHT = 6;
/** Additional memory that V8 and the allocator can hold before they release it. */
const SLACK = 24 * MIB;
/**
 * The smaller table must fill every buffer too, or the larger one seems to grow: with 64 MiB in 4 segments, no segment
 * fills a part with gzip. Without compression, a slow store makes both tables fill every buffer. With gzip, compression is
 * slower than the store.
 *
 * `withoutParts` is the size of a table of which none of 16 segments fills a part: 4 MiB per segment, and what gzip makes
 * of 16 MiB, are less than 5 MiB. With a smaller table, the copy ends before V8 and zlib have the memory they need.
 */
const COMPARISONS = {
  none: { small: 64 * MIB, store: { bytesPerSecond: 20 * MIB }, maxDifference: 0.25, withoutParts: 64 * MIB },
  gzip: { small: 256 * MIB, store: {}, maxDifference: 0.15, withoutParts: 256 * MIB },
} as const;

const skip = process.platform !== 'linux' && 'Only Linux reports the peak memory of a process';

for (const compression of ['none', 'gzip'] as const) {
  suite(`peak memory of a copy with compression: ${compression}`, () => {
    const { small: smallBytes, store, maxDifference, withoutParts } = COMPARISONS[compression];
    const sizes = `a table of ${smallBytes / MIB} MiB and one of 1 GiB`;
    test(`differs by less than ${100 * maxDifference}% between ${sizes}, in 4 segments`, { skip }, async (t) => {
      const small = await peakOf(smallBytes, compression, 4, store);
      const isWithinLimit = (peak: number) => Math.abs(peak / small - 1) < maxDifference;
      const peaks: number[] = [];
      // A copy whose memory depends on the table exceeds the limit every time. On a busy machine, the garbage collector
      // of V8 sometimes runs late, so a single peak proves nothing.
      do peaks.push(await peakOf(1024 * MIB, compression, 4, store));
      while (!peaks.some(isWithinLimit) && peaks.length < 3);
      const measured = peaks.map((large) => text(smallBytes, small, large)).join('; ');
      assert.ok(peaks.some(isWithinLimit), measured);
      t.diagnostic(measured);
    });

    const range = `between ${withoutParts / MIB} MiB and 1 GiB, in ${WORKERS} segments`;
    test(`grows at most by the part buffers ${range}`, { skip }, async (t) => {
      const small = await peakOf(withoutParts, compression, WORKERS);
      const large = await peakOf(1024 * MIB, compression, WORKERS);
      assert.ok(large - small < (WORKERS + PARTS_IN_FLIGHT) * PART + SLACK, text(withoutParts, small, large));
      t.diagnostic(text(withoutParts, small, large));
    });
  });
}

/** Memory that every runner has available: 320 MiB, and 80 MiB for the second thread. */
const MAX_PEAK = 400 * MIB;

suite('a copy to a store that accepts 1 MiB/s', () => {
  for (const compression of ['none', 'gzip']) {
    const limit = `less than ${MAX_PEAK / MIB} MiB with ${WORKERS} workers`;
    test(`uses ${limit} and ends within 5 s after cancellation, with compression: ${compression}`, {
      skip,
    }, async (t) => {
      await using source = await startReplaySource({ totalBytes: 2048 * MIB }, 'https');
      await using store = await startSwallowingStore({ bytesPerSecond: MIB }, 'https');
      const step = startAction(stepOf(source, store, compression, WORKERS));
      await untilBuffersAreFull(source);
      const cancelledAt = performance.now();
      step.cancel();
      await using run = await step.result;
      const tookMs = performance.now() - cancelledAt;
      assert.match(run.log, /Cancelled/);
      assert.ok(tookMs < 5_000, `the step ended after ${Math.round(tookMs)} ms:\n${run.log}`);
      const peak = run.peakRssBytes ?? 0;
      assert.ok(peak > (WORKERS + PARTS_IN_FLIGHT) * PART, 'control: every buffer was filled');
      assert.ok(peak < MAX_PEAK, `${Math.round(peak / MIB)} MiB`);
      assert.equal((await store.stats()).openUploads, 0);
      t.diagnostic(`${Math.round(peak / MIB)} MiB; ended ${Math.round(tookMs)} ms after the cancellation`);
    });
  }
});

/** Resolves once the workers have filled every buffer and read only as fast as the store accepts data. */
async function untilBuffersAreFull(source: { stats(): Promise<{ readonly bytes: number }> }): Promise<void> {
  const SECONDS = 4;
  for (let before = 0; ; ) {
    await sleep(SECONDS * 1_000);
    const { bytes } = await source.stats();
    if (before > 0 && bytes - before < 8 * SECONDS * MIB) return;
    before = bytes;
  }
}

async function peakOf(
  totalBytes: number,
  compression: string,
  segments: number,
  speed: { readonly bytesPerSecond?: number } = {},
): Promise<number> {
  await using source = await startReplaySource({ totalBytes }, 'https');
  await using store = await startSwallowingStore(speed, 'https');
  await using run = await runAction(stepOf(source, store, compression, segments));
  assert.equal(run.exitCode, 0, run.log);
  assert.ok(run.log.includes(`Reading ${segments} segments, ${segments} at a time`), run.log);
  assert.equal(Number(run.outputs['item-count']), source.items);
  assert.equal((await source.stats()).items, source.items);
  assert.ok(run.peakRssBytes);
  return run.peakRssBytes;
}

interface Server {
  readonly env: Readonly<Record<string, string>>;
}

function stepOf(
  source: Server & { readonly tableName: string },
  store: Server,
  compression: string,
  segments: number,
): RunOptions {
  return {
    inputs: {
      'dynamodb-table-name': source.tableName,
      's3-bucket-name': 'bucket',
      's3-force-path-style': 'true',
      'total-segments': String(segments),
      compression,
    },
    env: { ...source.env, ...store.env },
    timeoutMs: 180_000,
  };
}

function text(smallBytes: number, small: number, large: number): string {
  return `${smallBytes / MIB} MiB: ${Math.round(small / MIB)} MiB of memory; 1 GiB: ${Math.round(large / MIB)} MiB`;
}
