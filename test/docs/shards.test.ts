import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { formatCount, formatSeconds } from '../../src/message-text.ts';
import { estimateCopy } from '../../src/preflight/prepare-plan.ts';
import { BYTES_PER_CORE } from '../../src/preflight/scan-plan.ts';
import { RUNNER_CORES, sizePlan } from '../../src/preflight/size-shards.ts';
import { RCU_BYTES } from '../../src/scan/pacing/read-capacity.ts';
import { read } from './documents.ts';

const { text } = read('docs/shards.md');

const TIB = 1024 ** 4;
/** Read capacity units of a scan of 1 TiB with eventually consistent reads. */
const UNITS = TIB / (2 * RCU_BYTES);
const BYTES_PER_RUNNER = RUNNER_CORES * BYTES_PER_CORE.gzip;

/** Returns the duration that a plan reports for a table of 1 TiB. */
function estimatedSeconds(unitsPerSecond: number | undefined, runners: number): number {
  const table = { CreationDateTime: new Date('2020-01-01') };
  const target = { kind: 'table', sizeBytes: TIB, itemCount: TIB / 1024 } as const;
  const size = sizePlan({
    ...{ shards: 256, totalSegments: 'auto', maxParallel: runners, fileSize: 128 * 1024 * 1024 },
    ...{ sizeBytes: TIB, readLimit: unitsPerSecond, consistentRead: false },
  });
  const readLimit = { unitsPerSecond, why: 'as requested', isLowered: false };
  const { seconds } = estimateCopy({ scan: {} }, table, { target, size, readLimit }, size);
  return seconds ?? Number.NaN;
}

describe('docs/shards.md', () => {
  it('states what the scan of 1 TiB consumes', () => {
    assert.ok(text.includes(`1,024⁴ / ${formatCount(2 * RCU_BYTES)} = ${Math.round(UNITS / 1e6)} million RCU`));
  });

  it('states how fast one runner reads', () => {
    assert.ok(text.includes(`${RUNNER_CORES} cores reads about ${BYTES_PER_RUNNER / 1e6} MB per second`));
    assert.ok(text.includes(`with ${BYTES_PER_CORE.gzip / 1e6} MB per second per core`));
    const units = Math.round(BYTES_PER_RUNNER / (2 * RCU_BYTES) / 1e3) * 1e3;
    assert.ok(text.includes(`about ${formatCount(units)} read capacity units (RCU) per\nsecond`), formatCount(units));
    const inSixHours = Math.floor((10 * BYTES_PER_RUNNER * 6 * 3_600) / TIB) / 10;
    assert.ok(text.includes(`reads about ${inSixHours} TiB`), `${inSixHours} TiB`);
  });

  it('states durations for 1 TiB that follow from the read limit and the number of runners', () => {
    const rows = [...text.matchAll(/^\| (?:([\d,]+) RCU per second|none) \| (\d+)(?: or more)? \| ([^|]+) \| /gm)];
    assert.ok(rows.length >= 6, `${rows.length} rows`);
    for (const [row, limit, runners, duration = ''] of rows) {
      const unitsPerSecond = limit === undefined ? undefined : Number(limit.replaceAll(',', ''));
      const minutes = Math.round(estimatedSeconds(unitsPerSecond, Number(runners)) / 60);
      const rounded = minutes < 60 ? `${minutes} min` : formatSeconds(minutes * 60);
      assert.equal(duration, rounded, row);
    }
  });

  it('states the size and the duration of a shard with shards: auto', () => {
    const sizing = { shards: 'auto', totalSegments: 'auto', maxParallel: undefined, fileSize: 1 } as const;
    const shardsOf = (sizeBytes: number, readLimit?: number) =>
      sizePlan({ ...sizing, sizeBytes, readLimit, consistentRead: false }).shards;
    const [, size = '', most = ''] = /one shard for each (\d+) GiB, at most (\d+)/.exec(text) ?? [];
    const shardBytes = Number(size) * 1024 ** 3;
    assert.deepEqual([shardsOf(shardBytes), shardsOf(shardBytes + 1)], [1, 2]);
    assert.equal(shardsOf(100 * TIB), Number(most));
    assert.equal(shardsOf(TIB, 6_000), 1, 'a read limit of 6,000 RCU per second needs one runner');
    assert.ok(text.includes(`about ${Math.round(shardBytes / BYTES_PER_RUNNER / 60)} minutes`));
  });
});
