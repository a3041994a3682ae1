import type { StartBulkPutItemsInput } from '@aws-sdk/client-dynamodb';
import { COMPRESSION_TYPES, isLoadable, restoredName } from './loadable.ts';
import type { Offer } from './next-step.ts';
import { command, jsonWord, shellWord } from './shell.ts';

/**
 * Loads the items into a table that exists already; a part of a table, too, as long as its items are whole.
 *
 * https://docs.aws.amazon.com/cli/latest/reference/dynamodb/start-bulk-put-items.html
 */
export const bulkPutItems: Offer = (copy) => {
  if (!copy.hasWholeItems || !isLoadable(copy)) return undefined;
  const { region, bucket, bucketOwner, data, beside, format, compression } = copy;
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
    S3KeyPrefix: `${beside}bulk-put-errors/`,
    OutputType: ['ERROR'],
  } satisfies StartBulkPutItemsInput['OutputS3Configuration'];
  return {
    title: 'Load its items into a table that exists',
    language: 'sh',
    code: command('aws dynamodb start-bulk-put-items', [
      ['--region', region],
      ['--table-name', shellWord(restoredName(copy))],
      ['--input-s3-configuration', jsonWord(input)],
      ['--output-s3-configuration', jsonWord(output)],
    ]),
    note: 'Items with the same keys are overwritten. Not for global tables; needs a current AWS CLI.',
  };
};
