import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { BYTES_PER_CORE, BYTES_PER_RUNNER } from '../../src/preflight/scan-plan.ts';
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

describe('the speeds in docs/cost-and-limits.md', () => {
  for (const compression of ['none', 'zstd', 'gzip'] as const) {
    it(`follow from the results of the benchmark for ${compression}`, () => {
      const [perCore, busiest] = measured(compression);
      const speeds = CORES.map((cores) => Math.min(cores * perCore, busiest));
      assert.ok(text.includes(`| \`${compression}\` | ${[perCore, busiest, ...speeds].join(' | ')} |\n`), `${speeds}`);
    });

    it(`are at least twice what a dry run assumes for ${compression}`, () => {
      const [perCore, busiest] = measured(compression);
      assert.ok(BYTES_PER_CORE[compression] <= (perCore / 2) * 1e6);
      assert.ok(BYTES_PER_RUNNER[compression] <= (busiest / 2) * 1e6);
    });
  }
});
