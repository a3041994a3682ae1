import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { againstBaseline } from '../../bench/baseline-figures.ts';
import { type Figure, isMet } from '../../bench/figure.ts';
import { readOptions } from '../../bench/options.ts';
import { figuresTable, groupTable } from '../../bench/report.ts';
import type { Group, Row } from '../../bench/row.ts';
import { groups } from '../../bench/rows.ts';
import { type Result, resultOf } from '../../bench/statistics.ts';

/** Seconds that a row takes: CPU time, CPU time of its busiest thread, and wall time. */
type Seconds = readonly [cpu: number, thread: number, wall: number];

const NAMES: Readonly<Record<string, Seconds>> = { action: [8, 3, 5], baseline: [10, 6, 5] };

function allGroups(hasBaseline: boolean): Group[] {
  const options = readOptions([]);
  assert.ok(options);
  return groups(options, hasBaseline);
}

/** Returns a result for each row of the Action and the baseline. Every run reads 1 GB. */
function measured(rows: readonly Row[], seconds = NAMES): Map<string, Result> {
  const results = rows.flatMap((row) => {
    const [cpuSeconds, busiestThreadSeconds, wallSeconds] = seconds[row.client] ?? [];
    if (cpuSeconds === undefined || wallSeconds === undefined) return [];
    const rest = { bytes: 1e9, peakBytes: 1, storedBytes: 0, uncompressedBytes: undefined, failure: undefined };
    return resultOf(row, [{ ...rest, cpuSeconds, wallSeconds, busiestThreadSeconds }]);
  });
  return new Map(results.map((result) => [result.row.id, result]));
}

const rows = (hasBaseline: boolean): Row[] => allGroups(hasBaseline).flatMap((group) => group.rows);

const missed = (figures: readonly Figure[]): string[] => figures.filter((one) => !isMet(one)).map(({ what }) => what);

describe('the figures of the benchmark that compare with the baseline', () => {
  it('are none if no baseline was measured', () => {
    assert.deepEqual(againstBaseline(measured(rows(false))), []);
  });

  it('cover each compression, each shape that hurts, and the start to end of a table of one page', () => {
    const figures = againstBaseline(measured(rows(true)));
    assert.equal(figures.length, 3 * 2 + 4 + 2);
    assert.deepEqual(missed(figures), []);
    assert.match(figuresTable(figures), /no compression, MB per second of the busiest thread.*2\.00x.*at least 1\.60x/);
  });

  it('are missed by an Action that is as fast as the baseline where it must be faster', () => {
    const same = againstBaseline(measured(rows(true), { action: [10, 6, 5], baseline: [10, 6, 5] }));
    assert.equal(missed(same).length, 3 * 2);
  });

  it('are missed by an Action that is slower than the noise of a run', () => {
    const slower = againstBaseline(measured(rows(true), { action: [10.6, 3, 5.3], baseline: [10, 6, 5] }));
    assert.deepEqual(
      missed(slower).filter((what) => /table of one page|items/.test(what)),
      [
        ...['tiny', 'large', 'escaped', 'deep'].map(
          (shape) => `${shape} items, MB per CPU-second, compared with the baseline`,
        ),
        'start to end of a table of one page, wall time: increase over the baseline',
        'start to end of a table of one page, CPU time: increase over the baseline',
      ],
    );
  });

  it('are measured next to the rows that they are compared with, in the same rounds', () => {
    const pairs = allGroups(true).flatMap(({ rows: ofGroup }) =>
      ofGroup.flatMap(({ client, id }, index) => (client === 'baseline' ? [[ofGroup[index - 1]?.id, id]] : [])),
    );
    assert.equal(pairs.length, 3 + 4 + 1);
    for (const [before, id] of pairs) assert.equal(before, id?.replace('/baseline/', '/action/'));
  });

  it('are shown in the table of their rows', () => {
    const [group] = allGroups(true);
    assert.ok(group);
    const [, , ours = ''] = groupTable(group, measured(group.rows)).split('\n');
    assert.match(ours, /\| 125\.0 \| 1\.25 \| 333\.3 \| 2\.00 \| 200 \|/);
  });

  it('leave the table of rows that have no baseline as it is', () => {
    const memory = allGroups(true).find(({ title }) => title === 'Memory');
    assert.ok(memory);
    assert.doesNotMatch(groupTable(memory, measured(memory.rows)), /baseline/);
  });
});
