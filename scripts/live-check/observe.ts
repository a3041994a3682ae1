import {
  DescribeImportCommand,
  DescribeTableCommand,
  DynamoDBServiceException,
  ListExportsCommand,
  paginateListImports,
} from '@aws-sdk/client-dynamodb';
import { exportsOf } from './cleanup.ts';
import type { Clients } from './clients.ts';
import { openClients } from './clients.ts';
import type { Usage } from './cost.ts';
import { provokeErrors } from './error-types.ts';
import {
  errorTypeFacts,
  exportTypeFact,
  type Fact,
  incrementalIonFact,
  ionFacts,
  listExportsFact,
  newImageFacts,
  writeOrderFact,
} from './facts.ts';
import { listObjects, readExport } from './read-export.ts';
import { DELETED, ITEM_COUNT, WRITTEN } from './table-items.ts';

/** A run of live-check.yml. */
export interface Run {
  readonly region: string;
  /** ARN of the role; undefined to use the credentials of the environment */
  readonly role: string | undefined;
  readonly bucket: string;
  /** Name of the table. The prefixes in the bucket, and the names of other tables, start with it. */
  readonly table: string;
}

/** Names below the table's prefix under which the exports of a run are stored, as in live-check.yml. */
export const EXPORTS = {
  full: 'export-DYNAMODB_JSON',
  ion: 'export-ION',
  newImage: 'incremental-DYNAMODB_JSON',
  incrementalIon: 'incremental-ION',
} as const;

/** Compares what the exports of a run contain, and what AWS responds, with the assumptions. */
export async function observeFacts({ dynamoDb, s3 }: Clients, run: Run): Promise<readonly Fact[]> {
  const read = (name: string) => readExport(s3, run.bucket, `${run.table}/${name}/`);
  const full = await read(EXPORTS.full);
  const ion = await read(EXPORTS.ion);
  const newImage = await read(EXPORTS.newImage);
  const incrementalIon = await read(EXPORTS.incrementalIon);
  return [
    ...errorTypeFacts(await provokeErrors(dynamoDb, run.table)),
    writeOrderFact(full?.objects ?? []),
    exportTypeFact(full?.summary),
    ...newImageFacts(newImage?.lines),
    ...ionFacts(ion?.lines),
    incrementalIonFact(incrementalIon?.lines),
    listExportsFact(await listWithPolicy(run)),
  ];
}

/** Lists the exports of the table with a session that is only allowed to do this for the ARN of the table. */
async function listWithPolicy({ region, role, table }: Run): Promise<'allowed' | 'denied' | undefined> {
  const [, partition, , , account] = role?.split(':') ?? [];
  if (role === undefined) return undefined;
  const TableArn = `arn:${partition}:dynamodb:${region}:${account}:table/${table}`;
  using limited = await openClients(region, role, {
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Action: 'dynamodb:ListExports', Resource: [TableArn, `${TableArn}/*`] }],
  });
  try {
    await limited.dynamoDb.send(new ListExportsCommand({ TableArn }));
    return 'allowed';
  } catch (error) {
    return error instanceof DynamoDBServiceException && error.name === 'AccessDeniedException' ? 'denied' : undefined;
  }
}

/** RCUs that the steps reported, as in their outputs. */
export interface Consumed {
  readonly scan: string;
  readonly shards: string;
}

/** Number of steps of live-check.yml that compare a copy with a table. */
export const COMPARISONS = 7;
/** Approximate size of an item of the table. */
const ITEM_BYTES = 150;

/** Returns what the run used. DynamoDB updates the size of a table too rarely for this. */
export async function observeUsage({ dynamoDb, s3 }: Clients, run: Run, consumed: Consumed): Promise<Usage> {
  const { Table } = await dynamoDb.send(new DescribeTableCommand({ TableName: run.table }));
  const exported = await exportsOf(dynamoDb, Table?.TableArn ?? '');
  const objects = await listObjects(s3, run.bucket, `${run.table}/`);
  return {
    scanUnits: Number(consumed.scan) + Number(consumed.shards),
    comparisons: COMPARISONS,
    tableBytes: ITEM_COUNT * ITEM_BYTES,
    writtenItems: ITEM_COUNT + WRITTEN.length + DELETED.length + ITEM_COUNT,
    exportedBytes: exported.reduce((sum, { BilledSizeBytes = 0 }) => sum + BilledSizeBytes, 0),
    importedBytes: await importedBytes(dynamoDb, `${Table?.TableArn}-import`),
    bulkPutItems: ITEM_COUNT,
    objects: objects.length,
    storedBytes: objects.reduce((sum, { size }) => sum + size, 0),
  };
}

async function importedBytes(client: Clients['dynamoDb'], TableArn: string): Promise<number> {
  let bytes = 0;
  for await (const { ImportSummaryList = [] } of paginateListImports({ client }, { TableArn })) {
    for (const { ImportArn } of ImportSummaryList) {
      const { ImportTableDescription } = await client.send(new DescribeImportCommand({ ImportArn }));
      bytes += ImportTableDescription?.ProcessedSizeBytes ?? 0;
    }
  }
  return bytes;
}
