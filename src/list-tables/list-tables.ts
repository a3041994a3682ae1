import { DescribeTableCommand, type DynamoDBClient, ListTablesCommand } from '@aws-sdk/client-dynamodb';
import { requiredMember } from '../aws/required-member.ts';
import { CopyError } from '../errors.ts';
import { inParallel } from '../in-parallel.ts';
import type { Logger } from '../logger.ts';
import { formatCount, formatCountOf, formatSeconds } from '../message-text.ts';
import { Budget, type Clock, MACHINE_CLOCK } from '../pacing/budget.ts';
import { readTags } from './read-tags.ts';
import { matchesTable, selectsTable, type TablePattern } from './table-pattern.ts';

/** Which tables to list. */
export interface TableSelection {
  /** Patterns of names. The last pattern that matches a name decides. */
  readonly patterns: readonly TablePattern[];
  /** Tags that a table must have, all of them, as `Key=Value`. Empty for tables with any tags. */
  readonly tags: readonly string[];
}

/** Connection to one Region of one account. */
export interface TableSource {
  readonly client: DynamoDBClient;
  readonly logger: Logger;
  readonly signal: AbortSignal;
  /** Clock for the pauses between requests. Default: the clock of the machine. */
  readonly clock?: Clock;
}

/** Result of a search for tables. */
export interface TableList {
  /** Names of the selected tables, sorted by code units. */
  readonly tables: readonly string[];
  /** Number of tables in the account and Region. */
  readonly existing: number;
  /** Number of tables whose names match. */
  readonly matching: number;
  /** Patterns that select names, but match no table. */
  readonly unmatched: readonly TablePattern[];
}

/**
 * Maximum number of ListTagsOfResource requests per second in an account.
 * https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_ListTagsOfResource.html
 */
export const TAG_REQUESTS_PER_SECOND = 10;

/** Minimum rate after throttling, in requests per second: other tools can use most of the limit of the account. */
const MIN_TAG_REQUESTS_PER_SECOND = 0.5;

/** Number of tables after which the progress is logged: about 50 seconds. */
const TABLES_PER_LOG_LINE = 500;

/**
 * Lists the tables of an account in one Region whose names and tags match. Reads tags only if some are required, and
 * only of tables whose names match. Leaves out a table that is deleted meanwhile, and logs its name.
 *
 * @throws {CopyError} AWS_ERROR if a response is invalid
 * @throws errors of the SDK
 */
export async function listTables(selection: TableSelection, source: TableSource): Promise<TableList> {
  const names = await readNames(source);
  const matching = names.filter((name) => selectsTable(selection.patterns, name)).sort();
  const unmatched = selection.patterns.filter(
    (pattern) => !pattern.excludes && !names.some((name) => matchesTable(pattern, name)),
  );
  source.logger.info(`Tables: ${formatCount(names.length)}, matching names: ${formatCount(matching.length)}`);
  const isRead = selection.tags.length > 0 && matching.length > 0;
  const tables = isRead ? await withTags(matching, selection.tags, source) : matching;
  return { tables, existing: names.length, matching: matching.length, unmatched };
}

/** https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_ListTables.html */
async function readNames({ client, signal: abortSignal }: TableSource): Promise<string[]> {
  const names = new Set<string>();
  let ExclusiveStartTableName: string | undefined;
  do {
    const page = await client.send(new ListTablesCommand({ ExclusiveStartTableName }), { abortSignal });
    for (const name of requiredMember('ListTables', page, 'TableNames')) names.add(name);
    const { LastEvaluatedTableName: last } = page;
    if (last !== undefined && last === ExclusiveStartTableName) {
      throw invalidResponse(
        'ListTables',
        'LastEvaluatedTableName equals ExclusiveStartTableName, so the list never ends',
      );
    }
    ExclusiveStartTableName = last;
  } while (ExclusiveStartTableName !== undefined);
  return [...names];
}

/** Returns the tables that have all tags, in the same order. */
async function withTags(names: readonly string[], tags: readonly string[], source: TableSource): Promise<string[]> {
  const { client, logger, clock = MACHINE_CLOCK } = source;
  const prefix = await readArnPrefix(names, source);
  if (prefix === undefined) {
    logger.info('All of these tables were deleted meanwhile');
    return [];
  }
  const budget = new Budget(TAG_REQUESTS_PER_SECOND, MIN_TAG_REQUESTS_PER_SECOND, clock);
  const failed = new AbortController();
  const signal = AbortSignal.any([source.signal, failed.signal]);
  const seconds = formatSeconds(names.length / TAG_REQUESTS_PER_SECOND);
  logger.info(
    `Reading the tags of ${formatCountOf(names.length, 'table')}: at least ${seconds}, because DynamoDB allows ${TAG_REQUESTS_PER_SECOND} requests per second`,
  );
  const selected = new Set<string>();
  let done = 0;
  try {
    await inParallel(names, async (name) => {
      const present = await readTags(client, `${prefix}${name}`, budget, signal);
      if (!present) logger.info(`Table ${name} was deleted meanwhile and is left out`);
      else if (tags.every((tag) => present.has(tag))) selected.add(name);
      done += 1;
      if (done % TABLES_PER_LOG_LINE === 0) {
        logger.info(`Read the tags of ${formatCount(done)} of ${formatCount(names.length)} tables`);
      }
    });
  } catch (error) {
    failed.abort(error);
    throw error;
  }
  return names.filter((name) => selected.has(name));
}

/**
 * Returns the ARNs of all tables up to their names. ListTables returns only names, but its tables are in one account and
 * Region, so DescribeTable of one of them is enough.
 *
 * @returns undefined if none of the tables exists anymore
 */
async function readArnPrefix(
  names: readonly string[],
  { client, signal: abortSignal }: TableSource,
): Promise<string | undefined> {
  for (const TableName of names) {
    try {
      const response = await client.send(new DescribeTableCommand({ TableName }), { abortSignal });
      const arn = requiredMember('DescribeTable', requiredMember('DescribeTable', response, 'Table'), 'TableArn');
      if (arn.endsWith(`:table/${TableName}`)) return arn.slice(0, -TableName.length);
      throw invalidResponse('DescribeTable', 'TableArn is not the ARN of the table');
    } catch (error) {
      if ((error as Error).name !== 'ResourceNotFoundException') throw error;
    }
  }
  return undefined;
}

function invalidResponse(operation: string, why: string): CopyError {
  return new CopyError(
    'AWS_ERROR',
    `The response to ${operation} is invalid: ${why}.`,
    'Re-run the job. If it fails again, check the endpoints in AWS_ENDPOINT_URL and AWS_ENDPOINT_URL_DYNAMODB.',
  );
}
