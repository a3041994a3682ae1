import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { MAX_SEGMENTS } from '../../src/dynamodb-limits.ts';
import { MAX_WINDOW, MIN_WINDOW } from '../../src/export/check-times.ts';
import { runContext } from '../../src/github/run-context.ts';
import { MAX_OUTPUT_CHARACTERS } from '../../src/github/set-outputs.ts';
import { resolveKeyPrefix } from '../../src/inputs/key-prefix.ts';
import { InputProblems } from '../../src/inputs/problems.ts';
import { TAG_REQUESTS_PER_SECOND } from '../../src/list-tables/list-tables.ts';
import { EXPORT_FROM_BYTES } from '../../src/preflight/automatic-engine.ts';
import { MAX_MATRIX_JOBS } from '../../src/report/list-tables-report.ts';
import { MAX_OBJECTS, MAX_WORKERS, SEGMENTS_PER_SHARD } from '../../src/scan/segments.ts';
import { MAX_PLANNED_SEGMENTS, MAX_SHARDS } from '../../src/shards/copy-plan.ts';
import { MAX_RETRY_TIME, MAX_RETRY_TIME_BEFORE_SUCCESS, PITR_READY, TRANSFORM_ITEM } from '../../src/timeouts.ts';
import { read } from './documents.ts';

const documentedLimits = new Map(
  [...read('docs/cost-and-limits.md').text.matchAll(/^\| ([^|]+?) \| ([^|]+?) \|$/gm)].map(
    ([, what = '', limit = '']) => [what, limit],
  ),
);
const count = (number: number) => number.toLocaleString('en');

describe('docs/cost-and-limits.md states the limit of', () => {
  for (const [what, limit] of [
    ['segments read in parallel', `${MAX_WORKERS} in total`],
    ['`total-segments`, multiplied by `TotalSegments` in a matrix', count(MAX_SEGMENTS)],
    ['segments per job with `TotalSegments`', `${SEGMENTS_PER_SHARD}, or `],
    ['shards of a copy', `${MAX_SHARDS}, with ${count(MAX_PLANNED_SEGMENTS)} segments and ${count(MAX_OBJECTS)} data `],
    ['tables in `list-tables`', `${TAG_REQUESTS_PER_SECOND} tables per second`],
    ['tables in `list-tables`', `${count(MAX_OUTPUT_CHARACTERS)} characters`],
    ['jobs of a matrix', String(MAX_MATRIX_JOBS)],
    ['`file-size`', `${count(MAX_OBJECTS)} objects`],
    ['`process-func`, per item', `${TRANSFORM_ITEM / 1000} seconds`],
    ['retries of failed or throttled requests without any success', `${MAX_RETRY_TIME / 60_000} minutes`],
    ['retries of failed or throttled requests without any success', `${MAX_RETRY_TIME_BEFORE_SUCCESS / 1000} seconds`],
    ['`point-in-time-export: auto`', `${EXPORT_FROM_BYTES / 1024 ** 3} GiB`],
    ['`enable-point-in-time-recovery`', `${PITR_READY / 60_000} minutes`],
    ['period of an incremental export', `${MIN_WINDOW / 60_000} minutes to ${MAX_WINDOW / 3_600_000} hours`],
  ] as const) {
    it(`${what}: ${limit}`, () => {
      assert.ok(documentedLimits.get(what)?.includes(limit), `the document has: ${documentedLimits.get(what)}`);
    });
  }

  it('`s3-key-prefix` in bytes, which is the longest prefix that the code accepts', () => {
    const longest = Number(/^(\d+) bytes/.exec(documentedLimits.get('`s3-key-prefix`') ?? '')?.[1]);
    const problemsOf = (length: number) => {
      const problems = new InputProblems();
      resolveKeyPrefix(
        'x'.repeat(length),
        { table: 'orders', now: new Date(), run: runContext({}) },
        problems.at('s3-key-prefix'),
      );
      return problems.lines.length;
    };
    assert.deepEqual([problemsOf(longest), problemsOf(longest + 1)], [0, 1]);
  });
});
