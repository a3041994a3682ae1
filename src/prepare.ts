import { createHash } from 'node:crypto';
import { availableParallelism } from 'node:os';
import type { DynamoDBClient, TableDescription } from '@aws-sdk/client-dynamodb';
import type { S3Client } from '@aws-sdk/client-s3';
import { type Inputs, scanOnly } from './action/inputs.ts';
import { formatBytes, formatCount } from './action/units.ts';
import type { WorkflowRun } from './action/workflow-run.ts';
import { dynamoDbClient, s3Client } from './aws/clients.ts';
import { assumeRoles, tellWhoExports } from './aws/credentials/assume-roles.ts';
import type { Identity } from './aws/credentials/identity.ts';
import { regionForRole } from './aws/credentials/partition.ts';
import { type Identities, identifySides, type Means } from './aws/credentials/sides.ts';
import { ServerClock } from './aws/server-clock.ts';
import type { Checks } from './checks/checks.ts';
import { chooseEngine, costs } from './choose-engine.ts';
import { CopyError } from './errors.ts';
import type { ExportRequest } from './export/export.ts';
import { recoveryWindow } from './export/recovery.ts';
import type { WantedExport } from './export/request.ts';
import { accountCheck, checkFurther, credentialsCheck, findProcessModule, findReadCap } from './further-checks.ts';
import type { Narrator } from './narrator.ts';
import { quoted } from './parameters/problems.ts';
import { type Preview, previewOf } from './preview.ts';
import type { ProcessModule } from './process-func/load.ts';
import type { Bucket } from './s3/bucket.ts';
import { bucketRegion } from './s3/find-bucket.ts';
import { everyCallParameters, isArchived, objectParameters } from './s3/object-options.ts';
import { UploadJournal } from './s3/upload-journal.ts';
import { PARTS_UNDER_WAY } from './scan/copy-items.ts';
import type { ResumeRequest } from './scan/resume/resumption.ts';
import type { ScanRequest } from './scan/scan.ts';
import { MOST_WORKERS } from './scan/segments.ts';
import { describeTable, type ScanTarget, scanTarget } from './scan/table.ts';
import { ACTION } from './version.ts';

/** What the chosen engine is to do. */
export type Prepared = (
  | { readonly engine: 'scan'; readonly request: ScanRequest }
  | { readonly engine: 'export'; readonly request: ExportRequest }
) & {
  /** Where the choice was left to the Action. */
  readonly why: string | undefined;
  readonly table: TableDescription;
  readonly bucketRegion: string;
  readonly preview: Preview;
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

/** What is not there was looked for in vain, which a check has kept. */
type FoundSides = Pick<Sides, 'client' | 'clock' | 'tableGone'> & {
  [name in 'table' | 'target' | 'bucket']: Sides[name] | undefined;
};

/** Sockets a client may have open: one for each worker, and on S3's side one for each part under way. */
const CONCURRENCY = MOST_WORKERS + PARTS_UNDER_WAY;

/**
 * From the inputs, and from what AWS says of table and bucket, to what an engine is to do. Writes nothing.
 *
 * @param uploadsPath where the engine is to note its open uploads
 * @param means what roles can be assumed with
 * @param checks is told what is found, and fails with all that is wrong at once
 */
export async function prepare(
  inputs: Inputs,
  run: WorkflowRun,
  uploadsPath: string,
  means: Means,
  checks: Checks,
  narrator: Narrator,
  signal: AbortSignal,
): Promise<Prepared> {
  const { sourceRegion: source, destRegion: dest } = inputs;
  const identities = identifySides(inputs.roles, { source, ...(dest !== undefined && { dest }) }, means, signal);
  try {
    await assumeRoles(identities, inputs.roles, narrator);
    return await prepareSides(inputs, run, uploadsPath, identities, checks, narrator, signal);
  } catch (error) {
    identities.close();
    throw error;
  }
}

async function prepareSides(
  inputs: Inputs,
  run: WorkflowRun,
  uploadsPath: string,
  identities: Identities,
  checks: Checks,
  narrator: Narrator,
  signal: AbortSignal,
): Promise<Prepared> {
  const found = await findSides(inputs, run, uploadsPath, identities, checks, narrator, signal);
  const { client, clock, table, tableGone, target, bucket } = found;
  const chosen = target && (await decideEngine(inputs, { client, target, tableGone }, checks, narrator, signal));
  const tableName = nameOrArn(inputs);
  const toScan = chosen?.engine === 'scan' && { client, tableName, scan: inputs.scan };
  const toExport = chosen?.engine === 'export' &&
    table && { client, clock, tableName, wanted: wantedExport(inputs, table), enableRecovery: inputs.enableRecovery };
  if (toExport) await checks.run(accountCheck(inputs, table, identities));
  const cap = toScan && table ? await findReadCap(inputs, table, checks, narrator) : undefined;
  const processModule = await findProcessModule(inputs, run, checks);
  await checkFurther(
    inputs,
    { ...(toScan && { scan: toScan }), ...(toExport && { export: toExport }), bucket },
    checks,
  );
  checks.throwIfFailed();
  if (!table || !target || !bucket || !chosen) throw new Error('something was not found, and no check has failed');

  const sides: Sides = { client, clock, table, tableGone, target, bucket };
  const prepared =
    chosen.engine === 'export'
      ? ({ engine: 'export', request: exportRequest(inputs, sides, run) } as const)
      : ({ engine: 'scan', request: scanRequest(inputs, sides, processModule, run) } as const);
  if (chosen.engine === 'scan') tellConsequences(inputs, narrator);
  else tellWhoExports(identities, narrator);
  const close = () => {
    client.destroy();
    bucket.client.destroy();
    identities.close();
  };
  const preview = previewOf(inputs, prepared, target, chosen.why ?? asTheInputsAsk(inputs), cap);
  await checks.run(credentialsCheck(identities, preview.engine === 'scan' ? preview.plan.seconds : undefined));
  return { ...prepared, why: chosen.why, table, bucketRegion: await bucket.client.config.region(), preview, close };
}

/** Looks for both sides, also for the bucket of a table that is not there: a user should learn of all faults at once. */
async function findSides(
  inputs: Inputs,
  run: WorkflowRun,
  uploadsPath: string,
  identities: Identities,
  checks: Checks,
  narrator: Narrator,
  signal: AbortSignal,
): Promise<FoundSides> {
  const client = dynamoDbClient({
    region: inputs.sourceRegion,
    concurrency: CONCURRENCY,
    identity: identities.source,
  });
  const clock = new ServerClock(client);
  const { IndexName, ConsistentRead } = inputs.scan.request;
  let tableGone: Error | undefined;
  const table = await checks.find(
    'Table',
    () =>
      describeTable(client, nameOrArn(inputs), signal).catch((error: Error): TableDescription => {
        if (!mayHaveBegun(inputs, run) || !isGone(error)) throw error;
        tableGone = error;
        return {};
      }),
    ({ TableStatus }) => `${inputs.table.name} in ${inputs.sourceRegion} is ${TableStatus ?? 'there'}`,
  );
  if (tableGone) {
    narrator.notice('The table is not there (any more): what is left is an export of it that began before.');
  }
  const target =
    table &&
    (await checks.find(
      IndexName === undefined ? 'What is read' : 'Index',
      async () => scanTarget(table, IndexName, ConsistentRead),
      ({ kind }) => (IndexName === undefined ? `the ${kind}` : `the ${kind} ${IndexName}`),
    ));
  if (target && !tableGone) {
    narrator.info(
      `By DynamoDB's last count (it counts every six hours or so), the ${target.kind} ${IndexName ?? inputs.table.name} holds ${formatCount(target.itemCount ?? 0)} items, ${formatBytes(target.sizeBytes ?? 0)}.`,
    );
  }
  let place = '';
  const bucket = await checks.find(
    'Bucket',
    async () => {
      const reached = await findBucket(inputs, uploadsPath, identities.dest, narrator, signal);
      place = `${inputs.bucket} is reached in ${await reached.client.config.region()}`;
      return reached;
    },
    () => place,
  );
  return { client, clock, table, tableGone, target, bucket };
}

/** Whether an earlier step or attempt may have started an export that this one can go on with. */
function mayHaveBegun({ engine, resume, dryRun }: Inputs, { handover, identity }: WorkflowRun): boolean {
  if (dryRun || engine === 'scan') return false;
  return handover.find() !== undefined || (resume && (identity?.attempt ?? 1) > 1);
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

interface ChosenEngine {
  readonly engine: 'scan' | 'export';
  /** Undefined where the inputs say it. */
  readonly why: string | undefined;
}

/** @returns undefined where a check failed that the choice depends on */
async function decideEngine(
  inputs: Inputs,
  { client, target, tableGone }: Pick<Sides, 'client' | 'target' | 'tableGone'>,
  checks: Checks,
  narrator: Narrator,
  signal: AbortSignal,
): Promise<ChosenEngine | undefined> {
  if (inputs.engine !== 'auto') return { engine: inputs.engine, why: undefined };
  if (tableGone) return { engine: 'export', why: 'the table is gone' };
  const window = await checks.find(
    'Choice of the engine',
    () => recoveryWindow(client, inputs.table.name, signal),
    (found) => `point-in-time recovery is ${typeof found === 'string' ? found : 'on'}`,
  );
  if (window === undefined) return undefined;
  const sizeBytes = target.sizeBytes ?? 0;
  const recovery = window === 'off' ? 'off' : window === 'not allowed' ? 'not known' : 'on';
  const chosen = chooseEngine({
    scanOnly: [...scanOnly(inputs), ...otherDestination(inputs)],
    recovery,
    sizeBytes,
  });
  const { gigabytesBilled, readUnits } = costs(sizeBytes, inputs.scan.request.ConsistentRead ?? false);
  narrator.info(
    `point-in-time-export is auto: this run ${chosen.engine}s, as ${chosen.why}. An export would be billed for ${formatCount(gigabytesBilled)} GB, a scan would consume about ${formatCount(readUnits)} read units.`,
  );
  return chosen;
}

/** An export is written by the source's identity, whatever the destination's. */
function otherDestination({ roles: { source, dest } }: Inputs): string[] {
  return dest === undefined || dest === source ? [] : ['dest-role-to-assume'];
}

function asTheInputsAsk({ engine }: Inputs): string {
  return `the inputs ask for ${engine === 'scan' ? 'no' : 'an'} export`;
}

function scanRequest(
  inputs: Inputs,
  { client, table, target, bucket }: Sides,
  processModule: ProcessModule | undefined,
  run: WorkflowRun,
): ScanRequest {
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
    wanted: wantedExport(inputs, table),
    bucket,
    enableRecovery: inputs.enableRecovery,
    waiting: { checkIntervalMs, maxAttempts },
    ifEmpty: inputs.ifEmpty,
    identity: run.identity,
    resume: inputs.resume,
    handover: run.handover,
  };
}

function wantedExport(inputs: Inputs, table: TableDescription): WantedExport {
  return {
    tableArn: table.TableArn ?? '',
    bucket: inputs.bucket,
    prefix: inputs.keyPrefix,
    format: inputs.format === 'ION' ? 'ION' : 'DYNAMODB_JSON',
    exportTime: inputs.exportTime,
    parameters: inputs.exportParameters,
    bucketOwner: inputs.bucketOwner,
    encryption: inputs.encryption,
  };
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

/** Only an ARN reaches a table of another account. */
function nameOrArn({ table }: Inputs): string {
  return table.arn ?? table.name;
}
