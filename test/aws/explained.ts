import './shorter-waits.ts';
import assert from 'node:assert/strict';
import test from 'node:test';
import {
  BatchWriteItemCommand,
  CreateTableCommand,
  DescribeTableCommand,
  ExportTableToPointInTimeCommand,
  ListTablesCommand,
  ScanCommand,
  UpdateContinuousBackupsCommand,
} from '@aws-sdk/client-dynamodb';
import {
  CreateMultipartUploadCommand,
  GetObjectCommand,
  HeadBucketCommand,
  PutObjectCommand,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import type { ErrorContext } from '../../src/aws/aws-error.ts';
import { explainError } from '../../src/aws/explain-error.ts';
import type { CopyError, ErrorCode } from '../../src/errors.ts';
import { clientOfBucket, clientOfTable, hurry } from './clients-for-tests.ts';
import { type Reply, startScriptedServer } from './scripted-server.ts';

export const SUBJECT: ErrorContext = {
  table: { name: 'Orders' },
  bucket: 'backups',
  sourceRegion: 'eu-west-1',
  destRegion: 'eu-west-3',
};
export const ROLE = 'arn:aws:sts::123456789012:assumed-role/backup/GitHubActions';

const CALLS = {
  BatchWriteItem: new BatchWriteItemCommand({ RequestItems: { Orders: [] } }),
  CreateTable: new CreateTableCommand({ TableName: 'Orders', KeySchema: [], AttributeDefinitions: [] }),
  DescribeTable: new DescribeTableCommand({ TableName: 'Orders' }),
  ListTables: new ListTablesCommand(),
  Scan: new ScanCommand({ TableName: 'Orders' }),
  ExportTableToPointInTime: new ExportTableToPointInTimeCommand({ TableArn: 'PRIVATE', S3Bucket: 'backups' }),
  UpdateContinuousBackups: new UpdateContinuousBackupsCommand({
    TableName: 'Orders',
    PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
  }),
  GetObject: new GetObjectCommand({ Bucket: 'backups', Key: 'PRIVATE/key' }),
  HeadBucket: new HeadBucketCommand({ Bucket: 'backups' }),
  PutObject: new PutObjectCommand({ Bucket: 'backups', Key: 'PRIVATE/key', Body: 'x' }),
  CreateMultipartUpload: new CreateMultipartUploadCommand({ Bucket: 'backups', Key: 'PRIVATE/key' }),
  UploadPart: new UploadPartCommand({ Bucket: 'backups', Key: 'PRIVATE', UploadId: 'u', PartNumber: 1, Body: 'x' }),
} as const;

type Operation = keyof typeof CALLS;

/** Returns the error that a client of the Action throws for the response of the server at `endpoint`. */
export async function failureAt(endpoint: string, operation: Operation): Promise<unknown> {
  using table = clientOfTable(endpoint);
  using bucket = clientOfBucket(endpoint);
  hurry(table);
  hurry(bucket);
  try {
    switch (operation) {
      case 'CreateTable':
        await table.send(CALLS.CreateTable);
        break;
      case 'DescribeTable':
        await table.send(CALLS.DescribeTable);
        break;
      case 'ListTables':
        await table.send(CALLS.ListTables);
        break;
      case 'Scan':
        await table.send(CALLS.Scan);
        break;
      case 'ExportTableToPointInTime':
        await table.send(CALLS.ExportTableToPointInTime);
        break;
      case 'UpdateContinuousBackups':
        await table.send(CALLS.UpdateContinuousBackups);
        break;
      case 'BatchWriteItem':
        await table.send(CALLS.BatchWriteItem);
        break;
      case 'GetObject':
        await bucket.send(CALLS.GetObject);
        break;
      case 'HeadBucket':
        await bucket.send(CALLS.HeadBucket);
        break;
      case 'PutObject':
        await bucket.send(CALLS.PutObject);
        break;
      case 'CreateMultipartUpload':
        await bucket.send(CALLS.CreateMultipartUpload);
        break;
      case 'UploadPart':
        await bucket.send(CALLS.UploadPart);
    }
  } catch (error) {
    return error;
  }
  assert.fail('the request did not fail');
}

/** Returns the explained error for a response of the server. */
export async function explained(
  operation: Operation,
  reply: Reply,
  subject: ErrorContext | undefined = SUBJECT,
): Promise<CopyError> {
  await using server = await startScriptedServer(() => reply);
  const error = await failureAt(server.endpoint, operation);
  const result = explainError(error, subject);
  assert.equal(result.cause, error);
  return result;
}

export interface Case {
  readonly operation: Operation;
  readonly reply: Reply;
  readonly code: ErrorCode;
  /** Patterns that the message or the remedy must match */
  readonly mentions?: readonly RegExp[];
  /** Pattern that neither may match */
  readonly omits?: RegExp;
}

export const coral = 'com.amazon.coral.service#';
export const denial = (action: string, resource: string, why: string) =>
  `User: ${ROLE} is not authorized to perform: ${action} on resource: ${resource} because ${why}`;
export const noPolicy = (action: string) => `no identity-based policy allows the ${action} action`;

/** Defines one test per case: the code, the patterns, and that the texts contain nothing marked as PRIVATE. */
export function testCases(cases: Readonly<Record<string, Case>>): void {
  for (const [name, { operation, reply, code, mentions = [], omits }] of Object.entries(cases)) {
    test(`${code} is reported for ${name}`, async () => {
      const error = await explained(operation, reply);
      const text = `${error.message} ${error.remedy}`;
      assert.equal(error.code, code, text);
      for (const pattern of mentions) assert.match(text, pattern);
      assert.doesNotMatch(text, /PRIVATE/);
      if (omits) assert.doesNotMatch(text, omits);
      // The message and the remedy are one line each, without a stack trace.
      assert.match(error.message, /^[^\n]+\.$/);
      assert.match(error.remedy, /^[A-Z`][^\n]+\.$/);
    });
  }
}
