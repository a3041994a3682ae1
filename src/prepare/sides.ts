import type { DynamoDBClient, TableDescription } from '@aws-sdk/client-dynamodb';
import type { S3Client } from '@aws-sdk/client-s3';
import { scanOnly } from '../action/engine-use.ts';
import type { Inputs } from '../action/inputs.ts';
import { formatBytes, formatCount } from '../action/units.ts';
import type { WorkflowRun } from '../action/workflow-run.ts';
import { dynamoDbClient, s3Client } from '../aws/clients.ts';
import type { Identity } from '../aws/credentials/identity.ts';
import { regionForRole } from '../aws/credentials/partition.ts';
import type { Identities } from '../aws/credentials/sides.ts';
import { ServerClock } from '../aws/server-clock.ts';
import type { Checks } from '../checks/checks.ts';
import { CopyError } from '../errors.ts';
import type { Narrator } from '../narrator.ts';
import { Bucket, bucketRegion } from '../s3/bucket.ts';
import { UploadJournal } from '../s3/upload-journal.ts';
import { PARTS_UNDER_WAY } from '../scan/copy-items.ts';
import { MOST_WORKERS } from '../scan/segments.ts';
import { describeTable, type ScanTarget, scanTarget } from '../scan/table.ts';
import { StopMark } from '../stop-mark.ts';

/** What a step has at hand before it knows what it is to do. */
export interface Preparation {
  readonly inputs: Inputs;
  readonly run: WorkflowRun;
  /** Where the engine is to note its open uploads. */
  readonly uploadsPath: string;
  /** Is told what is found, and fails with all that is wrong at once. */
  readonly checks: Checks;
  readonly narrator: Narrator;
  readonly signal: AbortSignal;
}

/** Table and bucket as AWS describes them, with the clients that reach them. */
export interface Sides {
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

/** Looks for both sides, also for the bucket of a table that is not there: a user should learn of all faults at once. */
export async function findSides(preparation: Preparation, identities: Identities): Promise<FoundSides> {
  const { inputs, run, checks, narrator, signal } = preparation;
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
      const reached = await findBucket(preparation, identities.dest);
      place = `${inputs.bucket} is reached in ${await reached.region()}`;
      return reached;
    },
    () => place,
  );
  return { client, clock, table, tableGone, target, bucket };
}

/** Whether an earlier step or attempt may have started an export that this one can go on with. */
function mayHaveBegun(inputs: Inputs, { handover, identity }: WorkflowRun): boolean {
  const { engine, resume, dryRun } = inputs;
  if (dryRun || engine === 'scan' || scanOnly(inputs).length > 0) return false;
  return handover.find() !== undefined || (resume && (identity?.attempt ?? 1) > 1);
}

function isGone(error: Error): boolean {
  return error.name === 'ResourceNotFoundException' || (error instanceof CopyError && error.code === 'TABLE_NOT_READY');
}

/** A bucket is reached in its own region only; where none is given, S3 is asked for it. */
async function findBucket({ inputs, uploadsPath, narrator, signal }: Preparation, identity: Identity): Promise<Bucket> {
  const startedAt = new Date().toISOString();
  const clientIn = (region: string) =>
    s3Client({ region, concurrency: CONCURRENCY, forcePathStyle: inputs.forcePathStyle, identity });
  const name = inputs.bucket;
  const stopMark = new StopMark(uploadsPath);
  const { sourceRegion, roles } = inputs;
  // In another partition nobody knows the role, and nobody the bucket.
  const asked = inputs.destRegion ?? (roles.dest ? regionForRole(roles.dest, [sourceRegion]) : sourceRegion);
  const client = clientIn(asked);
  const region = await bucketRegion(client, name, signal);
  const bucketIn = (used: string, reachedBy: S3Client): Bucket =>
    new Bucket({
      client: reachedBy,
      name,
      owner: inputs.bucketOwner,
      payer: inputs.putObject.RequestPayer,
      journal: new UploadJournal(uploadsPath, { bucket: name, region: used, startedAt }),
      beforeWrite: () => stopMark.throwIfThere(),
    });
  if (inputs.destRegion !== undefined || region === undefined || region === asked) {
    narrator.info(`The bucket ${name} is in ${region ?? asked}.`);
    return bucketIn(asked, client);
  }
  client.destroy();
  narrator.info(`The bucket ${name} is in ${region}, the table in ${inputs.sourceRegion}: data crosses regions.`);
  return bucketIn(region, clientIn(region));
}

/** Only an ARN reaches a table of another account. */
export function nameOrArn({ table }: Inputs): string {
  return table.arn ?? table.name;
}
