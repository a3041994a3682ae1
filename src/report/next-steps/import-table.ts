import type { ImportTableInput, TableDescription } from '@aws-sdk/client-dynamodb';
import { COMPRESSION_TYPES } from '../../restore/compression-types.ts';
import { isLoadable, restoredTableName } from './loadable.ts';
import type { SuggestNextStep } from './next-step.ts';
import { jsonArgument, shellCommand } from './shell.ts';

/**
 * Restores a complete table as a new table with the same keys and global secondary indexes.
 *
 * https://docs.aws.amazon.com/cli/latest/reference/dynamodb/import-table.html
 */
export const importTable: SuggestNextStep = (copy) => {
  const { table, region, bucket, bucketOwner, data, format, compression } = copy;
  if (copy.scope !== 'table' || !isLoadable(copy) || !table.KeySchema?.length) return undefined;
  const source = {
    ...(bucketOwner !== undefined && { S3BucketOwner: bucketOwner }),
    S3Bucket: bucket,
    S3KeyPrefix: data,
  } satisfies ImportTableInput['S3BucketSource'];
  const notes = [
    'The new table uses on-demand capacity.',
    'Configure streams, time to live (TTL), tags, auto scaling and deletion protection again.',
    ...(table.LocalSecondaryIndexes?.length
      ? [
          'An import does not create local secondary indexes. If you need them, create the table yourself and load the items as shown below.',
        ]
      : []),
  ];
  return {
    title: 'Restore to a new table',
    language: 'sh',
    code: shellCommand('aws dynamodb import-table', [
      ['--region', region],
      ['--s3-bucket-source', jsonArgument(source)],
      ['--input-format', format],
      ['--input-compression-type', COMPRESSION_TYPES[compression]],
      ['--table-creation-parameters', jsonArgument(creationParameters(table, restoredTableName(copy)))],
    ]),
    note: notes.join(' '),
  };
};

function creationParameters(table: TableDescription, TableName: string): ImportTableInput['TableCreationParameters'] {
  const { KeySchema = [], AttributeDefinitions = [], GlobalSecondaryIndexes = [] } = table;
  const indexes = GlobalSecondaryIndexes.map(({ IndexName, KeySchema: keys, Projection }) => ({
    IndexName,
    KeySchema: keys,
    Projection,
  }));
  const keys = new Set(
    [...KeySchema, ...indexes.flatMap((index) => index.KeySchema ?? [])].map(({ AttributeName }) => AttributeName),
  );
  return {
    TableName,
    // DynamoDB rejects attributes that only local indexes use: every defined attribute must be a key of the table or an
    // index.
    AttributeDefinitions: AttributeDefinitions.filter(({ AttributeName }) => keys.has(AttributeName)),
    KeySchema,
    BillingMode: 'PAY_PER_REQUEST',
    ...(indexes.length > 0 && { GlobalSecondaryIndexes: indexes }),
  };
}
