import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import test from 'node:test';
import { type ManifestSummary, manifestFiles, manifestSummary, md5File } from '../../src/manifest/manifests.ts';

/** Manifests of an export that DynamoDB made, byte for byte. */
const DYNAMODB_SUMMARY =
  '{"version":"2020-06-30","exportArn":"arn:aws:dynamodb:eu-central-1:164221962816:table/S3ExportTest/export/01715685260608-c488b4e1","startTime":"2024-05-14T11:14:20.608Z","endTime":"2024-05-14T11:19:26.869Z","tableArn":"arn:aws:dynamodb:eu-central-1:164221962816:table/S3ExportTest","tableId":"11991185-e7ab-4da5-8bab-03f0db0b7bfd","exportTime":"2024-05-14T11:14:20.608Z","s3Bucket":"test-bucket","s3Prefix":"dynamodb-export","s3SseAlgorithm":"AES256","s3SseKmsKeyId":null,"manifestFilesS3Key":"dynamodb-export/AWSDynamoDB/01715685260608-c488b4e1/manifest-files.json","billedSizeBytes":19,"itemCount":3,"outputFormat":"DYNAMODB_JSON"}';
const DYNAMODB_FILE =
  '{"itemCount":3,"md5Checksum":"rzAeIrtALbOlNdK5Hh8tgA==","etag":"d1663e415aedcbf3c4977cde7002d2bf-1","dataFileS3Key":"dynamodb-export/AWSDynamoDB/01715685260608-c488b4e1/data/uimbi7eofu2b5kzkxe63gsvb6i.json.gz"}\n';

const SUMMARY: ManifestSummary = {
  exportArn: 'arn:aws:dynamodb:eu-central-1:164221962816:table/S3ExportTest/export/01715685260608-c488b4e1',
  startTime: new Date('2024-05-14T11:14:20.608Z'),
  endTime: new Date('2024-05-14T11:19:26.869Z'),
  tableArn: 'arn:aws:dynamodb:eu-central-1:164221962816:table/S3ExportTest',
  tableId: '11991185-e7ab-4da5-8bab-03f0db0b7bfd',
  exportTime: new Date('2024-05-14T11:14:20.608Z'),
  bucket: 'test-bucket',
  prefix: 'dynamodb-export',
  sseAlgorithm: 'AES256',
  kmsKeyId: null,
  manifestFilesKey: 'dynamodb-export/AWSDynamoDB/01715685260608-c488b4e1/manifest-files.json',
  itemCount: 3,
  outputFormat: 'DYNAMODB_JSON',
};

test('manifest-summary.json equals that of DynamoDB, except for billedSizeBytes and the added exportType', () => {
  const ours = DYNAMODB_SUMMARY.replace('"billedSizeBytes":19', '"billedSizeBytes":0').replace(
    /}$/,
    ',"exportType":"FULL_EXPORT"}',
  );
  assert.equal(manifestSummary(SUMMARY).toString(), ours);
});

test('manifest-summary.json contains null without prefix, table ID or encryption, and the key with KMS', () => {
  const bare = { ...SUMMARY, prefix: '', tableId: null, sseAlgorithm: null } as const;
  assert.match(manifestSummary(bare).toString(), /"tableId":null,/);
  assert.match(manifestSummary(bare).toString(), /"s3Prefix":null,"s3SseAlgorithm":null,"s3SseKmsKeyId":null,/);
  const kms = { ...SUMMARY, sseAlgorithm: 'KMS', kmsKeyId: 'key' } as const;
  assert.match(manifestSummary(kms).toString(), /"s3SseAlgorithm":"KMS","s3SseKmsKeyId":"key",/);
});

test('manifest-summary.json is one line, even if a name contains a line break', () => {
  const summary = manifestSummary({ ...SUMMARY, prefix: 'a\nb"é' });
  assert.ok(!summary.includes('\n'));
  assert.equal((JSON.parse(summary.toString()) as { s3Prefix: string }).s3Prefix, 'a\nb"é');
});

test('manifest-files.json equals that of DynamoDB, with one line per object', () => {
  const file = {
    itemCount: 3,
    md5: 'rzAeIrtALbOlNdK5Hh8tgA==',
    etag: 'd1663e415aedcbf3c4977cde7002d2bf-1',
    key: 'dynamodb-export/AWSDynamoDB/01715685260608-c488b4e1/data/uimbi7eofu2b5kzkxe63gsvb6i.json.gz',
  };
  assert.equal(manifestFiles([file]).toString(), DYNAMODB_FILE);
  assert.equal(manifestFiles([file, file]).toString(), DYNAMODB_FILE + DYNAMODB_FILE);
  assert.equal(manifestFiles([]).length, 0);
});

test('an .md5 file contains the base64-encoded MD5, 24 bytes without a newline', () => {
  const content = Buffer.from(DYNAMODB_FILE);
  assert.equal(md5File(content).toString(), createHash('md5').update(content).digest('base64'));
  assert.equal(md5File(content).length, 24);
  assert.equal(md5File(Buffer.alloc(0)).toString(), '1B2M2Y8AsgTpgAmY7PhCfg==');
});
