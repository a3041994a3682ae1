import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { parse } from 'yaml';
import { COMPARISONS, EXPORTS } from '../../scripts/live-check/observe.ts';

interface Job {
  readonly needs?: string | readonly string[];
  readonly if?: string;
  readonly strategy?: { readonly matrix: Readonly<Record<string, readonly string[] | string>> };
  readonly steps: readonly { readonly with?: Readonly<Record<string, string>> }[];
}

const { jobs } = parse(readFileSync('.github/workflows/live-check.yml', 'utf8')) as {
  readonly jobs: Readonly<Record<string, Job>>;
};

/** Returns the number of jobs that a job with a matrix becomes. */
function jobCount({ strategy }: Job): number {
  return Object.values(strategy?.matrix ?? {})[0]?.length ?? 1;
}

test('live-check.yml stores its exports where the script reads them', () => {
  const names = [jobs['export'], jobs['incremental']].flatMap((job) => {
    const formats = job?.strategy?.matrix['format'] as readonly string[];
    const prefix = job?.steps.find((step) => step.with?.['s3-key-prefix'])?.with?.['s3-key-prefix'] ?? '';
    return formats.map((format) => prefix.replace(/\$\{\{ matrix\.format \}\}/, format).replace('{table}/', ''));
  });
  assert.deepEqual(names.sort(), Object.values(EXPORTS).sort());
});

test('live-check.yml compares as often with a table as the script assumes for the cost', () => {
  const comparisons = Object.values(jobs).map(
    (job) => job.steps.filter((step) => step.with?.['compare-with'] !== undefined).length * jobCount(job),
  );
  assert.equal(
    comparisons.reduce((sum, count) => sum + count, 0),
    COMPARISONS,
  );
});

test('live-check.yml always checks the results of all jobs, and then always deletes what they made', () => {
  const working = Object.keys(jobs).filter((name) => name !== 'check' && name !== 'cleanup');
  assert.deepEqual(jobs['check']?.needs, working);
  assert.deepEqual(jobs['cleanup']?.needs, [...working, 'check']);
  assert.equal(jobs['check']?.if, 'always()');
  assert.equal(jobs['cleanup']?.if, 'always()');
});
