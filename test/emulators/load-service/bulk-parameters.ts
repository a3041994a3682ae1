import { type Constraints, conforming } from '../dynamodb-service/constraints.ts';
import { invalid } from '../dynamodb-service/responses.ts';
import { BUCKET, COMPRESSION } from './import-parameters.ts';
import type { InputCompression, InputFormat } from './load-lines.ts';

/** Parameters of StartBulkPutItems as sent. */
export interface BulkParameters {
  readonly ClientToken: string;
  readonly InputS3Configuration: {
    readonly S3BucketOwner?: string;
    readonly S3Bucket: string;
    readonly S3KeyPrefix?: string;
    readonly InputFormat: InputFormat;
    readonly InputCompressionType?: InputCompression;
  };
  readonly OutputS3Configuration: {
    readonly S3BucketOwner?: string;
    readonly S3Bucket: string;
    readonly S3KeyPrefix?: string;
    readonly S3SseAlgorithm?: 'AES256' | 'KMS';
    readonly S3SseKmsKeyId?: string;
    readonly OutputType: readonly string[];
  };
  readonly TableName: string;
  readonly MaxWriteRequestUnits?: number;
  readonly PerformanceTier?: 'STANDARD' | 'ACCELERATED';
}

/**
 * https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_StartBulkPutItems.html
 *
 * The reference of OutputS3Configuration says that its S3Bucket is required, although its list of members and the SDK
 * say that it is not. So a request without it is rejected here.
 */
const MODEL: Constraints = {
  ClientToken: { type: 'string', required: true, pattern: '^[^\\$]+$' },
  InputS3Configuration: {
    type: 'object',
    required: true,
    members: {
      ...BUCKET,
      InputFormat: { type: 'string', required: true, values: ['ION', 'DYNAMODB_JSON'] },
      InputCompressionType: COMPRESSION,
    },
  },
  OutputS3Configuration: {
    type: 'object',
    required: true,
    members: {
      ...BUCKET,
      S3SseAlgorithm: { type: 'string', values: ['KMS', 'AES256'] },
      S3SseKmsKeyId: { type: 'string', min: 1, max: 2048 },
      OutputType: {
        type: 'list',
        required: true,
        min: 1,
        elements: { type: 'string', values: ['ERROR', 'CONDITION_CHECK_FAILURE'] },
      },
    },
  },
  TableName: { type: 'string', required: true, min: 1, max: 1024 },
  MaxWriteRequestUnits: { type: 'number', min: 1_024 },
  PerformanceTier: { type: 'string', values: ['STANDARD', 'ACCELERATED'] },
};

/** Makes all checks that do not depend on a table or a bucket. */
export function bulkParameters(sent: Readonly<Record<string, unknown>>): BulkParameters {
  const parameters = conforming<BulkParameters>(sent, MODEL);
  const { S3SseAlgorithm, S3SseKmsKeyId } = parameters.OutputS3Configuration;
  if (S3SseKmsKeyId !== undefined && S3SseAlgorithm !== 'KMS') {
    // The text is that of exports; it is not known for this operation.
    throw invalid('Invalid Request: KMS Key Id is not supported for this encryption type');
  }
  return parameters;
}
