import type { CopyError } from '../errors.ts';
import type { Log } from '../github/log.ts';
import { inListTablesTerms } from '../inputs/action-terms.ts';
import type { ListTablesInputs } from '../inputs/list-tables-inputs.ts';
import type { TableList } from '../list-tables/list-tables.ts';
import { formatCount, formatCountOf, formatSeconds } from '../message-text.ts';
import { failureMarkdown } from './failure-markdown.ts';
import { listTablesOutputs } from './list-tables-outputs.ts';
import { markdownEscaper, nameValueTable } from './markdown.ts';
import { helpUrl } from './report.ts';
import { writeReport } from './write-report.ts';

/** Facts about a list-tables step. Members are undefined until they are known. */
export interface ListTablesStatus {
  readonly inputs?: ListTablesInputs;
  readonly list?: TableList;
}

/** What a list-tables step reports when it ends. */
export interface ListTablesReport {
  readonly env: NodeJS.ProcessEnv;
  readonly log: Log;
  readonly status: ListTablesStatus;
  /** Why the step fails; undefined if it succeeds. */
  readonly failure: CopyError | undefined;
  readonly durationSeconds: number;
}

/** Maximum number of jobs of a matrix. https://docs.github.com/en/actions/reference/limits */
export const MAX_MATRIX_JOBS = 256;

/** Maximum number of names in the job summary. All of them are in the log. */
const MAX_SUMMARY_NAMES = 256;

/** Reports the list in summary, outputs and log. Fails the step if there is a failure; it then has no outputs. */
export function reportListTables(report: ListTablesReport): void {
  const { env, log, status, failure, durationSeconds } = report;
  const translated = failure && inListTablesTerms(failure);
  const help = translated && helpUrl(translated.code, env);
  const content = {
    summary: () => listTablesMarkdown({ ...report, failure: translated }, help),
    outputs: () => (status.list && !translated ? listTablesOutputs(status.list) : {}),
    result: 'The tables were listed',
    remedy: 'Check the free disk space of the runner, then re-run the job.',
  };
  const reported = writeReport(content, translated, { env, log });
  if (status.list) logUnmatched(status, log);
  if (reported) {
    log.failure(reported, helpUrl(reported.code, env));
    // Not process.exit, which would lose output that has not been written to stdout yet.
    process.exitCode = 1;
    return;
  }
  const { tables = [] } = status.list ?? {};
  for (const name of tables) log.info(name);
  if (tables.length > MAX_MATRIX_JOBS) {
    log.warning(
      `The list has ${formatCount(tables.length)} tables, but a matrix has at most ${MAX_MATRIX_JOBS} jobs. Use several steps that list parts of the tables.`,
    );
  }
  log.info(`Done: ${formatCountOf(tables.length, 'table')} in ${formatSeconds(durationSeconds)}`);
}

/** Reports patterns without a table: after a table was renamed, a backup by its old name would otherwise be missed. */
function logUnmatched({ inputs, list }: ListTablesStatus, log: Log): void {
  for (const { text } of list?.unmatched ?? []) {
    const message = `No table matches ${text} by name.`;
    if (inputs?.ifEmpty === 'ignore') log.info(message);
    else log.warning(message);
  }
}

function listTablesMarkdown(
  { status, failure, log, durationSeconds }: ListTablesReport,
  help: string | undefined,
): string {
  const clean = markdownEscaper(log.secrets);
  const { inputs, list } = status;
  if (failure) {
    return [`### ❌ Listing tables failed: \`${failure.code}\``, '', ...failureMarkdown(failure, help, clean), ''].join(
      '\n',
    );
  }
  if (!inputs || !list) throw new Error('a list cannot succeed without tables');
  const { tables, existing, matching } = list;
  const rows: (readonly [name: string, value: string])[] = [
    ['Region', inputs.sourceRegion],
    ['Tables in the Region', formatCount(existing)],
    ['Matching names', formatCount(matching)],
    ...(inputs.tags.length > 0 ? ([['Matching names and tags', formatCount(tables.length)]] as const) : []),
    ['Time', formatSeconds(durationSeconds)],
  ];
  const shown = tables.slice(0, MAX_SUMMARY_NAMES).map((name) => `- ${clean(name)}`);
  const hidden = tables.length - shown.length;
  const more = hidden > 0 ? [`- and ${formatCountOf(hidden, 'further table')}, see the log`] : [];
  return [
    `### ✅ Listed ${formatCountOf(tables.length, 'table')}`,
    '',
    ...nameValueTable(rows, clean),
    ...shown,
    ...more,
    '',
  ].join('\n');
}
