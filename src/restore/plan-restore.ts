import { DescribeTableCommand, type TableDescription } from '@aws-sdk/client-dynamodb';
import { requiredMember } from '../aws/required-member.ts';
import { CopyError } from '../errors.ts';
import { formatCount, formatSeconds } from '../message-text.ts';
import { remedies } from '../remedies.ts';
import { hasEarlierBulkPut } from './bulk-put.ts';
import { type ChosenMethod, chooseMethod, type MethodFacts } from './choose-method.ts';
import { nameOf } from './create-table.ts';
import { checkAllowed, checkMayLoad, checkTableKeys, copyInOwnTable } from './existing-table.ts';
import type { RestoreContext } from './restore-context.ts';
import type { CopyToRestore, RestoreRequest } from './restore-request.ts';
import { type DescribedImport, findEarlierImport, importFailed } from './table-import.ts';
import { type TableDefinition, tableParameters } from './table-parameters.ts';
import { writeLimitFor } from './write-limit.ts';

/** What a restore will do. Nothing was written yet. */
export type RestorePlan = ChosenMethod &
  (
    | { readonly target: 'new table'; readonly parameters: TableDefinition }
    /** `isOwn`: an earlier attempt of this step created the table and did not finish. */
    | { readonly target: 'existing table'; readonly table: TableDescription; readonly isOwn: boolean }
    /** An earlier attempt of this step started the import, which continues or is complete. */
    | { readonly target: 'started import'; readonly started: DescribedImport; readonly parameters: TableDefinition }
  );

/**
 * Decides what to do, from what exists. Looks for the work of earlier attempts of this step first.
 *
 * @throws {CopyError} TABLE_EXISTS, TABLE_PROTECTED, METHOD_NOT_POSSIBLE, INVALID_INPUT, or RESTORE_FAILED if an
 *   earlier attempt left a table with another copy or with a failed import
 */
export async function planRestore(context: RestoreContext, request: RestoreRequest): Promise<RestorePlan> {
  const { copy, overrides, location, step } = request;
  rejectRecordsInCopy(context, request);
  const table = await describeTarget(context);
  const [, , , region = '', account] = copy.tableArn.split(':');
  const parameters = () => tableParameters(copy.definition, overrides, { from: { region, account }, to: location });
  const earlier =
    step && step.attempt > 1 ? await findEarlierImport(context, step, nameOf(context.tableName)) : undefined;
  if (earlier && isUsable(earlier, table)) {
    if (earlier.ImportStatus === 'FAILED' || earlier.ImportStatus === 'CANCELLED') {
      if (table) throw importFailed(earlier, nameOf(context.tableName));
    } else {
      rejectOtherCopy(earlier.S3BucketSource?.S3KeyPrefix, copy.dataPrefix, context.tableName);
      return {
        target: 'started import',
        started: earlier,
        parameters: parameters(),
        method: 'import',
        why: 'an earlier attempt started it',
      };
    }
  }
  if (!table) {
    const definition = parameters();
    const chosen = chooseMethod(request.method, methodFacts(request, definition, undefined));
    return { ...chosen, target: 'new table', parameters: definition };
  }
  rejectUnlessActive(table, context.tableName);
  const isOwn = await isOfEarlierAttempt(context, table, request);
  // The own table can have the name of the deleted source table, and a stream that has no consumers yet.
  if (!isOwn) await checkAllowed(context, table, copy, request.allow);
  checkTableKeys(table, copy.definition, context.tableName);
  if (!isOwn && !(await continuesBulkPut(context, request, table))) await checkMayLoad(context, request.ifTableExists);
  const chosen = chooseMethod(request.method, methodFacts(request, undefined, { table, isOwn }));
  return { ...chosen, target: 'existing table', table, isOwn };
}

/** In a re-run, the items of a table can come from the bulk operation that an earlier attempt started. */
async function continuesBulkPut(
  context: RestoreContext,
  { method, step }: RestoreRequest,
  { TableId = '' }: TableDescription,
): Promise<boolean> {
  return method === 'bulk-put' && step !== undefined && step.attempt > 1 && hasEarlierBulkPut(context, step, TableId);
}

/** Other objects in the folder of a copy damage it: an import reads everything below `data/`. */
function rejectRecordsInCopy({ bucket }: RestoreContext, { failedItems, copy }: RestoreRequest): void {
  const folder = copy.dataPrefix.replace(/data\/$/, '');
  if (!failedItems || failedItems.bucket !== bucket.name || !`${failedItems.prefix}/`.startsWith(folder)) return;
  throw new CopyError(
    'INVALID_INPUT',
    'DynamoDB would write the records of failed items into the folder of the copy, which would damage it. Nothing was written.',
    remedies.separateFailedItems,
  );
}

/**
 * Returns whether an earlier attempt of this step created the table. The copied table existed before. In the first
 * attempt, a table with the tag belongs to another job that calls the same reusable workflow with equal inputs.
 *
 * @throws {CopyError} RESTORE_FAILED if that attempt was loading another copy
 */
async function isOfEarlierAttempt(
  context: RestoreContext,
  { TableArn = '', TableId }: TableDescription,
  { copy, step }: RestoreRequest,
): Promise<boolean> {
  if (step === undefined || step.attempt === 1 || (TableId !== undefined && TableId === copy.tableId)) return false;
  const exportId = await copyInOwnTable(context, TableArn, step);
  if (exportId !== undefined) rejectOtherCopy(exportId, copy.exportId, context.tableName);
  return exportId !== undefined;
}

/** `latest` can be another copy in a re-run. Items that only the earlier copy contains would remain in the table. */
function rejectOtherCopy(earlier: string | undefined, now: string, tableName: string): void {
  if (earlier === now) return;
  const name = nameOf(tableName);
  throw new CopyError(
    'RESTORE_FAILED',
    `An earlier attempt of this step started to load another copy into the table ${name}, which is partial. Nothing was written.`,
    remedies.deletePartialTable(name, undefined),
  );
}

/** The table of a complete import can be deleted since, and created again with the same name. */
function isUsable({ TableId, ImportStatus }: DescribedImport, table: TableDescription | undefined): boolean {
  if (table === undefined) return ImportStatus !== 'COMPLETED';
  return table.TableId === undefined || TableId === undefined || table.TableId === TableId;
}

/** @returns undefined if the table does not exist */
async function describeTarget({ client, tableName, signal }: RestoreContext): Promise<TableDescription | undefined> {
  try {
    const response = await client.send(new DescribeTableCommand({ TableName: tableName }), { abortSignal: signal });
    return requiredMember('DescribeTable', response, 'Table');
  } catch (error) {
    if ((error as Error).name === 'ResourceNotFoundException') return undefined;
    throw error;
  }
}

function rejectUnlessActive({ TableStatus = 'ACTIVE' }: TableDescription, tableName: string): void {
  if (TableStatus === 'ACTIVE' || TableStatus === 'UPDATING') return;
  throw new CopyError(
    'TABLE_NOT_READY',
    `The table ${nameOf(tableName)} has the status ${TableStatus}, so items cannot be loaded.`,
    remedies.waitForTable,
  );
}

/** Existing table, and whether an earlier attempt of this step created it. */
interface Existing {
  readonly table: TableDescription;
  readonly isOwn: boolean;
}

function methodFacts(
  request: RestoreRequest,
  parameters: TableDefinition | undefined,
  existing: Existing | undefined,
): MethodFacts {
  const { copy, isOneIdentity, location } = request;
  return {
    tableExists: existing !== undefined,
    sizeBytes: copy.sizeBytes,
    largestObjectBytes: copy.largestObjectBytes,
    uncompressedBytes: copy.uncompressedBytes,
    objectCount: copy.files.length,
    hasLocalIndexes: (parameters?.LocalSecondaryIndexes?.length ?? 0) > 0,
    hasWarmThroughput: parameters?.WarmThroughput !== undefined,
    isGlobalTable: (existing?.table.Replicas?.length ?? 0) > 0,
    isOneIdentity,
    region: location.region,
    writeSeconds: writeSeconds(request, parameters, existing),
  };
}

/** Returns the time that `write` needs at least; undefined if no write limit applies. */
function writeSeconds(
  { copy, writeCapacity }: RestoreRequest,
  parameters: TableDefinition | undefined,
  existing: Existing | undefined,
): number | undefined {
  // Only the restore writes to a table that this step or an earlier attempt of it created.
  const isNew = existing === undefined || existing.isOwn;
  const { unitsPerSecond } = writeLimitFor(writeCapacity, existing?.table ?? describedBy(parameters), isNew);
  return unitsPerSecond === undefined ? undefined : estimatedWriteUnits(copy) / unitsPerSecond;
}

/** Returns the members of a description that a table with these parameters will have. */
export function describedBy(parameters: TableDefinition | undefined): Parameters<typeof writeLimitFor>[1] {
  const { BillingMode, ProvisionedThroughput, OnDemandThroughput } = parameters ?? {};
  return {
    ...(BillingMode && { BillingModeSummary: { BillingMode } }),
    ...(ProvisionedThroughput && {
      ProvisionedThroughput: { WriteCapacityUnits: ProvisionedThroughput.WriteCapacityUnits },
    }),
    ...(OnDemandThroughput && { OnDemandThroughput }),
  };
}

/**
 * Returns what `write` consumes and how long it takes, such as `about 1,200 WCU, at least 12 s`; undefined for the other
 * methods, whose duration is unknown.
 */
export function describeWriteEstimate(request: RestoreRequest, plan: RestorePlan): string | undefined {
  if (plan.method !== 'write') return undefined;
  const parameters = plan.target === 'new table' ? plan.parameters : undefined;
  const seconds = writeSeconds(request, parameters, plan.target === 'existing table' ? plan : undefined);
  const units = `about ${formatCount(estimatedWriteUnits(request.copy))} WCU`;
  return seconds === undefined ? units : `${units}, at least ${formatSeconds(Math.max(1, Math.round(seconds)))}`;
}

/** Compressed items are assumed to be this many times larger if their size is unknown. */
const USUAL_COMPRESSION = 4;

/**
 * Returns the write capacity units (WCU) that the items consume on the table at least. An item consumes one unit per
 * KiB, rounded up, so half a unit per item is added on average.
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/read-write-operations.html
 */
export function estimatedWriteUnits({ itemCount, uncompressedBytes, sizeBytes }: CopyToRestore): number {
  const bytes = uncompressedBytes ?? sizeBytes * USUAL_COMPRESSION;
  return Math.ceil(Math.max(itemCount, bytes / 1024 + itemCount / 2));
}
