import { availableParallelism } from 'node:os';
import type { Inputs } from './action/inputs.ts';
import { formatBytes, formatCount } from './action/units.ts';
import { dynamoDbClient, s3Client } from './aws/clients.ts';
import type { Narrator } from './narrator.ts';
import { loadProcessModule } from './process-func/load.ts';
import type { Bucket } from './s3/bucket.ts';
import { bucketRegion } from './s3/find-bucket.ts';
import { everyCallParameters, isArchived, objectParameters } from './s3/object-options.ts';
import { PARTS_UNDER_WAY } from './scan/copy-items.ts';
import type { ScanRequest } from './scan/scan.ts';
import { MOST_WORKERS } from './scan/segments.ts';
import { describeTable, scanTarget } from './scan/table.ts';

/** Sockets a client may have open: one for each worker, and on S3's side one for each part under way. */
const CONCURRENCY = MOST_WORKERS + PARTS_UNDER_WAY;

/** What of the workflow run a copy names, and where its checkout lies. */
export interface WorkflowRun {
  /** '' outside of a workflow. */
  readonly id: string;
  readonly url: string | undefined;
  readonly workspace: string;
}

/** From the inputs, and from what AWS says of table and bucket, to what the scan engine is to do. Writes nothing. */
export async function prepareScan(
  inputs: Inputs,
  run: WorkflowRun,
  narrator: Narrator,
  signal: AbortSignal,
): Promise<ScanRequest> {
  const client = dynamoDbClient({ region: inputs.sourceRegion, concurrency: CONCURRENCY });
  const tableName = inputs.table.arn ?? inputs.table.name;
  const table = await describeTable(client, tableName, signal);
  const { IndexName, ConsistentRead } = inputs.scan.request;
  const target = scanTarget(table, IndexName, ConsistentRead);
  narrator.info(
    `By DynamoDB's last count (it counts every six hours or so), the ${target.kind} ${IndexName ?? inputs.table.name} holds ${formatCount(target.itemCount ?? 0)} items, ${formatBytes(target.sizeBytes ?? 0)}.`,
  );

  const bucket = await findBucket(inputs, narrator, signal);
  tellConsequences(inputs, narrator);
  return {
    client,
    tableName,
    table,
    target,
    scan: inputs.scan,
    totalSegments: inputs.totalSegments,
    fileSize: inputs.fileSize,
    format: inputs.format,
    processModule:
      inputs.processFunc === undefined ? undefined : await loadProcessModule(inputs.processFunc, run.workspace),
    compression: inputs.compression,
    bucket,
    prefix: inputs.keyPrefix,
    parametersOf: (kind) => objectParameters(kind, inputs),
    ifEmpty: inputs.ifEmpty,
    cores: availableParallelism(),
    runId: run.id,
    runUrl: run.url,
  };
}

/** A bucket is reached in its own region only; where none is given, S3 is asked for it. */
async function findBucket(inputs: Inputs, narrator: Narrator, signal: AbortSignal): Promise<Bucket> {
  const clientIn = (region: string) =>
    s3Client({ region, concurrency: CONCURRENCY, forcePathStyle: inputs.forcePathStyle });
  const name = inputs.bucket;
  const onEveryCall = everyCallParameters(inputs);
  const asked = inputs.destRegion ?? inputs.sourceRegion;
  const client = clientIn(asked);
  const region = await bucketRegion(client, name, signal);
  if (inputs.destRegion !== undefined || region === undefined || region === asked) {
    narrator.info(`The bucket ${name} is in ${region ?? asked}.`);
    return { client, name, onEveryCall };
  }
  client.destroy();
  narrator.info(`The bucket ${name} is in ${region}, the table in ${inputs.sourceRegion}: data crosses regions.`);
  return { client: clientIn(region), name, onEveryCall };
}

function tellConsequences({ format, putObject }: Inputs, narrator: Narrator): void {
  if (format === 'JSON') {
    narrator.info('export-format JSON is for reading: AWS cannot load it back into a table. DYNAMODB_JSON can be.');
  }
  if (isArchived(putObject.StorageClass)) {
    narrator.warning(
      `StorageClass ${putObject.StorageClass} archives the data objects: they must be restored in S3 before anything can read them.`,
    );
  }
}
