import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { formatSeconds } from '../../src/message-text.ts';
import { BYTES_PER_CORE, BYTES_PER_RUNNER } from '../../src/preflight/scan-plan.ts';
import type { Compression } from '../../src/s3/compression.ts';
import { RCU_BYTES } from '../../src/scan/pacing/read-capacity.ts';
import { read } from './documents.ts';

interface Spread {
  readonly median: number;
}

interface Results {
  readonly results: readonly {
    readonly row: { readonly id: string };
    readonly mbPerCpuSecond: Spread;
    readonly mbPerThreadSecond?: Spread;
  }[];
}

const { text } = read('docs/cost-and-limits.md');
const { results } = JSON.parse(readFileSync('bench/results/results.json', 'utf8')) as Results;
const CORES = [2, 4, 8, 16];

/** Returns the measured speeds of a compression in MB/s, rounded: per core, and of the busiest thread. */
function measured(compression: string): [number, number] {
  const result = results.find(({ row }) => row.id === `mixed/action/DYNAMODB_JSON/${compression}`);
  assert.ok(result?.mbPerThreadSecond, 'the benchmark was measured on Linux');
  return [Math.round(result.mbPerCpuSecond.median), Math.round(result.mbPerThreadSecond.median)];
}

/** Returns the speed of the estimates of a dry run in MB/s. */
function assumed(compression: Compression, cores: number): number {
  return Math.min(cores * BYTES_PER_CORE[compression], BYTES_PER_RUNNER[compression]) / 1e6;
}

describe('the speeds in the README', () => {
  it('follow from the results of the benchmark', () => {
    const [none, zstd, gzip] = (['none', 'zstd', 'gzip'] as const).map((compression) => measured(compression)[1]);
    const speeds = `${none} MB per second without compression, ${zstd} with \`zstd\` and ${gzip} with\n\`gzip\``;
    assert.ok(read('README.md').text.includes(speeds), speeds);
  });
});

describe('the speeds in docs/cost-and-limits.md', () => {
  it('include the speed at which a table with the default quota is read', () => {
    const megabytes = Math.round((40_000 * 2 * RCU_BYTES) / 1e6);
    assert.ok(text.includes(`40,000 RCU per\nsecond, a table can be read at about ${megabytes} MB per second`));
  });

  it('include durations that follow from the speeds that a dry run assumes', () => {
    const [four, sixteen] = [4, 16].map((cores) => formatSeconds(800_000 / assumed('gzip', cores)));
    assert.ok(text.includes(`${four} for a table of 800 GB with gzip on 4 cores, and ${sixteen} on 16 cores`));
  });

  for (const compression of ['none', 'zstd', 'gzip'] as const) {
    it(`follow from the results of the benchmark for ${compression}`, () => {
      const [perCore, busiest] = measured(compression);
      const speeds = CORES.map((cores) => Math.min(cores * perCore, busiest));
      assert.ok(text.includes(`| \`${compression}\` | ${[perCore, busiest, ...speeds].join(' | ')} |\n`), `${speeds}`);
    });

    it(`include what a dry run assumes for ${compression}`, () => {
      const speeds = CORES.map((cores) => assumed(compression, cores));
      assert.ok(text.includes(`| \`${compression}\` | ${speeds.join(' | ')} |\n`), `${speeds}`);
    });

    it(`are at least twice what a dry run assumes for ${compression}`, () => {
      const [perCore, busiest] = measured(compression);
      assert.ok(BYTES_PER_CORE[compression] <= (perCore / 2) * 1e6);
      assert.ok(BYTES_PER_RUNNER[compression] <= (busiest / 2) * 1e6);
    });
  }
});
