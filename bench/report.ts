import { type Figure, isMet, type Results } from './figures.ts';
import type { Group } from './rows.ts';
import type { Result, Spread } from './statistics.ts';

export interface Report {
  readonly groups: readonly Group[];
  readonly results: Results;
  readonly figures: readonly Figure[];
  readonly machine: Readonly<Record<string, string>>;
  readonly seed: number;
  /** ISO 8601. */
  readonly date: string;
  readonly again: readonly Again[];
}

/** Rows that were measured after the others. */
export interface Again {
  /** ISO 8601. */
  readonly date: string;
  readonly rows: readonly string[];
}

/** The results as Markdown. */
export function markdown({ groups, results, figures, machine, seed, date, again }: Report): string {
  return [
    '# Results',
    `Measured on ${date.slice(0, 10)} by \`npm run bench\`; how, and what the clients are, is in [../README.md](../README.md). The pages were made from the seed ${seed}.`,
    ...again.map(
      (later) =>
        `Measured by themselves at ${later.date.slice(0, 16)}Z, in the place of what the run of ${date.slice(0, 16)}Z had shown: ${later.rows.join(', ')}.`,
    ),
    table(['', ''], Object.entries(machine)),
    'MB are millions of bytes of Scan responses, as they were sent. CPU is user plus system of the whole process, from its start to its exit; nothing is subtracted. Medians, with the least and the most of the rounds in brackets.',
    '## Promises',
    figuresTable(figures),
    ...groups.flatMap((group) => [
      `## ${group.title}`,
      `${group.about} ${rounds(group.rounds)}`,
      groupTable(group, results),
    ]),
  ].join('\n\n');
}

export function figuresTable(figures: readonly Figure[]): string {
  return table(
    ['what', 'measured', 'promised', ''],
    figures.map((figure) => [
      figure.what,
      figure.format(figure.measured),
      'atLeast' in figure.bound
        ? `at least ${figure.format(figure.bound.atLeast)}`
        : `at most ${figure.format(figure.bound.atMost)}`,
      isMet(figure) ? 'met' : '**missed**',
    ]),
  );
}

export function groupTable({ rows }: Group, results: Results): string {
  const measured = rows.flatMap((row) => results.get(row.id) ?? []);
  return table(
    [
      'client',
      'compression',
      'MiB read',
      'MB per CPU-second',
      'of reading only',
      'of its floor',
      'wall MB/s',
      'peak MiB',
    ],
    measured.map((result) => cells(result, results)),
  );
}

function cells({ row, runs, mbPerCpuSecond, mbPerSecond, peakBytes }: Result, results: Results): string[] {
  const failure = runs.find((run) => run.failure !== undefined)?.failure;
  const label = row.latencyMs === undefined ? row.label : `${row.label}, ${distance(row)}`;
  if (failure !== undefined) return [label, row.compression, String(row.mib), `fails: ${failure}`, '', '', '', ''];
  const reading = results.get('mixed/reading');
  const floor = row.client === 'action' ? results.get(`${row.shape}/floor/${row.compression}`) : undefined;
  return [
    label,
    row.compression,
    String(row.mib),
    spread(mbPerCpuSecond, 1),
    ratio(mbPerCpuSecond, reading),
    // With other sizes, starting up weighs otherwise.
    floor?.row.mib === row.mib && row.latencyMs === undefined ? ratio(mbPerCpuSecond, floor) : '',
    spread(mbPerSecond, row.latencyMs === undefined ? 0 : 1),
    spread(peakBytes, 0, 2 ** 20),
  ];
}

function distance({ segments, latencyMs, pageBytes = 0 }: Result['row']): string {
  return `${segments} segment${segments === 1 ? '' : 's'}, ${latencyMs} ms a page of ${pageBytes / 1024} KiB`;
}

function ratio(of: Spread, to: Result | undefined): string {
  return to ? (of.median / to.mbPerCpuSecond.median).toFixed(2) : '';
}

function spread({ median, least, most }: Spread, digits: number, unit = 1): string {
  const text = (value: number): string => (value / unit).toFixed(digits);
  return least === most ? text(median) : `${text(median)} (${text(least)}-${text(most)})`;
}

function rounds(count: number): string {
  return count === 1 ? 'One round.' : `${count} rounds, in each of them every client once.`;
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cellsOfLine: readonly string[]): string => `| ${cellsOfLine.join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}
