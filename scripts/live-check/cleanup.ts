import {
  DeleteTableCommand,
  DescribeExportCommand,
  DescribeTableCommand,
  type DynamoDBClient,
  DynamoDBServiceException,
  paginateListExports,
  paginateListImports,
  UpdateContinuousBackupsCommand,
  waitUntilTableNotExists,
} from '@aws-sdk/client-dynamodb';
import {
  AbortMultipartUploadCommand,
  DeleteObjectCommand,
  ListMultipartUploadsCommand,
  ListObjectVersionsCommand,
  type S3Client,
} from '@aws-sdk/client-s3';
import type { Sleep } from './prepare-table.ts';

/** Maximum time to wait for an export or import in progress. */
const ENDED_WITHIN_MS = 40 * 60_000;
const POLL_MS = 15_000;

/**
 * Deletes tables of a run. First waits for exports and imports in progress: DynamoDB would write objects after the
 * cleanup, and cannot delete a table that it is importing. Disables PITR first, because DynamoDB otherwise keeps a
 * backup of a deleted table for 35 days.
 *
 * @throws errors of DynamoDB, after it tried to delete every table
 */
export async function deleteTables(client: DynamoDBClient, names: readonly string[], sleep: Sleep): Promise<void> {
  const failures: unknown[] = [];
  for (const TableName of names) {
    try {
      const arn = await arnOf(client, TableName);
      if (arn === undefined) continue;
      await waitForWork(client, arn, sleep);
      await disableRecovery(client, TableName);
      await client.send(new DeleteTableCommand({ TableName }));
      await waitUntilTableNotExists({ client, maxWaitTime: 600, minDelay: 1, maxDelay: 5 }, { TableName });
    } catch (error) {
      failures.push(error);
    }
  }
  if (failures.length > 0) throw new AggregateError(failures, `cannot delete ${failures.length} tables`);
}

async function arnOf(client: DynamoDBClient, TableName: string): Promise<string | undefined> {
  try {
    return (await client.send(new DescribeTableCommand({ TableName }))).Table?.TableArn;
  } catch (error) {
    if (error instanceof DynamoDBServiceException && error.name === 'ResourceNotFoundException') return undefined;
    throw error;
  }
}

async function waitForWork(client: DynamoDBClient, TableArn: string, sleep: Sleep): Promise<void> {
  for (let waited = 0; await hasWork(client, TableArn); waited += POLL_MS) {
    if (waited >= ENDED_WITHIN_MS) throw new Error(`${TableArn} still has an export or import in progress`);
    await sleep(POLL_MS);
  }
}

async function hasWork(client: DynamoDBClient, TableArn: string): Promise<boolean> {
  for await (const { ImportSummaryList = [] } of paginateListImports({ client }, { TableArn })) {
    if (ImportSummaryList.some(({ ImportStatus }) => ImportStatus === 'IN_PROGRESS')) return true;
  }
  return (await exportsOf(client, TableArn)).some(({ ExportStatus }) => ExportStatus === 'IN_PROGRESS');
}

/** Returns the descriptions of all exports of a table. */
export async function exportsOf(client: DynamoDBClient, TableArn: string) {
  const descriptions = [];
  for await (const { ExportSummaries = [] } of paginateListExports({ client }, { TableArn })) {
    for (const { ExportArn } of ExportSummaries) {
      const { ExportDescription } = await client.send(new DescribeExportCommand({ ExportArn }));
      if (ExportDescription) descriptions.push(ExportDescription);
    }
  }
  return descriptions;
}

/** A restored table has PITR if the copied table has it. */
async function disableRecovery(client: DynamoDBClient, TableName: string): Promise<void> {
  const PointInTimeRecoverySpecification = { PointInTimeRecoveryEnabled: false };
  await client.send(new UpdateContinuousBackupsCommand({ TableName, PointInTimeRecoverySpecification }));
}

/**
 * Deletes all objects, their versions, and multipart uploads below a prefix that ends with a slash.
 *
 * @returns the number of objects and versions that were deleted
 * @throws errors of S3, or if objects remain
 */
export async function deleteObjects(client: S3Client, Bucket: string, Prefix: string): Promise<number> {
  const { Uploads = [] } = await client.send(new ListMultipartUploadsCommand({ Bucket, Prefix }));
  for (const { Key, UploadId } of Uploads) {
    await client.send(new AbortMultipartUploadCommand({ Bucket, Key, UploadId }));
  }
  const found = await versionsBelow(client, Bucket, Prefix);
  for (const { Key, VersionId } of found) await client.send(new DeleteObjectCommand({ Bucket, Key, VersionId }));
  const remaining = await versionsBelow(client, Bucket, Prefix);
  if (remaining.length > 0) throw new Error(`${remaining.length} objects remain below s3://${Bucket}/${Prefix}`);
  return found.length;
}

async function versionsBelow(client: S3Client, Bucket: string, Prefix: string) {
  const found = [];
  let next: { readonly KeyMarker: string | undefined; readonly VersionIdMarker: string | undefined } | undefined;
  do {
    const page = await client.send(new ListObjectVersionsCommand({ Bucket, Prefix, ...next }));
    for (const { Key, VersionId } of [...(page.Versions ?? []), ...(page.DeleteMarkers ?? [])]) {
      found.push({ Key, VersionId });
    }
    next = page.IsTruncated ? { KeyMarker: page.NextKeyMarker, VersionIdMarker: page.NextVersionIdMarker } : undefined;
  } while (next !== undefined);
  return found;
}
