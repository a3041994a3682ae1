import type { TableDescription } from '@aws-sdk/client-dynamodb';
import { dynamoDbClient } from '../aws/clients.ts';
import { type CredentialContext, createIdentities } from '../aws/credentials/identities.ts';
import { requiredMember } from '../aws/required-member.ts';
import type { PlanCopyInputs } from '../inputs/plan-copy-inputs.ts';
import type { Logger } from '../logger.ts';
import { newExportId } from '../manifest/export-id.ts';
import { copyLayout, type Layout } from '../manifest/layout.ts';
import { formatBytes, formatCountOf } from '../message-text.ts';
import { objectParameters } from '../s3/object-options.ts';
import { readCapacityOf } from '../scan/pacing/read-capacity.ts';
import { describeReadLimit, fractionOf, type ReadLimit, readLimitFor } from '../scan/pacing/read-limit.ts';
import { describeTable, type ScanTarget, scanTarget } from '../scan/table.ts';
import { type CopyPlan, planHashes } from '../shards/copy-plan.ts';
import type { CopyStart } from '../shards/start-copy.ts';
import { ACTION } from '../version.ts';
import { assumeRoles } from './assume-roles.ts';
import type { PreflightChecks } from './checks/checks.ts';
import { writeAccessCheck } from './checks/write-access.ts';
import { openCopyBucket } from './open-copy-bucket.ts';
import { planScan } from './scan-plan.ts';
import { type PlanSize, RUNNER_CORES, sizePlan } from './size-shards.ts';

/** Context of a plan step before its table is described. */
export interface PlanPreflight {
  readonly inputs: PlanCopyInputs;
  readonly checks: PreflightChecks;
  readonly logger: Logger;
  readonly signal: AbortSignal;
}

/** Plan of a copy, with what it was made from. Nothing is written yet. */
export interface PreparedPlan {
  readonly start: CopyStart;
  readonly plan: CopyPlan;
  readonly size: PlanSize;
  readonly target: ScanTarget;
  readonly layout: Layout;
  readonly readLimit: ReadLimit;
  readonly estimate: CopyEstimate;
  /** Closes connections, which would keep the process alive until they time out. */
  readonly close: () => void;
}

/** Estimate of what the shards consume together. Undefined members are unknown, because DynamoDB reports no size. */
export interface CopyEstimate {
  /** Read capacity units. */
  readonly readUnits: number | undefined;
  /** Estimated duration in seconds, on runners with 4 cores. */
  readonly seconds: number | undefined;
}

/** Number of sockets: the requests of a plan are sent one after the other. */
const CONCURRENCY = 2;

/**
 * Describes the table, finds the bucket and makes the plan. Writes nothing.
 *
 * @param credentials sources of credentials to assume roles
 */
export async function preparePlan(preflight: PlanPreflight, credentials: CredentialContext): Promise<PreparedPlan> {
  const { inputs, checks, logger, signal } = preflight;
  const { sourceRegion: source, destRegion: dest, roles } = inputs;
  const identities = createIdentities(roles, { source, ...(dest !== undefined && { dest }) }, credentials, signal);
  const opened: { readonly close: () => void }[] = [identities];
  const close = () => {
    for (const each of opened) each.close();
  };
  try {
    await assumeRoles(identities, roles, logger);
    const client = dynamoDbClient({ region: source, concurrency: CONCURRENCY, identity: identities.source });
    opened.push({ close: () => client.destroy() });
    const { name, arn } = inputs.table;
    const table = await checks.find(
      'Table',
      () => describeTable(client, arn ?? name, signal),
      ({ TableStatus }) => `${name} in ${source} is ${TableStatus ?? 'available'}`,
    );
    const sized = table && (await sizeCopy(preflight, table));
    // A missing bucket is reported together with a missing table.
    const payer = inputs.putObject.RequestPayer;
    const bucket = await openCopyBucket(
      { ...inputs, name: inputs.bucket, owner: inputs.bucketOwner, concurrency: CONCURRENCY, payer },
      identities.dest,
      preflight,
    );
    opened.push(bucket);
    if (!table || !sized) throw new Error('the table is missing although no check failed');
    const plan = makePlan(inputs, table, sized);
    const layout = copyLayout(plan.prefix, plan.exportId);
    if (inputs.dryRun) await checks.run(writeAccessCheck(bucket, layout.started, objectParameters(inputs, 'marker')));
    checks.throwIfFailed();
    const start: CopyStart = { bucket, plan, parametersOf: (kind) => objectParameters(inputs, kind) };
    return { start, plan, layout, ...sized, estimate: estimateCopy(inputs, table, sized, plan), close };
  } catch (error) {
    close();
    throw error;
  }
}

type SizedCopy = Pick<PreparedPlan, 'size' | 'target' | 'readLimit'>;

/** Returns undefined if a check failed. */
async function sizeCopy(
  { inputs, checks, logger }: PlanPreflight,
  table: TableDescription,
): Promise<SizedCopy | undefined> {
  const { IndexName, ConsistentRead } = inputs.scan;
  const target = await checks.find(
    IndexName === undefined ? 'Source' : 'Index',
    async () => scanTarget(table, IndexName, ConsistentRead),
    ({ kind, sizeBytes = 0, itemCount = 0 }) =>
      `the ${kind}${IndexName === undefined ? '' : ` ${IndexName}`}: ${formatCountOf(itemCount, 'item')}, ${formatBytes(sizeBytes)} (DynamoDB updates these counts about every 6 hours)`,
  );
  const describe = (limit: ReadLimit) => describeReadLimit(limit, 'All shards together consume');
  const readLimit = await checks.find(
    'Read capacity',
    async () => readLimitFor(inputs.readCapacity, readCapacityOf(table, IndexName)),
    describe,
  );
  if (!target || !readLimit) return undefined;
  if (readLimit.isLowered) logger.notice(describe(readLimit));
  const size = sizePlan({
    ...inputs,
    sizeBytes: target.sizeBytes,
    readLimit: readLimit.unitsPerSecond,
    consistentRead: ConsistentRead ?? false,
  });
  noteChanges(inputs, size, logger);
  return { size, target, readLimit };
}

/** Logs where the plan differs from the inputs. */
function noteChanges(inputs: PlanCopyInputs, { segments, shards, fileSize }: PlanSize, logger: Logger): void {
  if (inputs.totalSegments !== 'auto' && inputs.totalSegments !== segments) {
    logger.notice(
      `The number of segments is ${segments} instead of ${inputs.totalSegments}: it must be a multiple of the ${formatCountOf(shards, 'shard')}.`,
    );
  }
  if (fileSize > inputs.fileSize) {
    logger.notice(
      `The maximum size of data objects is increased to ${fileSize} bytes. With smaller objects, the copy would have more objects than DynamoDB can import.`,
    );
  }
}

function makePlan(inputs: PlanCopyInputs, table: TableDescription, { size, readLimit }: SizedCopy): CopyPlan {
  const TableArn = requiredMember('DescribeTable', table, 'TableArn');
  const exportId = newExportId(new Date());
  return {
    exportId,
    prefix: inputs.keyPrefix,
    shards: size.shards,
    segments: size.segments,
    fileSize: size.fileSize,
    readCapacity: readLimit.unitsPerSecond,
    readFraction: fractionOf(inputs.readCapacity),
    maxParallel: size.maxParallel,
    indexName: inputs.scan.IndexName,
    consistentRead: inputs.scan.ConsistentRead ?? false,
    ...planHashes(exportId, { ...table, TableArn }, inputs.bucket),
    version: ACTION.version,
  };
}

/** Estimates a copy whose shards are read by `size.maxParallel` runners at the same time. */
export function estimateCopy(
  { scan }: Pick<PlanCopyInputs, 'scan'>,
  table: TableDescription,
  { target, size, readLimit }: SizedCopy,
  { segments, fileSize }: Pick<CopyPlan, 'segments' | 'fileSize'>,
): CopyEstimate {
  const { readUnits, seconds } = planScan({
    table,
    target,
    scan: { request: scan },
    totalSegments: segments,
    fileSize,
    compression: 'gzip',
    cores: RUNNER_CORES,
    runners: size.maxParallel,
    readLimit: readLimit.unitsPerSecond,
  });
  return { readUnits, seconds };
}
