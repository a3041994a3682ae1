import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { type ExportSetting, openExportSetting, refusal } from '../../emulators/export-service/export-calls.ts';

let setting: ExportSetting;
before(async () => {
  setting = await openExportSetting();
});
after(() => setting[Symbol.asyncDispose]());

const MINUTE = 60;
const HOUR = 60 * MINUTE;
const seconds = (ago: number): number => setting.service.clock.now() / 1_000 - ago;
const iso = (time: number): string => new Date(time * 1_000).toISOString().replace(/\.\d{3}Z/, 'Z');
const periodOf = (from: number | undefined, to?: number, more: object = {}): object => ({
  ExportType: 'INCREMENTAL_EXPORT',
  IncrementalExportSpecification: { ExportFromTime: from, ExportToTime: to, ...more },
});

const ACCEPTED: readonly { readonly what: string; readonly change: () => object }[] = [
  { what: 'only a table and a bucket', change: () => ({}) },
  { what: 'an unknown parameter', change: () => ({ DefinitelyNotAMember: 1 }) },
  { what: 'a bucket name in upper case', change: () => ({ S3Bucket: 'UPPER-CASE' }) },
  { what: 'S3SseAlgorithm KMS without a key', change: () => ({ S3SseAlgorithm: 'KMS' }) },
  { what: 'an ExportTime an hour ago', change: () => ({ ExportTime: seconds(HOUR) }) },
  { what: 'a period of 15 minutes without an end', change: () => periodOf(seconds(15 * MINUTE + 2)) },
  { what: 'a period of 24 hours', change: () => periodOf(seconds(25 * HOUR), seconds(HOUR)) },
];

for (const { what, change } of ACCEPTED) {
  test(`the emulated ExportTableToPointInTime accepts ${what}`, async () => {
    const count = setting.service.exports().length;
    assert.equal(await refusal(setting.service, 'ExportTableToPointInTime', setting.request(change())), '200');
    assert.equal(setting.service.exports().length, count + 1);
  });
}

const REJECTED: readonly { readonly what: string; readonly change: () => object; readonly message: string }[] = [
  {
    what: 'a request without bucket and table',
    change: () => ({ TableArn: undefined, S3Bucket: undefined }),
    message:
      "ValidationException: 2 validation errors detected: Value null at 'tableArn' failed to satisfy constraint: Member must not be null; Value null at 's3Bucket' failed to satisfy constraint: Member must not be null",
  },
  {
    what: 'a bucket ARN instead of a bucket name',
    change: () => ({ S3Bucket: 'arn:aws:s3:::backups' }),
    message:
      "ValidationException: 1 validation error detected: Value 'arn:aws:s3:::backups' at 's3Bucket' failed to satisfy constraint: Member must satisfy regular expression pattern: ^[a-z0-9A-Z]+[\\.\\-\\w]*[a-z0-9A-Z]+$",
  },
  {
    what: 'an S3BucketOwner that is not an account ID',
    change: () => ({ S3BucketOwner: 'not-an-account' }),
    message:
      "ValidationException: 1 validation error detected: Value 'not-an-account' at 's3BucketOwner' failed to satisfy constraint: Member must satisfy regular expression pattern: [0-9]{12}",
  },
  {
    what: 'an empty prefix',
    change: () => ({ S3Prefix: '' }),
    message:
      "ValidationException: 1 validation error detected: Value '' at 's3Prefix' failed to satisfy constraint: Member must have length greater than or equal to 1",
  },
  {
    what: 'an unknown format',
    change: () => ({ ExportFormat: 'QWERTY' }),
    message:
      "ValidationException: 1 validation error detected: Value 'QWERTY' at 'exportFormat' failed to satisfy constraint: Member must satisfy enum value set: [ION, DYNAMODB_JSON]",
  },
  {
    what: 'the S3 name of the encryption algorithm',
    change: () => ({ S3SseAlgorithm: 'aws:kms' }),
    message:
      "ValidationException: 1 validation error detected: Value 'aws:kms' at 's3SseAlgorithm' failed to satisfy constraint: Member must satisfy enum value set: [KMS, AES256]",
  },
  {
    what: 'a view type that exists only in the documentation',
    change: () => periodOf(seconds(HOUR), undefined, { ExportViewType: 'NEW_IMAGES' }),
    message:
      "ValidationException: 1 validation error detected: Value 'NEW_IMAGES' at 'incrementalExportSpecification.exportViewType' failed to satisfy constraint: Member must satisfy enum value set: [NEW_IMAGE, NEW_AND_OLD_IMAGES]",
  },
  {
    what: 'a time as a string',
    change: () => ({ ExportTime: '2026-01-01T00:00:00Z' }),
    message: 'SerializationException: STRING_VALUE can not be converted to Number',
  },
  {
    what: 'an empty ClientToken',
    change: () => ({ ClientToken: '' }),
    message:
      "ValidationException: 1 validation error detected: Value '' at 'clientToken' failed to satisfy constraint: Member must satisfy regular expression pattern: ^[^\\$]+$",
  },
  {
    what: 'a KMS key without S3SseAlgorithm KMS',
    change: () => ({ S3SseKmsKeyId: 'alias/aws/s3' }),
    message: 'ValidationException: Invalid Request: KMS Key Id is not supported for this encryption type',
  },
  {
    what: 'an invalid KMS key ID',
    change: () => ({ S3SseAlgorithm: 'KMS', S3SseKmsKeyId: 'not a key' }),
    message:
      "ValidationException: Invalid Request: 1 validation error detected: Value 'not a key' at 's3SseKmsKeyId' failed to satisfy constraint: Member must satisfy regular expression pattern: ^[-:/\\w]+$",
  },
  {
    what: 'an empty filter',
    change: () => ({ FilterSpecification: {} }),
    message: 'ValidationException: Invalid Request: Invalid FilterSpecification: The specification can not be empty',
  },
  {
    what: 'a period without ExportType',
    change: () => ({ IncrementalExportSpecification: { ExportFromTime: seconds(HOUR) } }),
    message:
      'ValidationException: Invalid Request: Export Type expected to be Incremental Export when incremental export specification is provided',
  },
  {
    what: 'a period for a full export',
    change: () => ({ ExportType: 'FULL_EXPORT', IncrementalExportSpecification: {} }),
    message:
      'ValidationException: Invalid Request: When Export Type is Full Export , Incremental Export Specification should not be provided',
  },
  {
    what: 'an incremental export without a period',
    change: () => ({ ExportType: 'INCREMENTAL_EXPORT' }),
    message:
      'ValidationException: Invalid Request: Incremental Export Specification expected when export type is set as Incremental Export',
  },
  {
    what: 'a period without a start',
    change: () => periodOf(undefined, seconds(0)),
    message: 'ValidationException: Invalid Request: ExportFromTime must be provided in IncrementalExportSpecification',
  },
  {
    what: 'a table name instead of an ARN',
    change: () => ({ TableArn: setting.table }),
    message: 'ValidationException: One or more parameter values were invalid: tableArn is not a valid ARN',
  },
  {
    what: 'the ARN of an index',
    change: () => ({ TableArn: `${setting.service.tableArn(setting.table)}/index/by-date` }),
    message: 'ValidationException: Invalid Request: Table ARN is invalid.',
  },
  {
    what: 'a table of another account',
    change: () => ({ TableArn: `arn:aws:dynamodb:us-east-1:210987654321:table/${setting.table}` }),
    message: 'AccessDeniedException: Access is denied',
  },
  {
    what: 'a table that does not exist',
    change: () => ({ TableArn: setting.service.tableArn('nobody') }),
    message: 'TableNotFoundException: Table not found: arn:aws:dynamodb:us-east-1:123456789012:table/nobody',
  },
  {
    what: 'an ExportTime after the latest restorable time',
    change: () => ({ ExportTime: seconds(1) }),
    message: 'InvalidExportTimeException: Point in Time Recovery is not available for specified export time',
  },
  {
    what: 'an ExportTime in the future',
    change: () => ({ ExportTime: seconds(-5) }),
    message: 'InvalidExportTimeException: Export Time is invalid',
  },
  {
    what: 'an ExportTime before the earliest restorable time',
    change: () => ({ ExportTime: seconds(49 * HOUR) }),
    message: 'InvalidExportTimeException: Export Time is invalid',
  },
  {
    what: 'a negative ExportTime',
    change: () => ({ ExportTime: -1 }),
    message: 'InvalidExportTimeException: Export Time is invalid',
  },
  {
    what: 'a period that starts before the earliest restorable time',
    change: () => periodOf(1_700_000_000, seconds(-HOUR)),
    message: `InvalidExportTimeException: Incremental export period from time cannot be less than the table creation time : ${iso(1_700_000_000)}`,
  },
  {
    what: 'a short period that ends in the future',
    change: () => periodOf(seconds(MINUTE), 4_000_000_000),
    message: `InvalidExportTimeException: Incremental export period to time cannot be greater than the current time : ${iso(4_000_000_000)}`,
  },
  {
    what: 'a period that ends before it starts',
    change: () => periodOf(seconds(HOUR), seconds(2 * HOUR)),
    message:
      'InvalidExportTimeException: Incremental export period from time should not be greater or equal to incremental export period to time',
  },
  {
    what: 'a period of less than 15 minutes',
    change: () => periodOf(seconds(14 * MINUTE)),
    message:
      'InvalidExportTimeException: Difference between export period from time and export period to time is less than 15 minutes',
  },
  {
    what: 'a period of more than 24 hours',
    change: () => periodOf(seconds(26 * HOUR), seconds(HOUR)),
    message:
      'InvalidExportTimeException: Difference between export period from time and export period to time is greater than 24 hours',
  },
];

async function assertRejected(change: object, message: string): Promise<void> {
  const count = setting.service.exports().length;
  assert.equal(await refusal(setting.service, 'ExportTableToPointInTime', setting.request(change)), message);
  assert.equal(setting.service.exports().length, count);
}

for (const { what, change, message } of REJECTED) {
  test(`the emulated ExportTableToPointInTime rejects ${what}`, () => assertRejected(change(), message));
}

test('the emulated ExportTableToPointInTime rejects the ARN of a table with another Region', async () => {
  const TableArn = `arn:aws:dynamodb:eu-west-1:123456789012:table/${setting.table}`;
  await assertRejected({ TableArn }, `TableNotFoundException: Table not found: ${TableArn}`);
});
