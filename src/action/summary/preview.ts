import type { Finding, Outcome } from '../../checks/check.ts';
import type { Preview } from '../../prepare/preview.ts';
import { formatBytes, formatCount, formatSeconds } from '../units.ts';
import { type Clean, nameTable } from './markdown.ts';

/** What a dry run found out and what a run would do. */
export function previewMarkdown(findings: readonly Finding[], preview: Preview | undefined, clean: Clean): string[] {
  return [
    ...(preview ? nameTable(planRows(preview), clean) : []),
    '| check | | |',
    '|---|---|---|',
    ...findings.map(
      ({ name, outcome }) => `| ${clean(name)} | ${MARKS[outcome.status]} | ${clean(details(outcome))} |`,
    ),
    '',
  ];
}

/** The same for the log, a line each. */
export function previewLines(findings: readonly Finding[], preview: Preview | undefined): string[] {
  return [
    ...findings.map(({ name, outcome }) => `${name}: ${outcome.status}, ${details(outcome)}`),
    ...(preview ? planRows(preview).map(([name, value]) => `${name}: ${value}`) : []),
  ];
}

const MARKS = { ok: '✅ ok', 'not checked': '➖ not checked', failed: '❌ failed' } as const satisfies Record<
  Outcome['status'],
  string
>;

function details(outcome: Outcome): string {
  switch (outcome.status) {
    case 'ok':
      return outcome.caveat === undefined ? outcome.says : `${outcome.says}. ${outcome.caveat}`;
    case 'not checked':
      return outcome.why;
    case 'failed':
      return `${outcome.error.code}: ${outcome.error.message.replaceAll('\n', ' ')}`;
    default:
      return outcome satisfies never;
  }
}

type Row = readonly [name: string, value: string];

const NOT_COUNTED = 'not known: DynamoDB has not counted the table yet, or it is empty';

/** What a run would do, in the order of the summary of a copy. */
export function planRows(preview: Preview): Row[] {
  const { table, destination, engine, why, format, sizeBytes, itemCount } = preview;
  const common: Row[] = [
    ['Table', table],
    ['Destination', destination],
    ['Engine', `${engine}, as ${why}`],
    [
      'Size',
      sizeBytes === 0
        ? NOT_COUNTED
        : `about ${formatCount(itemCount)} items, ${formatBytes(sizeBytes)}, by DynamoDB's last count`,
    ],
    ['Objects', format],
  ];
  if (preview.engine === 'export') {
    return [
      ...common,
      ['Read units', '0: an export takes nothing of the capacity of the table'],
      [
        'Billed',
        preview.gigabytesBilled === undefined
          ? 'by the changes in its window'
          : `about ${formatCount(preview.gigabytesBilled)} GB`,
      ],
      ['Time', 'five minutes and more, by the size of the table'],
    ];
  }
  const { segments, workers, readUnits, seconds } = preview.plan;
  return [
    ...common,
    ['Segments', `${formatCount(segments)}, at most ${formatCount(workers)} at a time`],
    ['Capacity', preview.capacity],
    ['Read units', readUnits === undefined ? NOT_COUNTED : `about ${formatCount(readUnits)}`],
    ['Time', seconds === undefined ? NOT_COUNTED : `about ${formatSeconds(Math.max(1, Math.round(seconds)))}, or more`],
  ];
}
