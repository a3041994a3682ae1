import { ExportType, ExportViewType, type FilterSpecification, S3SseAlgorithm } from '@aws-sdk/client-dynamodb';
import type { ExportParameters, IncrementalWindow } from '../export/export-parameters.ts';
import type { InputTime } from '../export/input-time.ts';
import { readExpressions } from './expressions.ts';
import { ParameterReader } from './parameter-reader.ts';
import { INPUT_TIME_ALLOWED, parseInputTime } from './parse-input-time.ts';
import type { InputProblems } from './problems.ts';
import { type SourceMapping, SourceNumber } from './source-value.ts';

/**
 * Reads and validates the parameters of the export. DynamoDB ignores unknown names, so a misspelled name would go
 * unnoticed. It is reported as a problem here.
 *
 * https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_ExportTableToPointInTime.html
 */
export function readExportParameters(mapping: SourceMapping, problems: InputProblems): ExportParameters {
  const reader = new ParameterReader(mapping, problems);
  reader.rejectUnknown(SUPPORTED, UNSUPPORTED);
  const ClientToken = readClientToken(reader);
  const window = readWindow(reader);
  const type = reader.choice('ExportType', Object.values(ExportType));
  checkType(reader, type, window);
  const filter = readFilter(reader);
  const bucketOwner = readOwner(reader);
  const sseAlgorithm = reader.choice('S3SseAlgorithm', Object.values(S3SseAlgorithm));
  const sseKmsKeyId = reader.text('S3SseKmsKeyId');
  if (sseKmsKeyId !== undefined && sseAlgorithm !== 'KMS') {
    reader.problems.at('S3SseKmsKeyId').add('requires S3SseAlgorithm: KMS');
  }
  return {
    request: {
      ...(ClientToken !== undefined && { ClientToken }),
      ...(type !== undefined && { ExportType: type }),
      ...(filter && { FilterSpecification: filter }),
    },
    ...(window && { window }),
    ...(bucketOwner !== undefined && { bucketOwner }),
    ...(sseAlgorithm !== undefined && { sseAlgorithm }),
    ...(sseKmsKeyId !== undefined && { sseKmsKeyId }),
  };
}

const SUPPORTED = [
  'ExportType',
  'IncrementalExportSpecification',
  'FilterSpecification',
  'S3BucketOwner',
  'S3SseAlgorithm',
  'S3SseKmsKeyId',
  'ClientToken',
];

const UNSUPPORTED: ReadonlyMap<string, string> = new Map([
  ['TableArn', 'cannot be set here. Use the input dynamodb-table-name'],
  ['S3Bucket', 'cannot be set here. Use the input s3-bucket-name'],
  ['S3Prefix', 'cannot be set here. Use the input s3-key-prefix'],
  ['ExportFormat', 'cannot be set here. Use the input export-format'],
  ['ExportTime', 'cannot be set here. Use the input export-time'],
]);

function readClientToken(reader: ParameterReader): string | undefined {
  const token = reader.text('ClientToken');
  if (token?.includes('$')) reader.problems.at('ClientToken').add('must not contain $');
  return token;
}

function readOwner(reader: ParameterReader): string | undefined {
  const owner = reader.text('S3BucketOwner');
  if (owner !== undefined && !/^\d{12}$/.test(owner)) {
    reader.problems.at('S3BucketOwner').add('must be a 12-digit account ID in quotes');
  }
  return owner;
}

function readWindow(reader: ParameterReader): IncrementalWindow | undefined {
  const name = 'IncrementalExportSpecification';
  const mapping = reader.map(name);
  if (!mapping) return undefined;
  const inner = new ParameterReader(mapping, reader.problems.at(name));
  inner.rejectUnknown(['ExportFromTime', 'ExportToTime', 'ExportViewType'], new Map());
  if (!inner.has('ExportFromTime')) {
    inner.problems.at('ExportFromTime').add(`is required. Use last, or ${INPUT_TIME_ALLOWED}`);
  }
  return {
    from: readInputTime(inner, 'ExportFromTime', 'last') ?? 'last',
    to: readInputTime(inner, 'ExportToTime'),
    viewType: inner.choice('ExportViewType', Object.values(ExportViewType)),
  };
}

function readInputTime(reader: ParameterReader, name: string): InputTime | undefined;

function readInputTime(reader: ParameterReader, name: string, orLast: 'last'): InputTime | 'last' | undefined;

function readInputTime(reader: ParameterReader, name: string, orLast?: 'last'): InputTime | 'last' | undefined {
  const value = reader.value(name);
  if (value === undefined) return undefined;
  const text = value instanceof SourceNumber ? value.text : typeof value === 'string' ? value.trim() : '';
  if (orLast !== undefined && text === orLast) return orLast;
  const inputTime = parseInputTime(text);
  if (!inputTime) reader.problems.at(name).add(`must be ${orLast ? `${orLast}, or ` : ''}${INPUT_TIME_ALLOWED}`);
  return inputTime;
}

function checkType(reader: ParameterReader, type: ExportType | undefined, window: IncrementalWindow | undefined): void {
  if (window && type !== 'INCREMENTAL_EXPORT') {
    reader.problems.at('IncrementalExportSpecification').add('requires ExportType: INCREMENTAL_EXPORT');
  }
  if (!reader.has('IncrementalExportSpecification') && type === 'INCREMENTAL_EXPORT') {
    reader.problems.at('ExportType').add('INCREMENTAL_EXPORT requires IncrementalExportSpecification');
  }
}

function readFilter(reader: ParameterReader): FilterSpecification | undefined {
  const name = 'FilterSpecification';
  const mapping = reader.map(name);
  if (!mapping) return undefined;
  const inner = new ParameterReader(mapping, reader.problems.at(name));
  inner.rejectUnknown(
    [
      'KeyConditionExpression',
      'FilterExpression',
      'ProjectionExpression',
      'ExpressionAttributeNames',
      'ExpressionAttributeValues',
    ],
    new Map(),
  );
  if (mapping.size === 0) inner.problems.add('must not be empty. Leave it out to export all items');
  return readExpressions(inner, ['KeyConditionExpression', 'FilterExpression']);
}
