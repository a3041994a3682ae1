import { type Constraints, conforming } from '../dynamodb-service/constraints.ts';
import { invalid } from '../dynamodb-service/responses.ts';

export type ExportFormat = 'DYNAMODB_JSON' | 'ION';
export type ExportType = 'FULL_EXPORT' | 'INCREMENTAL_EXPORT';
export type ExportViewType = 'NEW_AND_OLD_IMAGES' | 'NEW_IMAGE';

/** Filter of an export. The members have the same names and meanings as in Query. */
export interface FilterSpecification {
  readonly KeyConditionExpression?: string;
  readonly FilterExpression?: string;
  readonly ProjectionExpression?: string;
  readonly ExpressionAttributeNames?: Readonly<Record<string, string>>;
  readonly ExpressionAttributeValues?: Readonly<Record<string, unknown>>;
}

/** Parameters of ExportTableToPointInTime as sent. Times are seconds since the epoch. */
export interface ExportParameters {
  readonly TableArn: string;
  readonly S3Bucket: string;
  readonly S3BucketOwner?: string;
  readonly S3Prefix?: string;
  readonly S3SseAlgorithm?: 'AES256' | 'KMS';
  readonly S3SseKmsKeyId?: string;
  readonly ExportFormat?: ExportFormat;
  readonly ExportType?: ExportType;
  readonly ExportTime?: number;
  readonly IncrementalExportSpecification?: {
    readonly ExportFromTime?: number;
    readonly ExportToTime?: number;
    readonly ExportViewType?: ExportViewType;
  };
  readonly FilterSpecification?: FilterSpecification;
  readonly ClientToken?: string;
}

const MODEL: Constraints = {
  TableArn: { type: 'string', required: true, min: 1, max: 1024 },
  S3Bucket: { type: 'string', required: true, max: 255, pattern: '^[a-z0-9A-Z]+[\\.\\-\\w]*[a-z0-9A-Z]+$' },
  S3BucketOwner: { type: 'string', pattern: '[0-9]{12}' },
  S3Prefix: { type: 'string', min: 1, max: 1024 },
  S3SseAlgorithm: { type: 'string', values: ['KMS', 'AES256'] },
  S3SseKmsKeyId: { type: 'string', min: 1, max: 2048 },
  ExportFormat: { type: 'string', values: ['ION', 'DYNAMODB_JSON'] },
  ExportType: { type: 'string', values: ['INCREMENTAL_EXPORT', 'FULL_EXPORT'] },
  ExportTime: { type: 'number' },
  IncrementalExportSpecification: {
    type: 'object',
    members: {
      ExportFromTime: { type: 'number' },
      ExportToTime: { type: 'number' },
      ExportViewType: { type: 'string', values: ['NEW_IMAGE', 'NEW_AND_OLD_IMAGES'] },
    },
  },
  FilterSpecification: {
    type: 'object',
    members: {
      KeyConditionExpression: { type: 'string' },
      FilterExpression: { type: 'string' },
      ProjectionExpression: { type: 'string' },
      ExpressionAttributeNames: { type: 'object' },
      ExpressionAttributeValues: { type: 'object' },
    },
  },
  ClientToken: { type: 'string', pattern: '^[^\\$]+$' },
};

/**
 * Makes all checks that do not depend on a table: first of each parameter, then of their combination.
 */
export function exportParameters(sent: Readonly<Record<string, unknown>>): ExportParameters {
  const parameters = conforming<ExportParameters>(sent, MODEL);
  checkType(parameters);
  checkEncryption(parameters);
  const filter = parameters.FilterSpecification;
  if (filter !== undefined && Object.keys(filter).length === 0) {
    throw invalid('Invalid Request: Invalid FilterSpecification: The specification can not be empty');
  }
  return parameters;
}

function checkType({ ExportType, IncrementalExportSpecification: specification }: ExportParameters): void {
  if (ExportType === 'INCREMENTAL_EXPORT') {
    if (specification === undefined) {
      throw invalid(
        'Invalid Request: Incremental Export Specification expected when export type is set as Incremental Export',
      );
    }
    if (specification.ExportFromTime === undefined) {
      throw invalid('Invalid Request: ExportFromTime must be provided in IncrementalExportSpecification');
    }
  } else if (specification !== undefined) {
    throw invalid(
      ExportType === undefined
        ? 'Invalid Request: Export Type expected to be Incremental Export when incremental export specification is provided'
        : 'Invalid Request: When Export Type is Full Export , Incremental Export Specification should not be provided',
    );
  }
}

/** The pattern of AWS is unknown. AWS rejects a key with spaces and accepts IDs, aliases and ARNs. */
const KEY = /^[-:/\w]+$/;

function checkEncryption({ S3SseAlgorithm, S3SseKmsKeyId }: ExportParameters): void {
  if (S3SseKmsKeyId === undefined) {
    return;
  }
  if (S3SseAlgorithm !== 'KMS') {
    throw invalid('Invalid Request: KMS Key Id is not supported for this encryption type');
  }
  if (!KEY.test(S3SseKmsKeyId)) {
    throw invalid(
      `Invalid Request: 1 validation error detected: Value '${S3SseKmsKeyId}' at 's3SseKmsKeyId' failed to satisfy constraint: Member must satisfy regular expression pattern: ${KEY.source}`,
    );
  }
}
