import type { ImportTableInput, TableDescription } from '@aws-sdk/client-dynamodb';
import { COMPRESSION_TYPES, isLoadable, restoredName } from './loadable.ts';
import type { Offer } from './next-step.ts';
import { command, jsonWord } from './shell.ts';

/**
 * Restores a whole table as a new one, with its keys and global indexes.
 *
 * https://docs.aws.amazon.com/cli/latest/reference/dynamodb/import-table.html
 */
export const importTable: Offer = (copy) => {
  const { table, region, bucket, bucketOwner, data, format, compression } = copy;
  if (copy.scope !== 'table' || !isLoadable(copy) || !table.KeySchema?.length) return undefined;
  const source = {
    ...(bucketOwner !== undefined && { S3BucketOwner: bucketOwner }),
    S3Bucket: bucket,
    S3KeyPrefix: data,
  } satisfies ImportTableInput['S3BucketSource'];
  const left = [
    'It is made on demand.',
    'Streams, time to live, tags, auto scaling and deletion protection are to be set again.',
    ...(table.LocalSecondaryIndexes?.length
      ? ['An import makes no local indexes: where they are needed, create the table yourself and load it as below.']
      : []),
  ];
  return {
    title: 'Restore it as a new table',
    language: 'sh',
    code: command('aws dynamodb import-table', [
      ['--region', region],
      ['--s3-bucket-source', jsonWord(source)],
      ['--input-format', format],
      ['--input-compression-type', COMPRESSION_TYPES[compression]],
      ['--table-creation-parameters', jsonWord(creationParameters(table, restoredName(copy)))],
    ]),
    note: left.join(' '),
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
    // Those of local indexes alone would be refused: every attribute that is defined must be a key of something.
    AttributeDefinitions: AttributeDefinitions.filter(({ AttributeName }) => keys.has(AttributeName)),
    KeySchema,
    BillingMode: 'PAY_PER_REQUEST',
    ...(indexes.length > 0 && { GlobalSecondaryIndexes: indexes }),
  };
}
