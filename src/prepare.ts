import { createHash } from 'node:crypto';
import { availableParallelism } from 'node:os';
import type { DynamoDBClient, TableDescription } from '@aws-sdk/client-dynamodb';
import type { S3Client } from '@aws-sdk/client-s3';
import { type Inputs, scanOnly } from './action/inputs.ts';
import { formatBytes, formatCount } from './action/units.ts';
import type { WorkflowRun } from './action/workflow-run.ts';
import { refuseForeignTable, refuseUnknownOwner } from './aws/account.ts';
import { dynamoDbClient, s3Client } from './aws/clients.ts';
import { assumeRoles, tellWhoExports } from './aws/credentials/assume-roles.ts';
import type { Identity } from './aws/credentials/identity.ts';
import { regionForRole } from './aws/credentials/partition.ts';
import { type Identities, identifySides, type Means } from './aws/credentials/sides.ts';
import { ServerClock } from './aws/server-clock.ts';
import { chooseEngine, costs } from './choose-engine.ts';
import { CopyError } from './errors.ts';
import type { ExportRequest } from './export/export.ts';
import { recoveryWindow } from './export/recovery.ts';
import type { Narrator } from './narrator.ts';
import { quoted } from './parameters/problems.ts';
import { loadProcessModule } from './process-func/load.ts';
import type { Bucket } from './s3/bucket.ts';
import { bucketRegion } from './s3/find-bucket.ts';
import { everyCallParameters, isArchived, objectParameters } from './s3/object-options.ts';
import { UploadJournal } from './s3/upload-journal.ts';
import { PARTS_UNDER_WAY } from './scan/copy-items.ts';
import { readCap, sentence } from './scan/pacing/read-cap.ts';
import type { ResumeRequest } from './scan/resume/resumption.ts';
import type { ScanRequest } from './scan/scan.ts';
import { MOST_WORKERS } from './scan/segments.ts';
import { describeTable, readCapacityOf, type ScanTarget, scanTarget } from './scan/table.ts';
import { ACTION } from './version.ts';

/** What the chosen engine is to do. */
export type Prepared = (
  | { readonly engine: 'scan'; readonly request: ScanRequest }
  | { readonly engine: 'export'; readonly request: ExportRequest }
) & {
  /** Where the choice was left to the Action. */
  readonly why: string | undefined;
  /** Closes connections, which would keep the process waiting for their time-out. */
  readonly close: () => void;
};

/** Table and bucket as AWS describes them, with the clients that reach them. */
interface Sides {
  readonly client: DynamoDBClient;
  readonly clock: ServerClock;
  readonly table: TableDescription;
  /** Why there is none to describe: an export that began before can be gone on with all the same. */
  readonly tableGone: Error | undefined;
  readonly target: ScanTarget;
  readonly bucket: Bucket;
}

/** Sockets a client may have open: one for each worker, and on S3's side one for each part under way. */
const CONCURRENCY = MOST_WORKERS + PARTS_UNDER_WAY;

/**
 * From the inputs, and from what AWS says of table and bucket, to what an engine is to do. Writes nothing.
 *
 * @param uploadsPath where the engine is to note its open uploads
 * @param means what roles can be assumed with
 */
export async function prepare(
  inputs: Inputs,
  run: WorkflowRun,
  uploadsPath: string,
  means: Means,
  narrator: Narrator,
  signal: AbortSignal,
): Promise<Prepared> {
  const { sourceRegion: source, destRegion: dest } = inputs;
  const identities = identifySides(inputs.roles, { source, ...(dest !== undefined && { dest }) }, means, signal);
  try {
    await assumeRoles(identities, inputs.roles, narrator);
    const sides = await findSides(inputs, run, uploadsPath, identities, narrator, signal);
    const close = () => {
      sides.client.destroy();
      sides.bucket.client.destroy();
      identities.close();
    };
    const { engine, why } = await decideEngine(inputs, sides, narrator, signal);
    if (engine === 'export') {
      refuseUnknownOwner(sides.table.TableArn, inputs.roles.dest, ownerOf(inputs));
      await refuseForeignTable(inputs, identities.source, signal);
      tellWhoExports(identities, narrator);
      return { engine, why, request: exportRequest(inputs, sides, run), close };
    }
    tellReadCap(inputs, sides, narrator);
    tellConsequences(inputs, narrator);
    return { engine, why, request: await scanRequest(inputs, sides, run), close };
  } catch (error) {
    identities.close();
    throw error;
  }
}

async function findSides(
  inputs: Inputs,
  run: WorkflowRun,
  uploadsPath: string,
  identities: Identities,
  narrator: Narrator,
  signal: AbortSignal,
): Promise<Sides> {
  const client = dynamoDbClient({
    region: inputs.sourceRegion,
    concurrency: CONCURRENCY,
    identity: identities.source,
  });
  const clock = new ServerClock(client);
  const table = await describeTable(client, nameOrArn(inputs), signal).catch((error: Error) => {
    if (!mayHaveBegun(inputs, run) || !isGone(error)) throw error;
    return error;
  });
  if (table instanceof Error) {
    narrator.notice('The table is not there (any more): what is left is an export of it that began before.');
    const target = { kind: 'table', sizeBytes: undefined, itemCount: undefined } as const;
    const bucket = await findBucket(inputs, uploadsPath, identities.dest, narrator, signal);
    return { client, clock, table: {}, tableGone: table, target, bucket };
  }
  const { IndexName, ConsistentRead } = inputs.scan.request;
  const target = scanTarget(table, IndexName, ConsistentRead);
  narrator.info(
    `By DynamoDB's last count (it counts every six hours or so), the ${target.kind} ${IndexName ?? inputs.table.name} holds ${formatCount(target.itemCount ?? 0)} items, ${formatBytes(target.sizeBytes ?? 0)}.`,
  );
  return {
    client,
    clock,
    table,
    tableGone: undefined,
    target,
    bucket: await findBucket(inputs, uploadsPath, identities.dest, narrator, signal),
  };
}

/** Whether an earlier step or attempt may have started an export that this one can go on with. */
function mayHaveBegun({ engine, resume }: Inputs, { handover, identity }: WorkflowRun): boolean {
  return engine !== 'scan' && (handover.find() !== undefined || (resume && (identity?.attempt ?? 1) > 1));
}

function isGone(error: Error): boolean {
  return error.name === 'ResourceNotFoundException' || (error instanceof CopyError && error.code === 'TABLE_NOT_READY');
}

/** A bucket is reached in its own region only; where none is given, S3 is asked for it. */
async function findBucket(
  inputs: Inputs,
  uploadsPath: string,
  identity: Identity,
  narrator: Narrator,
  signal: AbortSignal,
): Promise<Bucket> {
  const startedAt = new Date().toISOString();
  const clientIn = (region: string) =>
    s3Client({ region, concurrency: CONCURRENCY, forcePathStyle: inputs.forcePathStyle, identity });
  const name = inputs.bucket;
  const onEveryCall = everyCallParameters(inputs);
  const { sourceRegion, roles } = inputs;
  // In another partition nobody knows the role, and nobody the bucket.
  const asked = inputs.destRegion ?? (roles.dest ? regionForRole(roles.dest, [sourceRegion]) : sourceRegion);
  const client = clientIn(asked);
  const region = await bucketRegion(client, name, signal);
  const bucketIn = (used: string, reachedBy: S3Client): Bucket => ({
    client: reachedBy,
    name,
    onEveryCall,
    journal: new UploadJournal(uploadsPath, { bucket: name, region: used, startedAt }),
  });
  if (inputs.destRegion !== undefined || region === undefined || region === asked) {
    narrator.info(`The bucket ${name} is in ${region ?? asked}.`);
    return bucketIn(asked, client);
  }
  client.destroy();
  narrator.info(`The bucket ${name} is in ${region}, the table in ${inputs.sourceRegion}: data crosses regions.`);
  return bucketIn(region, clientIn(region));
}

async function decideEngine(
  inputs: Inputs,
  { client, target, tableGone }: Sides,
  narrator: Narrator,
  signal: AbortSignal,
): Promise<{ readonly engine: 'scan' | 'export'; readonly why: string | undefined }> {
  if (inputs.engine !== 'auto') return { engine: inputs.engine, why: undefined };
  if (tableGone) return { engine: 'export', why: 'the table is gone' };
  const window = await recoveryWindow(client, inputs.table.name, signal);
  const sizeBytes = target.sizeBytes ?? 0;
  const recovery = window === 'off' ? 'off' : window === 'not allowed' ? 'not known' : 'on';
  const { engine, why } = chooseEngine({
    scanOnly: [...scanOnly(inputs), ...otherDestination(inputs)],
    recovery,
    sizeBytes,
  });
  const { gigabytesBilled, readUnits } = costs(sizeBytes, inputs.scan.request.ConsistentRead ?? false);
  narrator.info(
    `point-in-time-export is auto: this run ${engine}s, as ${why}. An export would be billed for ${formatCount(gigabytesBilled)} GB, a scan would consume about ${formatCount(readUnits)} read units.`,
  );
  return { engine, why };
}

/** An export is written by the source's identity, whatever the destination's. */
function otherDestination({ roles: { source, dest } }: Inputs): string[] {
  return dest === undefined || dest === source ? [] : ['dest-role-to-assume'];
}

async function scanRequest(inputs: Inputs, sides: Sides, run: WorkflowRun): Promise<ScanRequest> {
  const { client, table, target, bucket } = sides;
  const { processFunc } = inputs;
  const processModule = processFunc === undefined ? undefined : await loadProcessModule(processFunc, run.workspace);
  return {
    client,
    tableName: nameOrArn(inputs),
    table,
    target,
    scan: inputs.scan,
    totalSegments: inputs.totalSegments,
    readCapacity: inputs.readCapacity,
    fileSize: inputs.fileSize,
    format: inputs.format,
    processModule,
    compression: inputs.compression,
    bucket,
    prefix: inputs.keyPrefix,
    parametersOf: (kind) => objectParameters(kind, inputs),
    ifEmpty: inputs.ifEmpty,
    cores: availableParallelism(),
    runId: run.id,
    runUrl: run.url,
    resume: inputs.resume
      ? resumeRequest(inputs, run, [table.TableArn, bucket.name, processModule?.sha256])
      : undefined,
  };
}

/** @param resolved what decides the copy's bytes beside the inputs as they are written, which are part of the identity */
function resumeRequest(
  { lastingPrefix }: Inputs,
  { identity, countUse }: WorkflowRun,
  resolved: readonly (string | undefined)[],
): ResumeRequest | undefined {
  if (!identity) return undefined;
  const { tokenStart, attempt } = identity;
  const step = `${tokenStart.replace(/^dynamodb-to-s3-/, '')}${countUse(tokenStart)}`;
  const request = createHash('sha256')
    .update(JSON.stringify([ACTION.version, step, ...resolved]))
    .digest('hex');
  return { step, attempt, prefix: lastingPrefix, request };
}

function exportRequest(
  inputs: Inputs,
  { client, clock, table, tableGone, bucket }: Sides,
  run: WorkflowRun,
): ExportRequest {
  const { checkIntervalMs, maxAttempts } = inputs;
  return {
    client,
    clock,
    tableName: nameOrArn(inputs),
    tableGone,
    wanted: {
      tableArn: table.TableArn ?? '',
      bucket: inputs.bucket,
      prefix: inputs.keyPrefix,
      format: inputs.format === 'ION' ? 'ION' : 'DYNAMODB_JSON',
      exportTime: inputs.exportTime,
      parameters: inputs.exportParameters,
      bucketOwner: inputs.bucketOwner,
      encryption: inputs.encryption,
    },
    bucket,
    enableRecovery: inputs.enableRecovery,
    waiting: { checkIntervalMs, maxAttempts },
    ifEmpty: inputs.ifEmpty,
    identity: run.identity,
    resume: inputs.resume,
    handover: run.handover,
  };
}

/** @throws {CopyError} INVALID_INPUT where there is no such cap */
function tellReadCap({ readCapacity, scan }: Inputs, { table }: Sides, narrator: Narrator): void {
  const cap = readCap(readCapacity, readCapacityOf(table, scan.request.IndexName));
  if (cap.isLowered) narrator.notice(sentence(cap));
  else narrator.info(sentence(cap));
}

function tellConsequences({ format, processFunc, putObject }: Inputs, narrator: Narrator): void {
  if (processFunc !== undefined) {
    narrator.info(
      `process-func ${quoted(processFunc)} makes the data objects: AWS cannot load them back into a table.`,
    );
  }
  if (format === 'JSON') {
    narrator.info('export-format JSON is for reading: AWS cannot load it back into a table. DYNAMODB_JSON can be.');
  }
  if (isArchived(putObject.StorageClass)) {
    narrator.warning(
      `StorageClass ${putObject.StorageClass} archives the data objects: they must be restored in S3 before anything can read them.`,
    );
  }
}

function ownerOf({ bucketOwner, exportParameters }: Inputs): string | undefined {
  return bucketOwner ?? exportParameters.bucketOwner;
}

/** Only an ARN reaches a table of another account. */
function nameOrArn({ table }: Inputs): string {
  return table.arn ?? table.name;
}
