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
const increment = (from: number | undefined, to?: number, more: object = {}): object => ({
  ExportType: 'INCREMENTAL_EXPORT',
  IncrementalExportSpecification: { ExportFromTime: from, ExportToTime: to, ...more },
});

/** What a request for an export, changed so, is answered with. */
const CASES: readonly {
  readonly what: string;
  readonly change: () => object;
  readonly expected: string | (() => string);
}[] = [
  { what: 'nothing but table and bucket', change: () => ({}), expected: '200' },
  { what: 'a parameter nobody knows', change: () => ({ DefinitelyNotAMember: 1 }), expected: '200' },
  {
    what: 'no bucket and no table',
    change: () => ({ TableArn: undefined, S3Bucket: undefined }),
    expected:
      "ValidationException: 2 validation errors detected: Value null at 'tableArn' failed to satisfy constraint: Member must not be null; Value null at 's3Bucket' failed to satisfy constraint: Member must not be null",
  },
  {
    what: 'a bucket as an ARN',
    change: () => ({ S3Bucket: 'arn:aws:s3:::backups' }),
    expected:
      "ValidationException: 1 validation error detected: Value 'arn:aws:s3:::backups' at 's3Bucket' failed to satisfy constraint: Member must satisfy regular expression pattern: ^[a-z0-9A-Z]+[\\.\\-\\w]*[a-z0-9A-Z]+$",
  },
  { what: 'a bucket in capitals', change: () => ({ S3Bucket: 'UPPER-CASE' }), expected: '200' },
  {
    what: 'an owner that is no account',
    change: () => ({ S3BucketOwner: 'not-an-account' }),
    expected:
      "ValidationException: 1 validation error detected: Value 'not-an-account' at 's3BucketOwner' failed to satisfy constraint: Member must satisfy regular expression pattern: [0-9]{12}",
  },
  {
    what: 'an empty prefix',
    change: () => ({ S3Prefix: '' }),
    expected:
      "ValidationException: 1 validation error detected: Value '' at 's3Prefix' failed to satisfy constraint: Member must have length greater than or equal to 1",
  },
  {
    what: 'an unknown format',
    change: () => ({ ExportFormat: 'QWERTY' }),
    expected:
      "ValidationException: 1 validation error detected: Value 'QWERTY' at 'exportFormat' failed to satisfy constraint: Member must satisfy enum value set: [ION, DYNAMODB_JSON]",
  },
  {
    what: 'an algorithm by the name S3 has for it',
    change: () => ({ S3SseAlgorithm: 'aws:kms' }),
    expected:
      "ValidationException: 1 validation error detected: Value 'aws:kms' at 's3SseAlgorithm' failed to satisfy constraint: Member must satisfy enum value set: [KMS, AES256]",
  },
  {
    what: 'a view that only the documentation knows',
    change: () => increment(seconds(HOUR), undefined, { ExportViewType: 'NEW_IMAGES' }),
    expected:
      "ValidationException: 1 validation error detected: Value 'NEW_IMAGES' at 'incrementalExportSpecification.exportViewType' failed to satisfy constraint: Member must satisfy enum value set: [NEW_IMAGE, NEW_AND_OLD_IMAGES]",
  },
  {
    what: 'a time as text',
    change: () => ({ ExportTime: '2026-01-01T00:00:00Z' }),
    expected: 'SerializationException: STRING_VALUE can not be converted to Number',
  },
  {
    what: 'an empty token',
    change: () => ({ ClientToken: '' }),
    expected:
      "ValidationException: 1 validation error detected: Value '' at 'clientToken' failed to satisfy constraint: Member must satisfy regular expression pattern: ^[^\\$]+$",
  },
  { what: 'KMS without a key', change: () => ({ S3SseAlgorithm: 'KMS' }), expected: '200' },
  {
    what: 'a key without KMS',
    change: () => ({ S3SseKmsKeyId: 'alias/aws/s3' }),
    expected: 'ValidationException: Invalid Request: KMS Key Id is not supported for this encryption type',
  },
  {
    what: 'a key that is none',
    change: () => ({ S3SseAlgorithm: 'KMS', S3SseKmsKeyId: 'not a key' }),
    expected:
      "ValidationException: Invalid Request: 1 validation error detected: Value 'not a key' at 's3SseKmsKeyId' failed to satisfy constraint: Member must satisfy regular expression pattern: ^[-:/\\w]+$",
  },
  {
    what: 'a filter without anything in it',
    change: () => ({ FilterSpecification: {} }),
    expected: 'ValidationException: Invalid Request: Invalid FilterSpecification: The specification can not be empty',
  },
  {
    what: 'a period without a type',
    change: () => ({ IncrementalExportSpecification: { ExportFromTime: seconds(HOUR) } }),
    expected:
      'ValidationException: Invalid Request: Export Type expected to be Incremental Export when incremental export specification is provided',
  },
  {
    what: 'a period of a full export',
    change: () => ({ ExportType: 'FULL_EXPORT', IncrementalExportSpecification: {} }),
    expected:
      'ValidationException: Invalid Request: When Export Type is Full Export , Incremental Export Specification should not be provided',
  },
  {
    what: 'an incremental export without a period',
    change: () => ({ ExportType: 'INCREMENTAL_EXPORT' }),
    expected:
      'ValidationException: Invalid Request: Incremental Export Specification expected when export type is set as Incremental Export',
  },
  {
    what: 'a period without a start',
    change: () => increment(undefined, seconds(0)),
    expected: 'ValidationException: Invalid Request: ExportFromTime must be provided in IncrementalExportSpecification',
  },
  {
    what: 'a table by its name',
    change: () => ({ TableArn: setting.table }),
    expected: 'ValidationException: One or more parameter values were invalid: tableArn is not a valid ARN',
  },
  {
    what: 'an index',
    change: () => ({ TableArn: `${setting.service.tableArn(setting.table)}/index/by-date` }),
    expected: 'ValidationException: Invalid Request: Table ARN is invalid.',
  },
  {
    what: "another account's table",
    change: () => ({ TableArn: `arn:aws:dynamodb:us-east-1:210987654321:table/${setting.table}` }),
    expected: 'AccessDeniedException: Access is denied',
  },
  {
    what: "another region's table",
    change: () => ({ TableArn: `arn:aws:dynamodb:eu-west-1:123456789012:table/${setting.table}` }),
    expected: () =>
      `TableNotFoundException: Table not found: arn:aws:dynamodb:eu-west-1:123456789012:table/${setting.table}`,
  },
  {
    what: 'a table that is not there',
    change: () => ({ TableArn: setting.service.tableArn('nobody') }),
    expected: 'TableNotFoundException: Table not found: arn:aws:dynamodb:us-east-1:123456789012:table/nobody',
  },
  { what: 'a time that is over', change: () => ({ ExportTime: seconds(HOUR) }), expected: '200' },
  {
    what: 'a time too fresh to be known',
    change: () => ({ ExportTime: seconds(1) }),
    expected: 'InvalidExportTimeException: Point in Time Recovery is not available for specified export time',
  },
  {
    what: 'a time to come',
    change: () => ({ ExportTime: seconds(-5) }),
    expected: 'InvalidExportTimeException: Export Time is invalid',
  },
  {
    what: 'a time before anything is known',
    change: () => ({ ExportTime: seconds(49 * HOUR) }),
    expected: 'InvalidExportTimeException: Export Time is invalid',
  },
  {
    what: 'a time before time',
    change: () => ({ ExportTime: -1 }),
    expected: 'InvalidExportTimeException: Export Time is invalid',
  },
  { what: 'the last quarter of an hour', change: () => increment(seconds(15 * MINUTE + 2)), expected: '200' },
  { what: 'a whole day', change: () => increment(seconds(25 * HOUR), seconds(HOUR)), expected: '200' },
  {
    what: 'a period from before anything is known',
    change: () => increment(1_700_000_000, seconds(-HOUR)),
    expected: () =>
      `InvalidExportTimeException: Incremental export period from time cannot be less than the table creation time : ${iso(1_700_000_000)}`,
  },
  {
    what: 'a period into the future, although it is short',
    change: () => increment(seconds(MINUTE), 4_000_000_000),
    expected: () =>
      `InvalidExportTimeException: Incremental export period to time cannot be greater than the current time : ${iso(4_000_000_000)}`,
  },
  {
    what: 'a period backwards',
    change: () => increment(seconds(HOUR), seconds(2 * HOUR)),
    expected:
      'InvalidExportTimeException: Incremental export period from time should not be greater or equal to incremental export period to time',
  },
  {
    what: 'less than a quarter of an hour',
    change: () => increment(seconds(14 * MINUTE)),
    expected:
      'InvalidExportTimeException: Difference between export period from time and export period to time is less than 15 minutes',
  },
  {
    what: 'more than a day',
    change: () => increment(seconds(26 * HOUR), seconds(HOUR)),
    expected:
      'InvalidExportTimeException: Difference between export period from time and export period to time is greater than 24 hours',
  },
];

for (const { what, change, expected } of CASES) {
  test(`asked for ${what}`, async () => {
    const parameters = setting.request(change());
    const accepted = setting.service.exports().length;
    const text = typeof expected === 'string' ? expected : expected();
    assert.equal(await refusal(setting.service, 'ExportTableToPointInTime', parameters), text);
    assert.equal(setting.service.exports().length - accepted, text === '200' ? 1 : 0);
  });
}
