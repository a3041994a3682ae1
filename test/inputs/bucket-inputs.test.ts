import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { problemsOf, read } from './read-step.ts';

describe('s3-bucket-name with s3-force-path-style: true', () => {
  for (const name of ['My_Bucket', 'x'.repeat(100), 'a.b']) {
    it(`accepts ${name.slice(0, 20)}`, () => {
      assert.equal(read({ 's3-bucket-name': name, 's3-force-path-style': 'true' }).bucket, name);
    });
  }
  for (const name of ['a', 'x'.repeat(256), 'a b', 'a/b', 'a..b', '1.2.3.4', '.abc', 'arn:aws:s3:::abc']) {
    it(`rejects ${name.slice(0, 20)}`, () => {
      assert.equal(problemsOf({ 's3-bucket-name': name, 's3-force-path-style': 'true' }).length, 1);
    });
  }
});

describe('encryption inputs', () => {
  const kms = { 's3-sse-algorithm': 'KMS' };
  for (const key of [
    '1234abcd-12ab-34cd-56ef-1234567890ab',
    'mrk-1234abcd12ab34cd56ef1234567890ab',
    'alias/my_key',
    'arn:aws:kms:eu-west-1:123456789012:alias/x',
  ]) {
    it(`accept the KMS key ${key}`, () => {
      assert.deepEqual(read({ ...kms, 's3-sse-kms-key-id': key }).encryption, { algorithm: 'KMS', kmsKeyId: key });
    });
  }

  it('accept KMS_DSSE with and without a key', () => {
    const dsse = { 's3-sse-algorithm': 'KMS_DSSE' };
    assert.deepEqual(read(dsse).encryption, { algorithm: 'KMS_DSSE' });
    assert.deepEqual(read({ ...dsse, 's3-sse-kms-key-id': 'alias/x' }).encryption, {
      algorithm: 'KMS_DSSE',
      kmsKeyId: 'alias/x',
    });
  });

  for (const [what, given, expected] of [
    ['a key with AES256', { 's3-sse-algorithm': 'AES256', 's3-sse-kms-key-id': 'x' }, /^s3-sse-kms-key-id: requires/],
    [
      'a key with a wrong algorithm',
      { 's3-sse-algorithm': 'aws:kms', 's3-sse-kms-key-id': 'x' },
      /^s3-sse-algorithm: /,
    ],
    ['a key with a space', { ...kms, 's3-sse-kms-key-id': 'a b' }, /^s3-sse-kms-key-id: "a b"/],
    [
      'a key in a different Region than the bucket',
      { ...kms, 's3-sse-kms-key-id': 'arn:aws:kms:us-east-1:123456789012:key/x', 'dest-aws-region': 'eu-west-1' },
      /^s3-sse-kms-key-id: .*"us-east-1".*"eu-west-1"/,
    ],
    [
      'BucketKeyEnabled with KMS_DSSE',
      { 's3-sse-algorithm': 'KMS_DSSE', 's3-put-object-kwargs': '{"BucketKeyEnabled": true}' },
      /BucketKeyEnabled: requires .*KMS\. KMS_DSSE does not support S3 Bucket Keys/,
    ],
    [
      'BucketKeyEnabled without KMS',
      { 's3-put-object-kwargs': '{"BucketKeyEnabled": true}' },
      /BucketKeyEnabled: requires/,
    ],
  ] as const) {
    it(`reject ${what}`, () => {
      const lines = problemsOf(given);
      assert.equal(lines.length, 1, lines.join('\n'));
      assert.match(lines[0] ?? '', expected);
    });
  }
});
