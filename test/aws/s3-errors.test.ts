import './shorter-waits.ts';
import assert from 'node:assert/strict';
import test from 'node:test';
import { denial, explained, noPolicy, ROLE, SUBJECT, testCases } from './explained.ts';
import { s3Failure } from './scripted-server.ts';

testCases({
  'a bucket that does not exist': {
    operation: 'PutObject',
    reply: s3Failure('NoSuchBucket', 404, 'The specified bucket does not exist', '<BucketName>PRIVATE</BucketName>'),
    code: 'BUCKET_NOT_FOUND',
    mentions: [/bucket backups does not exist/, /AWS_ENDPOINT_URL_S3/],
  },
  'HEAD on a bucket that does not exist': { operation: 'HeadBucket', reply: { status: 404 }, code: 'BUCKET_NOT_FOUND' },
  'a bucket in another Region': {
    operation: 'PutObject',
    reply: s3Failure(
      'PermanentRedirect',
      301,
      'The bucket you are attempting to access must be addressed using the specified endpoint.',
      '<Endpoint>PRIVATE.s3.amazonaws.com</Endpoint>',
    ),
    code: 'BUCKET_IN_ANOTHER_REGION',
    mentions: [/backups is not in eu-west-3/, /dest-aws-region/],
  },
  'HEAD on a bucket in another Region': {
    operation: 'HeadBucket',
    reply: { status: 301 },
    code: 'BUCKET_IN_ANOTHER_REGION',
  },
  'a signature for another Region': {
    operation: 'PutObject',
    reply: s3Failure(
      'AuthorizationHeaderMalformed',
      400,
      "The authorization header is malformed; the region 'us-east-1' is wrong; expecting 'eu-west-1'",
      '<Region>eu-west-1</Region>',
    ),
    code: 'BUCKET_IN_ANOTHER_REGION',
  },
  'a location constraint of another Region': {
    operation: 'PutObject',
    reply: s3Failure('IllegalLocationConstraintException', 400, 'The eu-west-1 location constraint is incompatible'),
    code: 'BUCKET_IN_ANOTHER_REGION',
  },
  'expired credentials at S3': {
    operation: 'UploadPart',
    reply: s3Failure('ExpiredToken', 400, 'The provided token has expired.', '<Token-0>PRIVATE</Token-0>'),
    code: 'CREDENTIALS_EXPIRED',
  },
  'a token that must be refreshed': {
    operation: 'UploadPart',
    reply: s3Failure('TokenRefreshRequired', 400, 'The provided token must be refreshed.'),
    code: 'CREDENTIALS_EXPIRED',
  },
  'an invalid session token': {
    operation: 'PutObject',
    reply: s3Failure(
      'InvalidToken',
      400,
      'The provided token is malformed or otherwise invalid.',
      '<Token-0>PRIVATE</Token-0>',
    ),
    code: 'CREDENTIALS_INVALID',
    mentions: [/S3 rejected the AWS credentials/],
  },
  'an unknown access key ID': {
    operation: 'PutObject',
    reply: s3Failure(
      'InvalidAccessKeyId',
      403,
      'The AWS Access Key Id you provided does not exist in our records.',
      '<AWSAccessKeyId>PRIVATE</AWSAccessKeyId>',
    ),
    code: 'CREDENTIALS_INVALID',
  },
  'a wrong secret key at S3': {
    operation: 'PutObject',
    reply: s3Failure(
      'SignatureDoesNotMatch',
      403,
      'The request signature we calculated does not match the signature you provided.',
      '<StringToSign>PRIVATE</StringToSign>',
    ),
    code: 'CREDENTIALS_INVALID',
  },
  'a wrong clock at S3': {
    operation: 'PutObject',
    reply: s3Failure(
      'RequestTimeTooSkewed',
      403,
      'The difference between the request time and the current time is too large.',
    ),
    code: 'CLOCK_SKEW',
  },
  'a missing permission to write an object': {
    operation: 'PutObject',
    reply: s3Failure(
      'AccessDenied',
      403,
      denial('s3:PutObject', '"arn:aws:s3:::backups/PRIVATE/key"', noPolicy('s3:PutObject')),
    ),
    code: 'ACCESS_DENIED',
    mentions: [
      new RegExp(`${ROLE} is not authorized to perform s3:PutObject on arn:aws:s3:::backups/\\*\\.`),
      /Grant s3:PutObject on arn:aws:s3:::backups\/\* to the role/,
    ],
  },
  'a missing permission to start a multipart upload': {
    operation: 'CreateMultipartUpload',
    reply: s3Failure('AccessDenied', 403, 'Access Denied'),
    code: 'ACCESS_DENIED',
    mentions: [/The role of this step is not authorized to perform s3:PutObject on arn:aws:s3:::backups\/\*\./],
  },
  'a missing permission to upload a part': {
    operation: 'UploadPart',
    reply: s3Failure('AccessDenied', 403, 'Access Denied'),
    code: 'ACCESS_DENIED',
    mentions: [/s3:PutObject/],
  },
  'a missing permission for the KMS key of the bucket': {
    operation: 'PutObject',
    reply: s3Failure(
      'AccessDenied',
      403,
      denial('kms:GenerateDataKey', 'arn:aws:kms:eu-west-3:123456789012:key/PRIVATE', noPolicy('kms:GenerateDataKey')),
    ),
    code: 'ACCESS_DENIED',
    mentions: [/kms:GenerateDataKey on the KMS key of the bucket backups/, /kms:Decrypt/],
  },
  'HEAD with a missing permission to list the bucket': {
    operation: 'HeadBucket',
    reply: { status: 403 },
    code: 'ACCESS_DENIED',
    mentions: [/not authorized to perform s3:ListBucket on arn:aws:s3:::backups\./],
  },
  'a bucket with disabled access': {
    operation: 'PutObject',
    reply: s3Failure('AllAccessDisabled', 403, 'All access to this object has been disabled'),
    code: 'ACCESS_DENIED',
  },
  'an account with a problem': {
    operation: 'PutObject',
    reply: s3Failure('AccountProblem', 403, 'There is a problem with your AWS account'),
    code: 'ACCESS_DENIED',
  },
  'an object in an archive storage class': {
    operation: 'GetObject',
    reply: s3Failure('InvalidObjectState', 403, 'The operation is not valid for the storage class PRIVATE'),
    code: 'OBJECT_ARCHIVED',
    mentions: [/backups/, /restore-object/],
  },
  'a disabled KMS key': {
    operation: 'PutObject',
    reply: s3Failure('KMS.DisabledException', 400, 'arn:aws:kms:eu-west-3:123456789012:key/PRIVATE is disabled.'),
    code: 'KMS_KEY_UNUSABLE',
    mentions: [/KMS\.DisabledException/, /s3-sse-kms-key-id/],
  },
  'a KMS key that does not exist': {
    operation: 'CreateMultipartUpload',
    reply: s3Failure(
      'KMS.NotFoundException',
      400,
      "Key 'arn:aws:kms:eu-west-3:123456789012:key/PRIVATE' does not exist",
    ),
    code: 'KMS_KEY_UNUSABLE',
  },
  'a KMS key that is pending deletion': {
    operation: 'PutObject',
    reply: s3Failure('KMS.KMSInvalidStateException', 400, 'PRIVATE is pending deletion.'),
    code: 'KMS_KEY_UNUSABLE',
  },
  'an upload throttled by S3': {
    operation: 'PutObject',
    reply: s3Failure('SlowDown', 503, 'Please reduce your request rate.'),
    code: 'THROTTLED',
    mentions: [/S3 throttled PutObject/, /a separate prefix/],
  },
  'an ACL for a bucket without ACLs': {
    operation: 'PutObject',
    reply: s3Failure('AccessControlListNotSupported', 400, 'The bucket does not allow ACLs'),
    code: 'S3_REQUEST_REJECTED',
    mentions: [/Leave ACL out/],
  },
  'an invalid storage class': {
    operation: 'PutObject',
    reply: s3Failure('InvalidStorageClass', 400, 'The storage class you specified is not valid', '<S>PRIVATE</S>'),
    code: 'S3_REQUEST_REJECTED',
    mentions: [/InvalidStorageClass, HTTP 400, request ID REQUEST0ID/, /s3-put-object-kwargs/],
  },
  'a feature that the store does not implement': {
    operation: 'PutObject',
    reply: s3Failure('NotImplemented', 501, 'A header you provided implies functionality that is not implemented'),
    code: 'S3_REQUEST_REJECTED',
    mentions: [/WHEN_REQUIRED/],
  },
  'a wrong checksum': {
    operation: 'UploadPart',
    reply: s3Failure('BadDigest', 400, 'The CRC32 you specified did not match the calculated checksum.'),
    code: 'S3_REQUEST_REJECTED',
  },
  'a method that is not allowed': {
    operation: 'PutObject',
    reply: s3Failure('MethodNotAllowed', 405, 'The specified method is not allowed against this resource.'),
    code: 'S3_REQUEST_REJECTED',
  },
  'a malformed ACL': {
    operation: 'PutObject',
    reply: s3Failure('MalformedACLError', 400, 'The XML you provided was not well-formed'),
    code: 'S3_REQUEST_REJECTED',
  },
  'an internal error of S3': {
    operation: 'PutObject',
    reply: s3Failure('InternalError', 500, 'We encountered an internal error. PRIVATE'),
    code: 'AWS_ERROR',
    mentions: [/S3 PutObject failed with InternalError, HTTP 500/],
  },
});

test('ACCESS_DENIED mentions s3-bucket-owner as a possible reason if it is set', async () => {
  const reply = s3Failure('AccessDenied', 403, 'Access Denied');
  assert.doesNotMatch((await explained('PutObject', reply)).remedy, /s3-bucket-owner/);
  const { remedy } = await explained('PutObject', reply, { ...SUBJECT, bucketOwner: '210987654321' });
  assert.match(remedy, /210987654321 \(s3-bucket-owner\)/);
});

test('errors of a bucket without a Region of its own refer to the Region of the table', async () => {
  const { destRegion: _, ...subject } = SUBJECT;
  const redirected = await explained('HeadBucket', { status: 301 }, subject);
  assert.match(redirected.message, /is not in the Region of the table\./);
  const closed = await explained('PutObject', (response) => response.destroy(), subject);
  assert.match(closed.message, /S3 in eu-west-1/);
});

test('a bucket in a partition that is not known is called by its name', async () => {
  const subject = { ...SUBJECT, sourceRegion: 'region-of-a-store', destRegion: 'region-of-a-store' };
  const { message } = await explained('PutObject', s3Failure('AccessDenied', 403, 'Access Denied'), subject);
  assert.match(message, /^The role of this step is not authorized to perform s3:PutObject on the bucket backups\./);
});
