import { setTimeout as pause } from 'node:timers/promises';
import {
  type BulkOperationDescription,
  DescribeBulkOperationCommand,
  ListBulkOperationsCommand,
  StartBulkPutItemsCommand,
  type StartBulkPutItemsInput,
} from '@aws-sdk/client-dynamodb';
import { requiredMember } from '../aws/required-member.ts';
import { CopyError } from '../errors.ts';
import { formatCountOf } from '../message-text.ts';
import { remedies } from '../remedies.ts';
import { RESTORE_PROGRESS } from '../timeouts.ts';
import type { RestoreContext, RestoreStep } from './restore-context.ts';
import type { WaitOptions } from './table-import.ts';

/** Bulk operation, as DynamoDB describes it. */
export type DescribedBulkOperation = BulkOperationDescription & { readonly BulkOperationArn: string };

/**
 * Minimum of MaxWriteRequestUnits.
 * https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_StartBulkPutItems.html
 */
export const MIN_BULK_WRITE_UNITS = 1_024;

/** Maximum number of operations of one step that failed before. */
const MAX_FAILED = 10;

/** Operations with these statuses have ended without loading all items. */
const UNSUCCESSFUL: readonly (string | undefined)[] = ['FAILED', 'CANCELLED', 'COMPLETED_WITH_ERRORS'];

/**
 * Starts a bulk operation, or continues with the one that an earlier attempt of the step started: all attempts use the
 * same ClientToken, because putting the items again would be billed again. A token whose operation failed is not
 * used again. DynamoDB responds at once and loads the items in the background.
 *
 * @param step undefined outside of a workflow run: every call then starts an operation
 * @param tableId ID of the table: the operation of a table that was deleted is not continued
 * @throws errors of the SDK
 */
export async function startBulkPut(
  { client, logger, signal }: Pick<RestoreContext, 'client' | 'logger' | 'signal'>,
  input: Omit<StartBulkPutItemsInput, 'ClientToken'>,
  step: RestoreStep | undefined,
  tableId: string,
): Promise<DescribedBulkOperation> {
  for (let nth = 1; ; nth += 1) {
    const token = step && `${tokenPrefix(step, tableId)}${nth}`;
    const command = new StartBulkPutItemsCommand({ ...input, ...(token !== undefined && { ClientToken: token }) });
    const started = described('StartBulkPutItems', await client.send(command, { abortSignal: signal }));
    if (token !== undefined && nth < MAX_FAILED && UNSUCCESSFUL.includes(started.BulkOperationStatus)) continue;
    logger.info(`Bulk operation ${idOf(started)}: ${started.BulkOperationStatus ?? 'started'}.`);
    return started;
  }
}

/**
 * Returns whether an earlier attempt of the step started a bulk operation for a table. Its items can be in the table by
 * now. `startBulkPut` continues with it.
 *
 * @returns false if the role is not authorized to list bulk operations
 * @throws errors of the SDK
 */
export async function hasEarlierBulkPut(
  { client, signal }: Pick<RestoreContext, 'client' | 'signal'>,
  step: RestoreStep,
  tableId: string,
): Promise<boolean> {
  try {
    let NextToken: string | undefined;
    do {
      const command = new ListBulkOperationsCommand(NextToken === undefined ? {} : { NextToken });
      const page = await client.send(command, { abortSignal: signal });
      for (const { BulkOperationArn } of page.BulkOperationsSummaryList ?? []) {
        const describe = new DescribeBulkOperationCommand({ BulkOperationArn });
        const response = await client.send(describe, { abortSignal: signal });
        const { ClientToken = '' } = described('DescribeBulkOperation', response);
        if (ClientToken.startsWith(tokenPrefix(step, tableId))) return true;
      }
      ({ NextToken } = page);
    } while (NextToken !== undefined);
    return false;
  } catch (error) {
    // Servers other than DynamoDB may have no bulk operations.
    if (/^(AccessDeniedException|UnknownOperationException)$/.test((error as Error).name)) return false;
    throw error;
  }
}

function tokenPrefix({ id }: RestoreStep, tableId: string): string {
  return `dynamodb-to-s3-${id}-${tableId.replaceAll('-', '').slice(0, 8)}-`;
}

/**
 * Polls the status of a bulk operation until it ends.
 *
 * @param failedItemsUri where DynamoDB writes the records of failed items
 * @throws {CopyError} RESTORE_FAILED if the operation failed, was cancelled or could not load all items;
 *   RESTORE_IN_PROGRESS after the maximum number of status checks
 */
export async function waitForBulkPut(
  { client, logger, signal }: Pick<RestoreContext, 'client' | 'logger' | 'signal'>,
  started: DescribedBulkOperation,
  { checkIntervalMs, maxAttempts }: WaitOptions,
  { tableName, failedItemsUri }: { readonly tableName: string; readonly failedItemsUri: string },
): Promise<DescribedBulkOperation> {
  const began = Date.now();
  let loggedAt = began;
  let description = started;
  for (let attempt = 0; ; attempt += 1) {
    const { BulkOperationStatus: status } = description;
    if (status === 'COMPLETED') return description;
    if (UNSUCCESSFUL.includes(status)) {
      throw bulkPutFailed(description, tableName, failedItemsUri);
    }
    if (attempt >= maxAttempts) break;
    if (Date.now() - loggedAt >= RESTORE_PROGRESS) {
      loggedAt = Date.now();
      const minutes = Math.floor((loggedAt - began) / 60_000);
      const items = formatCountOf(description.ProcessedItemCount ?? 0, 'item');
      logger.info(`Bulk operation in progress: ${minutes} min elapsed, ${items} processed.`);
    }
    await pause(checkIntervalMs, undefined, { signal });
    const command = new DescribeBulkOperationCommand({ BulkOperationArn: started.BulkOperationArn });
    description = described('DescribeBulkOperation', await client.send(command, { abortSignal: signal }));
  }
  throw new CopyError(
    'RESTORE_IN_PROGRESS',
    `The bulk operation ${idOf(started)} did not end within ${formatCountOf(maxAttempts, 'status check')}. It continues in DynamoDB.`,
    remedies.waitForRestore,
  );
}

function described(
  operation: string,
  response: { readonly BulkOperationDescription?: BulkOperationDescription | undefined },
): DescribedBulkOperation {
  const description = requiredMember(operation, response, 'BulkOperationDescription');
  return { ...description, BulkOperationArn: requiredMember(operation, description, 'BulkOperationArn') };
}

function bulkPutFailed(
  { BulkOperationStatus, FailureCode, FailedItemCount = 0 }: DescribedBulkOperation,
  tableName: string,
  failedItemsUri: string,
): CopyError {
  const why = FailureCode === undefined || !/^[\w.]{1,80}$/.test(FailureCode) ? '' : ` (${FailureCode})`;
  const how =
    BulkOperationStatus === 'COMPLETED_WITH_ERRORS'
      ? `completed with errors: ${formatCountOf(FailedItemCount, 'item')} could not be loaded`
      : BulkOperationStatus === 'CANCELLED'
        ? 'was cancelled'
        : `failed${why}`;
  return new CopyError(
    'RESTORE_FAILED',
    `The bulk operation ${how}. The table ${tableName} is partial: some items of the copy may be missing.`,
    remedies.readFailedItems(failedItemsUri),
  );
}

function idOf({ BulkOperationArn }: DescribedBulkOperation): string {
  return BulkOperationArn.split('/').at(-1) ?? BulkOperationArn;
}
