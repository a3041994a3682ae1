import { type Figure, isMet, type Results } from './figures.ts';
import { type Group, idOverHttp } from './rows.ts';
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

/** Rows that were measured again after the full run. */
export interface Again {
  /** ISO 8601. */
  readonly date: string;
  readonly rows: readonly string[];
}

/** Returns the results as Markdown. */
export function markdown({ groups, results, figures, machine, seed, date, again }: Report): string {
  return [
    '# Results',
    `Measured on ${date.slice(0, 10)} with \`npm run bench\`, seed ${seed}. [../README.md](../README.md) describes the method and the clients.`,
    ...again.map(
      (later) =>
        `Measured again at ${later.date.slice(0, 16)}Z, replacing the results of ${date.slice(0, 16)}Z: ${later.rows.join(', ')}.`,
    ),
    table(['', ''], Object.entries(machine)),
    '1 MB is one million bytes of Scan response bodies. CPU is user plus system time of the whole process, from start to exit, including startup. Values are medians, with minimum and maximum over the rounds in parentheses.',
    '## Targets',
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
    ['metric', 'measured', 'target', ''],
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
  // A row over HTTP is a column of the row over HTTPS.
  const measured = rows.flatMap((row) => (row.protocol === 'http' ? [] : (results.get(row.id) ?? [])));
  return table(
    [
      'client',
      'compression',
      'MiB read',
      'MB per CPU-second',
      'relative to reading only',
      'relative to its floor',
      'wall MB/s',
      'peak MiB',
      'over HTTP: MB per CPU-second',
      'over HTTP: peak MiB',
    ],
    measured.map((result) => cells(result, results)),
  );
}

function cells({ row, runs, mbPerCpuSecond, mbPerSecond, peakBytes }: Result, results: Results): string[] {
  const failure = runs.find((run) => run.failure !== undefined)?.failure;
  const label = row.latencyMs === undefined ? row.label : `${row.label}, ${distance(row)}`;
  if (failure !== undefined)
    return [label, row.compression, String(row.mib), `fails: ${failure}`, '', '', '', '', '', ''];
  const http = results.get(idOverHttp(row.id));
  const isLoad = row.client.startsWith('restore-');
  const isCopy = !isLoad && row.client !== 'verify-data';
  const reading = isCopy ? results.get('mixed/reading') : undefined;
  const floor = results.get(isLoad ? 'restore-write/floor' : `${row.shape}/floor/${row.compression}`);
  const hasFloor = row.client === 'action' || row.client === 'restore-loader';
  return [
    label,
    row.compression,
    String(row.mib),
    spread(mbPerCpuSecond, 1),
    ratio(mbPerCpuSecond, reading),
    // With different sizes, startup time has a different weight.
    hasFloor && floor?.row.mib === row.mib && row.latencyMs === undefined ? ratio(mbPerCpuSecond, floor) : '',
    spread(mbPerSecond, row.latencyMs === undefined ? 0 : 1),
    spread(peakBytes, 0, 2 ** 20),
    http ? spread(http.mbPerCpuSecond, 1) : '',
    http ? spread(http.peakBytes, 0, 2 ** 20) : '',
  ];
}

function distance({ segments, latencyMs, pageBytes = 0 }: Result['row']): string {
  return `${segments} segment${segments === 1 ? '' : 's'}, ${latencyMs} ms per page of ${pageBytes / 1024} KiB`;
}

function ratio(of: Spread, to: Result | undefined): string {
  return to ? (of.median / to.mbPerCpuSecond.median).toFixed(2) : '';
}

function spread({ median, least, most }: Spread, digits: number, unit = 1): string {
  const text = (value: number): string => (value / unit).toFixed(digits);
  return least === most ? text(median) : `${text(median)} (${text(least)}-${text(most)})`;
}

function rounds(count: number): string {
  return count === 1 ? 'One round.' : `${count} rounds. Every client runs once per round.`;
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cellsOfLine: readonly string[]): string => `| ${cellsOfLine.join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}
