import type { DynamoDBClient, TableDescription } from '@aws-sdk/client-dynamodb';
import { ServerClock } from '../aws/client-middleware.ts';
import { dynamoDbClient, s3Client } from '../aws/clients.ts';
import type { Identities } from '../aws/credentials/identities.ts';
import type { Identity } from '../aws/credentials/identity.ts';
import { regionForRole } from '../aws/partition.ts';
import { CopyError } from '../errors.ts';
import { StopMark } from '../github/stop-mark.ts';
import type { WorkflowRun } from '../github/workflow-run.ts';
import { scanOnlyInputs } from '../inputs/engine-use.ts';
import type { Inputs } from '../inputs/inputs.ts';
import type { Logger } from '../logger.ts';
import { formatBytes, formatCountOf } from '../message-text.ts';
import { Bucket } from '../s3/bucket.ts';
import { UploadJournal } from '../s3/upload-journal.ts';
import { PARTS_IN_FLIGHT } from '../scan/copy-segments.ts';
import { MAX_WORKERS } from '../scan/segments.ts';
import { describeTable, type ScanTarget, scanTarget } from '../scan/table.ts';
import type { PreflightChecks } from './checks/checks.ts';
import { type ReachedBucket, reachBucket } from './reach-bucket.ts';

/** Context of a step before its engine is chosen. */
export interface PreflightContext {
  readonly inputs: Inputs;
  readonly run: WorkflowRun;
  /** Path of the journal of open multipart uploads. */
  readonly uploadsPath: string;
  /** Collects the results of all checks, to report all problems together. */
  readonly checks: PreflightChecks;
  readonly logger: Logger;
  readonly signal: AbortSignal;
}

/** Table and bucket as AWS describes them, with the clients to access them. */
export interface Resources {
  readonly client: DynamoDBClient;
  readonly clock: ServerClock;
  readonly table: TableDescription;
  /**
   * Why the table could not be described; undefined if it was. An export that was started before can still be
   * continued.
   */
  readonly tableError: Error | undefined;
  readonly target: ScanTarget;
  readonly bucket: Bucket;
}

/** Undefined members were not found, and a check has recorded the failure. */
type FoundResources = Pick<Resources, 'client' | 'clock' | 'tableError'> & {
  [name in 'table' | 'target' | 'bucket']: Resources[name] | undefined;
};

/** Maximum number of sockets per client: one per worker, and for S3 one per part in progress. */
const CONCURRENCY = MAX_WORKERS + PARTS_IN_FLIGHT;

/**
 * Finds source and destination at the same time, and reports the table first. Reports the bucket even if the table was
 * not found, so that all problems are reported together.
 */
export async function findResources(context: PreflightContext, identities: Identities): Promise<FoundResources> {
  const { inputs, run, checks, logger, signal } = context;
  const startedAt = new Date().toISOString();
  const client = dynamoDbClient({
    region: inputs.sourceRegion,
    concurrency: CONCURRENCY,
    identity: identities.source,
  });
  const clock = new ServerClock(client);
  const reaching = reachDestination(inputs, identities.dest, signal);
  // It can fail before the table is described, and nothing awaits it if the run is cancelled.
  reaching.catch(() => {});
  const { IndexName, ConsistentRead } = inputs.scan.request;
  let tableError: Error | undefined;
  const table = await checks.find(
    'Table',
    () =>
      describeTable(client, tableNameOrArn(inputs), signal).catch((error: Error): TableDescription => {
        if (!mayHaveStartedExport(inputs, run) || !isTableUnavailable(error)) throw error;
        tableError = error;
        return {};
      }),
    ({ TableStatus }) =>
      `${inputs.table.name} in ${inputs.sourceRegion} is ${tableError ? 'not available' : (TableStatus ?? 'available')}`,
  );
  if (tableError) {
    logger.notice(
      `The table ${inputs.table.name} is not available. If an export of it was started before, this step continues that export.`,
    );
  }
  const target =
    table &&
    (await checks.find(
      IndexName === undefined ? 'Source' : 'Index',
      async () => scanTarget(table, IndexName, ConsistentRead),
      ({ kind }) => (IndexName === undefined ? `the ${kind}` : `the ${kind} ${IndexName}`),
    ));
  if (target && !tableError) {
    logger.info(
      `${capitalized(target.kind)} ${IndexName ?? inputs.table.name}: ${formatCountOf(target.itemCount ?? 0, 'item')}, ${formatBytes(target.sizeBytes ?? 0)} (DynamoDB updates these counts about every 6 hours)`,
    );
  }
  let found = '';
  const bucket = await checks.find(
    'Bucket',
    async () => {
      const reached = await reaching;
      logger.info(describeRegion(inputs, reached));
      found = `${inputs.bucket} in ${reached.region} is accessible`;
      return openDestination(context, reached, startedAt);
    },
    () => found,
  );
  return { client, clock, table, tableError, target, bucket };
}

/** Returns whether an earlier step or attempt may have started an export that this step can continue. */
function mayHaveStartedExport(inputs: Inputs, { handover, identity }: WorkflowRun): boolean {
  const { engine, resume, dryRun } = inputs;
  if (dryRun || engine === 'scan' || scanOnlyInputs(inputs).length > 0) return false;
  return handover.find() !== undefined || (resume && (identity?.attempt ?? 1) > 1);
}

function capitalized(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

function isTableUnavailable(error: Error): boolean {
  return error.name === 'ResourceNotFoundException' || (error instanceof CopyError && error.code === 'TABLE_NOT_READY');
}

/**
 * Creates the client in the Region of the bucket. If the inputs do not specify it, S3 returns it. `async`, so that every
 * error becomes a result of the check.
 */
async function reachDestination(inputs: Inputs, identity: Identity, signal: AbortSignal): Promise<ReachedBucket> {
  const { bucket: name, destRegion, forcePathStyle, payloadSigningEnabled } = inputs;
  const clientIn = (region: string) =>
    s3Client({ region, concurrency: CONCURRENCY, forcePathStyle, payloadSigningEnabled, identity });
  return reachBucket(clientIn, name, { region: destRegion, firstRegion: firstRegion(inputs) }, signal);
}

/** Returns the Region that the first HeadBucket request is sent to. */
function firstRegion({ destRegion, sourceRegion, roles }: Inputs): string {
  // It must be in the partition of the role, because no other partition has the role or the bucket.
  return destRegion ?? (roles.dest ? regionForRole(roles.dest, [sourceRegion]) : sourceRegion);
}

function describeRegion(inputs: Inputs, { region, reportedRegion }: ReachedBucket): string {
  const transfer = `. The table is in ${inputs.sourceRegion}, so data is transferred between Regions.`;
  return `Bucket ${inputs.bucket}: Region ${reportedRegion ?? region}${region === firstRegion(inputs) ? '' : transfer}`;
}

function openDestination(
  { inputs, uploadsPath }: PreflightContext,
  { client, region }: ReachedBucket,
  startedAt: string,
): Bucket {
  const { bucket: name } = inputs;
  const stopMark = new StopMark(uploadsPath);
  return new Bucket({
    client,
    name,
    owner: inputs.bucketOwner,
    payer: inputs.putObject.RequestPayer,
    journal: new UploadJournal(uploadsPath, { bucket: name, region, startedAt }),
    beforeWrite: () => stopMark.throwIfExists(),
  });
}

/** Returns the ARN if the inputs specify it, because a table of another account cannot be accessed by name. */
export function tableNameOrArn({ table }: Inputs): string {
  return table.arn ?? table.name;
}
