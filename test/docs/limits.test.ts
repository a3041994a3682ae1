import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { LONGEST_WINDOW, SHORTEST_WINDOW } from '../../src/export/check-times.ts';
import { resolveKeyPrefix } from '../../src/inputs/key-prefix.ts';
import { Problems } from '../../src/inputs/problems.ts';
import { EXPORT_FROM_BYTES } from '../../src/preflight/choose-engine.ts';
import { MOST_SEGMENTS } from '../../src/scan/scan-parameters.ts';
import { MOST_OBJECTS, MOST_WORKERS, SEGMENTS_A_SHARE } from '../../src/scan/segments.ts';
import { GIVE_UP, GIVE_UP_AT_FIRST, PROCESS_ITEM, RECOVERY_READY } from '../../src/timeouts.ts';
import { read } from './documents.ts';

const rows = new Map(
  [...read('docs/cost-and-limits.md').text.matchAll(/^\| ([^|]+?) \| ([^|]+?) \|$/gm)].map(
    ([, what = '', limit = '']) => [what, limit],
  ),
);
const count = (number: number) => number.toLocaleString('en');

describe('docs/cost-and-limits.md has the limits of the code', () => {
  for (const [what, limit] of [
    ['segments read in parallel', `${MOST_WORKERS} in total`],
    ['`total-segments`, multiplied by `TotalSegments` in a matrix', count(MOST_SEGMENTS)],
    ['segments per shard of a matrix', `${SEGMENTS_A_SHARE}, or `],
    ['`file-size`', `${count(MOST_OBJECTS)} objects`],
    ['`process-func`, per item', `${PROCESS_ITEM / 1000} seconds`],
    ['retries of failed or throttled requests without any success', `${GIVE_UP / 60_000} minutes`],
    ['retries of failed or throttled requests without any success', `${GIVE_UP_AT_FIRST / 1000} seconds`],
    ['`point-in-time-export: auto`', `${EXPORT_FROM_BYTES / 1024 ** 3} GiB`],
    ['`enable-point-in-time-recovery`', `${RECOVERY_READY / 60_000} minutes`],
    ['period of an incremental export', `${SHORTEST_WINDOW / 60_000} minutes to ${LONGEST_WINDOW / 3_600_000} hours`],
  ] as const) {
    it(`${what}: ${limit}`, () => assert.ok(rows.get(what)?.includes(limit), `it says: ${rows.get(what)}`));
  }

  it('`s3-key-prefix`', () => {
    const longest = Number(/^(\d+) bytes/.exec(rows.get('`s3-key-prefix`') ?? '')?.[1]);
    const problemsOf = (length: number) => {
      const problems = new Problems();
      resolveKeyPrefix('x'.repeat(length), { table: 'orders', now: new Date(), env: {} }, problems.at('s3-key-prefix'));
      return problems.lines.length;
    };
    assert.deepEqual([problemsOf(longest), problemsOf(longest + 1)], [0, 1]);
  });
});
