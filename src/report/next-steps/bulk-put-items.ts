import type { StartBulkPutItemsInput } from '@aws-sdk/client-dynamodb';
import { COMPRESSION_TYPES } from '../../restore/compression-types.ts';
import { isLoadable, restoredTableName } from './loadable.ts';
import type { SuggestNextStep } from './next-step.ts';
import { jsonArgument, quoteForShell, shellCommand } from './shell.ts';

/**
 * Loads the items into an existing table. The copy may be a subset of a table, but its items must be complete.
 *
 * https://docs.aws.amazon.com/cli/latest/reference/dynamodb/start-bulk-put-items.html
 */
export const bulkPutItems: SuggestNextStep = (copy) => {
  if (!copy.hasWholeItems || !isLoadable(copy)) return undefined;
  const { region, bucket, bucketOwner, data, root, format, compression } = copy;
  const owner = bucketOwner !== undefined && { S3BucketOwner: bucketOwner };
  const input = {
    ...owner,
    S3Bucket: bucket,
    S3KeyPrefix: data,
    InputFormat: format,
    InputCompressionType: COMPRESSION_TYPES[compression],
  } satisfies StartBulkPutItemsInput['InputS3Configuration'];
  const output = {
    ...owner,
    S3Bucket: bucket,
    S3KeyPrefix: `${root}bulk-put-errors/`,
    OutputType: ['ERROR'],
  } satisfies StartBulkPutItemsInput['OutputS3Configuration'];
  return {
    title: 'Load the items into an existing table',
    language: 'sh',
    code: shellCommand('aws dynamodb start-bulk-put-items', [
      ['--region', region],
      ['--table-name', quoteForShell(restoredTableName(copy))],
      ['--input-s3-configuration', jsonArgument(input)],
      ['--output-s3-configuration', jsonArgument(output)],
    ]),
    note: 'Existing items with the same key are overwritten. Global tables are not supported. A recent AWS CLI is required.',
  };
};
