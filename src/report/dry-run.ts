import { formatBytes, formatCount, formatCountOf, formatSeconds } from '../message-text.ts';
import type { CheckOutcome, CheckResult } from '../preflight/checks/check.ts';
import type { Preview } from '../preflight/preview.ts';
import { type Escape, nameValueTable } from './markdown.ts';

/** Returns the plan of a dry run and the results of its checks as Markdown. */
export function dryRunMarkdown(
  checkResults: readonly CheckResult[],
  preview: Preview | undefined,
  clean: Escape,
): string[] {
  return [
    ...(preview ? nameValueTable(previewRows(preview), clean) : []),
    '| Check | Result | Details |',
    '|---|---|---|',
    ...checkResults.map(
      ({ name, outcome }) => `| ${clean(name)} | ${MARKS[outcome.status]} | ${clean(details(outcome))} |`,
    ),
    '',
  ];
}

/** Returns the same for the log, one line per entry. */
export function dryRunLines(checkResults: readonly CheckResult[], preview: Preview | undefined): string[] {
  return [
    ...checkResults.map(({ name, outcome }) => `${name}: ${outcome.status}, ${details(outcome)}`),
    ...(preview ? previewRows(preview).map(([name, value]) => `${name}: ${value}`) : []),
  ];
}

const MARKS = { ok: '✅ ok', 'not checked': '➖ not checked', failed: '❌ failed' } as const satisfies Record<
  CheckOutcome['status'],
  string
>;

function details(outcome: CheckOutcome): string {
  switch (outcome.status) {
    case 'ok':
      return outcome.caveat === undefined ? outcome.detail : `${outcome.detail}. ${outcome.caveat}`;
    case 'not checked':
      return outcome.why;
    case 'failed':
      return `${outcome.error.code}: ${outcome.error.message.replaceAll('\n', ' ')}`;
    default:
      return outcome satisfies never;
  }
}

type Row = readonly [name: string, value: string];

const NOT_COUNTED = 'unknown: the table is empty, or DynamoDB has not counted it yet';

/** Returns what a run would do, in the same order as the summary of a copy. */
export function previewRows(preview: Preview): Row[] {
  const { table, destination, engine, why, format, sizeBytes, itemCount, commitStatus } = preview;
  const common: Row[] = [
    ['Table', table],
    ['Destination', destination],
    ['Engine', `${engine}, because ${why}`],
    [
      'Size',
      sizeBytes === 0
        ? NOT_COUNTED
        : `about ${formatCountOf(itemCount, 'item')}, ${formatBytes(sizeBytes)} (DynamoDB updates these counts about every 6 hours)`,
    ],
    ['Objects', format],
    ...(commitStatus === undefined ? [] : [['Commit status', commitStatus] satisfies Row]),
  ];
  if (preview.engine === 'export') {
    return [
      ...common,
      ['Read capacity units', '0: an export does not consume read capacity'],
      [
        'Billed',
        preview.gigabytesBilled === undefined
          ? 'for the data that changed in the export period'
          : `about ${formatCount(preview.gigabytesBilled)} GB`,
      ],
      ['Time', 'at least 5 minutes, depending on the size of the table'],
    ];
  }
  const { maxConsumedReadCapacity: max } = preview;
  const { segments, workers, readUnits, seconds } = preview.plan;
  return [
    ...common,
    ['Segments', `${formatCount(segments)}, at most ${formatCount(workers)} in parallel`],
    ['Read limit', preview.readLimit],
    ['Read capacity units', readUnits === undefined ? NOT_COUNTED : `about ${formatCount(readUnits)}`],
    ...(max === undefined ? [] : [['Read budget', `${formatCount(max)} RCU, all attempts together`] as const]),
    ['Time', seconds === undefined ? NOT_COUNTED : `about ${formatSeconds(Math.max(1, Math.round(seconds)))}`],
  ];
}
