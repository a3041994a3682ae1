import { type Figure, isMet, type Results } from './figure.ts';
import { type Group, idOfBaseline, idOverHttp } from './row.ts';
import { type Result, type Spread, spread } from './statistics.ts';

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
  const measured = groups.filter(({ rows }) => rows.some(({ id }) => results.has(id)));
  return [
    '# Results',
    `Measured on ${date.slice(0, 10)} with \`npm run bench\`, seed ${seed}. [../README.md](../README.md) describes the method and the clients.`,
    ...again.map(
      (later) =>
        `Measured again at ${later.date.slice(0, 16)}Z, replacing the results of ${date.slice(0, 16)}Z: ${later.rows.join(', ')}.`,
    ),
    table(['', ''], Object.entries(machine)),
    '1 MB is one million bytes of Scan response bodies. CPU is user plus system time of the whole process, from start to exit, including startup. The busiest thread is the thread of the process that used most CPU time. Values are medians, with minimum and maximum over the rounds in parentheses.',
    '## Targets',
    figuresTable(figures),
    ...measured.flatMap((group) => [
      `## ${group.title}`,
      `${group.about} ${rounds(group, results)}`,
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

export function groupTable({ rows, isShort }: Group, results: Results): string {
  // A row over HTTP is a column of the row over HTTPS.
  const measured = rows.flatMap((row) => (row.protocol === 'http' ? [] : (results.get(row.id) ?? [])));
  if (isShort) return table(SHORT_HEAD, measured.map(shortCells));
  return tableOfValues(
    [
      'client',
      'compression',
      'MiB read',
      'MB per CPU-second',
      'relative to reading only',
      'relative to its floor',
      'relative to the baseline',
      'MB per second of the busiest thread',
      'busiest thread, relative to the baseline',
      'wall MB/s',
      'peak MiB',
      'over HTTP: MB per CPU-second',
      'over HTTP: peak MiB',
    ],
    measured.map((result) => cells(result, results)),
  );
}

const SHORT_HEAD = [
  'client',
  'compression',
  'wall seconds',
  'CPU seconds',
  'seconds of the busiest thread',
  'peak MiB',
];

function shortCells({ row, runs, peakBytes }: Result): string[] {
  const threads = runs.flatMap(({ busiestThreadSeconds }) => busiestThreadSeconds ?? []);
  return [
    row.label,
    row.compression,
    range(spread(runs.map(({ wallSeconds }) => wallSeconds)), 2),
    range(spread(runs.map(({ cpuSeconds }) => cpuSeconds)), 2),
    threads.length > 0 ? range(spread(threads), 2) : '',
    range(peakBytes, 0, 2 ** 20),
  ];
}

function cells(result: Result, results: Results): string[] {
  const { row, runs, mbPerCpuSecond, mbPerThreadSecond, mbPerSecond, peakBytes } = result;
  const failure = runs.find((run) => run.failure !== undefined)?.failure;
  const label = row.latencyMs === undefined ? row.label : `${row.label}, ${distance(row)}`;
  if (failure !== undefined)
    return [label, row.compression, String(row.mib), `fails: ${failure}`, ...Array<string>(9).fill('')];
  const http = results.get(idOverHttp(row.id));
  const isLoad = row.client.startsWith('restore-');
  const isCopy = !isLoad && row.client !== 'verify-data';
  const reading = isCopy ? results.get('mixed/reading') : undefined;
  const floor = results.get(isLoad ? 'restore-write/floor' : `${row.shape}/floor/${row.compression}`);
  const hasFloor = row.client === 'action' || row.client === 'baseline' || row.client === 'restore-loader';
  const other = results.get(idOfBaseline(row.id));
  const baseline = other?.row.client === 'baseline' && row.client === 'action' ? other : undefined;
  return [
    label,
    row.compression,
    String(row.mib),
    range(mbPerCpuSecond, 1),
    ratio(mbPerCpuSecond, reading?.mbPerCpuSecond),
    // With different sizes, startup time has a different weight.
    hasFloor && floor?.row.mib === row.mib && row.latencyMs === undefined
      ? ratio(mbPerCpuSecond, floor.mbPerCpuSecond)
      : '',
    ratio(mbPerCpuSecond, baseline?.mbPerCpuSecond),
    mbPerThreadSecond ? range(mbPerThreadSecond, 1) : '',
    mbPerThreadSecond ? ratio(mbPerThreadSecond, baseline?.mbPerThreadSecond) : '',
    range(mbPerSecond, row.latencyMs === undefined ? 0 : 1),
    range(peakBytes, 0, 2 ** 20),
    http ? range(http.mbPerCpuSecond, 1) : '',
    http ? range(http.peakBytes, 0, 2 ** 20) : '',
  ];
}

function distance({ segments, latencyMs, pageBytes = 0 }: Result['row']): string {
  return `${segments} segment${segments === 1 ? '' : 's'}, ${latencyMs} ms per page of ${pageBytes / 1024} KiB`;
}

function ratio(of: Spread, to: Spread | undefined): string {
  return to ? (of.median / to.median).toFixed(2) : '';
}

function range({ median, least, most }: Spread, digits: number, unit = 1): string {
  const text = (value: number): string => (value / unit).toFixed(digits);
  return least === most ? text(median) : `${text(median)} (${text(least)}-${text(most)})`;
}

/** With --again, the saved rows of other groups can have another number of rounds than this run. */
function rounds(group: Group, results: Results): string {
  const count = Math.max(...group.rows.map((row) => results.get(row.id)?.runs.length ?? 0));
  return count === 1 ? 'One round.' : `${count} rounds. Every client runs once per round.`;
}

/** Returns a table without the columns in which no row has a value. */
function tableOfValues(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const hasValue = (_: string, column: number): boolean => rows.some((row) => row[column] !== '');
  return table(
    head.filter(hasValue),
    rows.map((row) => row.filter(hasValue)),
  );
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cellsOfLine: readonly string[]): string => `| ${cellsOfLine.join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}
