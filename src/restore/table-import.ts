import { setTimeout as pause } from 'node:timers/promises';
import {
  DescribeImportCommand,
  type ImportSummary,
  ImportTableCommand,
  type ImportTableDescription,
  type ImportTableInput,
  ListImportsCommand,
} from '@aws-sdk/client-dynamodb';
import { requiredMember } from '../aws/required-member.ts';
import { CopyError } from '../errors.ts';
import { formatCountOf } from '../message-text.ts';
import { remedies } from '../remedies.ts';
import { RESTORE_PROGRESS } from '../timeouts.ts';
import type { RestoreContext, RestoreStep } from './restore-context.ts';

/** Import of a copy, as DynamoDB describes it. */
export type DescribedImport = ImportTableDescription & { readonly ImportArn: string };

/** How to wait for DynamoDB. */
export interface WaitOptions {
  readonly checkIntervalMs: number;
  readonly maxAttempts: number;
}

/**
 * Starts an import. DynamoDB responds at once, and creates the table and loads the items in the background.
 *
 * All requests of an attempt have the same ClientToken, so a retry after a lost response starts no second import. But if
 * the table exists by then, DynamoDB rejects the retry. The import is then found by its token.
 *
 * @param step undefined outside of a workflow run
 * @throws errors of the SDK; ResourceInUseException if a table with the name exists
 */
export async function startImport(
  { client, logger, signal }: Pick<RestoreContext, 'client' | 'logger' | 'signal'>,
  input: Omit<ImportTableInput, 'ClientToken'>,
  step: RestoreStep | undefined,
): Promise<DescribedImport> {
  const token = step && `${tokenPrefix(step.id)}${step.attempt}`;
  const command = new ImportTableCommand({ ...input, ...(token !== undefined && { ClientToken: token }) });
  let started: DescribedImport;
  try {
    started = described('ImportTable', await client.send(command, { abortSignal: signal }));
  } catch (error) {
    if ((error as Error).name !== 'ResourceInUseException' || !step) throw error;
    const name = input.TableCreationParameters?.TableName ?? '';
    const own = await findEarlierImport({ client, signal }, step, name);
    if (!own || own.ClientToken !== token) throw error;
    started = own;
  }
  logger.info(`Started import ${idOf(started)}.`);
  return started;
}

/**
 * Finds the newest import that an earlier attempt of this step started for a table. Lists the imports, because DynamoDB
 * rejects a repeated ClientToken once the table exists.
 *
 * @param tableName name of the table, which does not have to exist
 * @returns undefined if there is none, or if the role is not authorized to list imports. The caller then treats the
 *   table as one that another step created.
 */
export async function findEarlierImport(
  { client, signal }: Pick<RestoreContext, 'client' | 'signal'>,
  step: Pick<RestoreStep, 'id'>,
  tableName: string,
): Promise<DescribedImport | undefined> {
  try {
    for (const { ImportArn } of await importsOf({ client, signal }, tableName)) {
      if (ImportArn === undefined) continue;
      const found = await describeImport({ client, signal }, ImportArn);
      if (found.ClientToken?.startsWith(tokenPrefix(step.id))) return found;
    }
    return undefined;
  } catch (error) {
    // Servers other than DynamoDB may have no imports.
    if (/^(AccessDeniedException|UnknownOperationException)$/.test((error as Error).name)) return undefined;
    throw error;
  }
}

/** Returns the imports of a table, newest first. The ARN of a table that does not exist is unknown, so all are listed. */
async function importsOf(
  { client, signal }: Pick<RestoreContext, 'client' | 'signal'>,
  tableName: string,
): Promise<readonly ImportSummary[]> {
  const found: ImportSummary[] = [];
  let NextToken: string | undefined;
  do {
    const page = await client.send(new ListImportsCommand(NextToken === undefined ? {} : { NextToken }), {
      abortSignal: signal,
    });
    found.push(...(page.ImportSummaryList ?? []).filter(({ TableArn }) => TableArn?.endsWith(`:table/${tableName}`)));
    ({ NextToken } = page);
  } while (NextToken !== undefined);
  const startOf = ({ StartTime }: ImportSummary) => StartTime?.getTime() ?? 0;
  return found.sort((a, b) => startOf(b) - startOf(a));
}

/**
 * Polls the status of an import until it ends. The table is ACTIVE some seconds before.
 *
 * @returns the description of a completed import
 * @throws {CopyError} RESTORE_FAILED if the import failed or was cancelled; RESTORE_IN_PROGRESS after the maximum number
 *   of status checks
 */
export async function waitForImport(
  { client, logger, signal }: Pick<RestoreContext, 'client' | 'logger' | 'signal'>,
  started: DescribedImport,
  { checkIntervalMs, maxAttempts }: WaitOptions,
  tableName: string,
): Promise<DescribedImport> {
  const began = Date.now();
  let loggedAt = began;
  let description = started;
  for (let attempt = 0; ; attempt += 1) {
    const { ImportStatus } = description;
    if (ImportStatus === 'COMPLETED') return description;
    if (ImportStatus === 'FAILED' || ImportStatus === 'CANCELLED') throw importFailed(description, tableName);
    if (attempt >= maxAttempts) break;
    if (Date.now() - loggedAt >= RESTORE_PROGRESS) {
      loggedAt = Date.now();
      logger.info(`Import in progress: ${minutesSince(began)} min elapsed, ${loaded(description)}.`);
    }
    await pause(checkIntervalMs, undefined, { signal });
    description = await describeImport({ client, signal }, started.ImportArn);
  }
  throw new CopyError(
    'RESTORE_IN_PROGRESS',
    `The import ${idOf(started)} did not end within ${formatCountOf(maxAttempts, 'status check')}. It continues in DynamoDB.`,
    remedies.waitForRestore,
  );
}

async function describeImport(
  { client, signal }: Pick<RestoreContext, 'client' | 'signal'>,
  ImportArn: string,
): Promise<DescribedImport> {
  return described(
    'DescribeImport',
    await client.send(new DescribeImportCommand({ ImportArn }), { abortSignal: signal }),
  );
}

function described(
  operation: string,
  response: { readonly ImportTableDescription?: ImportTableDescription | undefined },
): DescribedImport {
  const description = requiredMember(operation, response, 'ImportTableDescription');
  return { ...description, ImportArn: requiredMember(operation, description, 'ImportArn') };
}

/** Returns the error of an import that ended without success. */
export function importFailed(
  { ImportStatus, FailureCode, ErrorCount = 0, ImportedItemCount = 0, CloudWatchLogGroupArn }: DescribedImport,
  tableName: string,
): CopyError {
  const why = FailureCode === undefined || !/^\w{1,80}$/.test(FailureCode) ? '' : ` (${FailureCode})`;
  const isPartial = ImportedItemCount > 0;
  return new CopyError(
    'RESTORE_FAILED',
    `The import ${ImportStatus === 'CANCELLED' ? 'was cancelled' : 'failed'}${why}: ${formatCountOf(ErrorCount, 'error')}. ${
      isPartial
        ? `The table ${tableName} is partial: it contains ${formatCountOf(ImportedItemCount, 'item')} of the copy.`
        : `No items were loaded. The table ${tableName} can exist.`
    }`,
    remedies.deletePartialTable(tableName, logGroupOf(CloudWatchLogGroupArn)),
  );
}

/** Returns the name of the log group in which DynamoDB logs the errors of an import; undefined if there is none. */
export function logGroupOf(arn: string | undefined): string | undefined {
  return /^arn:[\w-]+:logs:[\w-]+:\d*:log-group:([\w/.#-]{1,512})/.exec(arn ?? '')?.[1];
}

function loaded({ ProcessedItemCount = 0 }: DescribedImport): string {
  return `${formatCountOf(ProcessedItemCount, 'item')} read`;
}

function minutesSince(began: number): number {
  return Math.floor((Date.now() - began) / 60_000);
}

function tokenPrefix(id: string): string {
  return `dynamodb-to-s3-${id}-`;
}

function idOf({ ImportArn }: DescribedImport): string {
  return ImportArn.split('/').at(-1) ?? ImportArn;
}
