import './shorter-waits.ts';
import assert from 'node:assert/strict';
import test from 'node:test';
import { denial, explained, noPolicy, ROLE, SUBJECT, testCases } from './explained.ts';
import { s3Failure } from './scripted-server.ts';

testCases({
  'no such bucket': {
    operation: 'PutObject',
    reply: s3Failure('NoSuchBucket', 404, 'The specified bucket does not exist', '<BucketName>PRIVATE</BucketName>'),
    code: 'BUCKET_NOT_FOUND',
    says: [/bucket backups does not exist/, /AWS_ENDPOINT_URL_S3/],
  },
  'no such bucket, asked by HEAD': { operation: 'HeadBucket', reply: { status: 404 }, code: 'BUCKET_NOT_FOUND' },
  'a bucket of another region': {
    operation: 'PutObject',
    reply: s3Failure(
      'PermanentRedirect',
      301,
      'The bucket you are attempting to access must be addressed using the specified endpoint.',
      '<Endpoint>PRIVATE.s3.amazonaws.com</Endpoint>',
    ),
    code: 'BUCKET_IN_ANOTHER_REGION',
    says: [/backups is not in eu-west-3/, /dest-aws-region/],
  },
  'a bucket of another region, asked by HEAD': {
    operation: 'HeadBucket',
    reply: { status: 301 },
    code: 'BUCKET_IN_ANOTHER_REGION',
  },
  'signed for another region': {
    operation: 'PutObject',
    reply: s3Failure(
      'AuthorizationHeaderMalformed',
      400,
      "The authorization header is malformed; the region 'us-east-1' is wrong; expecting 'eu-west-1'",
      '<Region>eu-west-1</Region>',
    ),
    code: 'BUCKET_IN_ANOTHER_REGION',
  },
  'asked of another region': {
    operation: 'PutObject',
    reply: s3Failure('IllegalLocationConstraintException', 400, 'The eu-west-1 location constraint is incompatible'),
    code: 'BUCKET_IN_ANOTHER_REGION',
  },
  'expired credentials at S3': {
    operation: 'UploadPart',
    reply: s3Failure('ExpiredToken', 400, 'The provided token has expired.', '<Token-0>PRIVATE</Token-0>'),
    code: 'CREDENTIALS_EXPIRED',
  },
  'credentials to be made anew': {
    operation: 'UploadPart',
    reply: s3Failure('TokenRefreshRequired', 400, 'The provided token must be refreshed.'),
    code: 'CREDENTIALS_EXPIRED',
  },
  'a token that is none': {
    operation: 'PutObject',
    reply: s3Failure(
      'InvalidToken',
      400,
      'The provided token is malformed or otherwise invalid.',
      '<Token-0>PRIVATE</Token-0>',
    ),
    code: 'CREDENTIALS_INVALID',
    says: [/S3 rejected the AWS credentials/],
  },
  'a key id nobody knows': {
    operation: 'PutObject',
    reply: s3Failure(
      'InvalidAccessKeyId',
      403,
      'The AWS Access Key Id you provided does not exist in our records.',
      '<AWSAccessKeyId>PRIVATE</AWSAccessKeyId>',
    ),
    code: 'CREDENTIALS_INVALID',
  },
  'a wrong secret at S3': {
    operation: 'PutObject',
    reply: s3Failure(
      'SignatureDoesNotMatch',
      403,
      'The request signature we calculated does not match the signature you provided.',
      '<StringToSign>PRIVATE</StringToSign>',
    ),
    code: 'CREDENTIALS_INVALID',
  },
  'a clock that is wrong': {
    operation: 'PutObject',
    reply: s3Failure(
      'RequestTimeTooSkewed',
      403,
      'The difference between the request time and the current time is too large.',
    ),
    code: 'CLOCK_SKEW',
  },
  'no right to write': {
    operation: 'PutObject',
    reply: s3Failure(
      'AccessDenied',
      403,
      denial('s3:PutObject', '"arn:aws:s3:::backups/PRIVATE/key"', noPolicy('s3:PutObject')),
    ),
    code: 'ACCESS_DENIED',
    says: [
      new RegExp(`${ROLE} is not authorized to perform s3:PutObject on arn:aws:s3:::backups/\\*\\.`),
      /Grant s3:PutObject on arn:aws:s3:::backups\/\* to the role/,
    ],
  },
  'no right to write a large object': {
    operation: 'CreateMultipartUpload',
    reply: s3Failure('AccessDenied', 403, 'Access Denied'),
    code: 'ACCESS_DENIED',
    says: [/The role of this step is not authorized to perform s3:PutObject on arn:aws:s3:::backups\/\*\./],
  },
  'no right to write a part': {
    operation: 'UploadPart',
    reply: s3Failure('AccessDenied', 403, 'Access Denied'),
    code: 'ACCESS_DENIED',
    says: [/s3:PutObject/],
  },
  "no right to the bucket's key": {
    operation: 'PutObject',
    reply: s3Failure(
      'AccessDenied',
      403,
      denial('kms:GenerateDataKey', 'arn:aws:kms:eu-west-3:123456789012:key/PRIVATE', noPolicy('kms:GenerateDataKey')),
    ),
    code: 'ACCESS_DENIED',
    says: [/kms:GenerateDataKey on the KMS key of the bucket backups/, /kms:Decrypt/],
  },
  'no right to list, asked by HEAD': {
    operation: 'HeadBucket',
    reply: { status: 403 },
    code: 'ACCESS_DENIED',
    says: [/not authorized to perform s3:ListBucket on arn:aws:s3:::backups\./],
  },
  'a bucket that is shut': {
    operation: 'PutObject',
    reply: s3Failure('AllAccessDisabled', 403, 'All access to this object has been disabled'),
    code: 'ACCESS_DENIED',
  },
  'an account with a problem': {
    operation: 'PutObject',
    reply: s3Failure('AccountProblem', 403, 'There is a problem with your AWS account'),
    code: 'ACCESS_DENIED',
  },
  'a key that is disabled': {
    operation: 'PutObject',
    reply: s3Failure('KMS.DisabledException', 400, 'arn:aws:kms:eu-west-3:123456789012:key/PRIVATE is disabled.'),
    code: 'KMS_KEY_UNUSABLE',
    says: [/KMS\.DisabledException/, /s3-sse-kms-key-id/],
  },
  'a key that is not there': {
    operation: 'CreateMultipartUpload',
    reply: s3Failure(
      'KMS.NotFoundException',
      400,
      "Key 'arn:aws:kms:eu-west-3:123456789012:key/PRIVATE' does not exist",
    ),
    code: 'KMS_KEY_UNUSABLE',
  },
  'a key that waits to be deleted': {
    operation: 'PutObject',
    reply: s3Failure('KMS.KMSInvalidStateException', 400, 'PRIVATE is pending deletion.'),
    code: 'KMS_KEY_UNUSABLE',
  },
  'throttled by S3': {
    operation: 'PutObject',
    reply: s3Failure('SlowDown', 503, 'Please reduce your request rate.'),
    code: 'THROTTLED',
    says: [/S3 throttled PutObject/, /a separate prefix/],
  },
  'an ACL where none are allowed': {
    operation: 'PutObject',
    reply: s3Failure('AccessControlListNotSupported', 400, 'The bucket does not allow ACLs'),
    code: 'S3_REQUEST_REJECTED',
    says: [/Leave ACL out/],
  },
  'a class that is none': {
    operation: 'PutObject',
    reply: s3Failure('InvalidStorageClass', 400, 'The storage class you specified is not valid', '<S>PRIVATE</S>'),
    code: 'S3_REQUEST_REJECTED',
    says: [/InvalidStorageClass, HTTP 400, request ID REQUEST0ID/, /s3-put-object-kwargs/],
  },
  'a store that lacks something': {
    operation: 'PutObject',
    reply: s3Failure('NotImplemented', 501, 'A header you provided implies functionality that is not implemented'),
    code: 'S3_REQUEST_REJECTED',
    says: [/WHEN_REQUIRED/],
  },
  'a checksum that does not fit': {
    operation: 'UploadPart',
    reply: s3Failure('BadDigest', 400, 'The CRC32 you specified did not match the calculated checksum.'),
    code: 'S3_REQUEST_REJECTED',
  },
  'a method that is not allowed': {
    operation: 'PutObject',
    reply: s3Failure('MethodNotAllowed', 405, 'The specified method is not allowed against this resource.'),
    code: 'S3_REQUEST_REJECTED',
  },
  'an ACL that is malformed': {
    operation: 'PutObject',
    reply: s3Failure('MalformedACLError', 400, 'The XML you provided was not well-formed'),
    code: 'S3_REQUEST_REJECTED',
  },
  'a fault of S3': {
    operation: 'PutObject',
    reply: s3Failure('InternalError', 500, 'We encountered an internal error. PRIVATE'),
    code: 'AWS_ERROR',
    says: [/S3 PutObject failed with InternalError, HTTP 500/],
  },
});

test('a wrong bucket owner is named beside the other reasons for a denial', async () => {
  const reply = s3Failure('AccessDenied', 403, 'Access Denied');
  assert.doesNotMatch((await explained('PutObject', reply)).remedy, /s3-bucket-owner/);
  const { remedy } = await explained('PutObject', reply, { ...SUBJECT, bucketOwner: '210987654321' });
  assert.match(remedy, /210987654321 \(s3-bucket-owner\)/);
});

test('where the bucket has no region of its own, the text does without', async () => {
  const { destRegion: _, ...subject } = SUBJECT;
  const redirect = await explained('HeadBucket', { status: 301 }, subject);
  assert.match(redirect.message, /is not in the Region of the table\./);
  const closed = await explained('PutObject', (response) => response.destroy(), subject);
  assert.match(closed.message, /S3 in eu-west-1/);
});

test('a bucket in a partition that is not known is called by its name', async () => {
  const subject = { ...SUBJECT, sourceRegion: 'region-of-a-store', destRegion: 'region-of-a-store' };
  const { message } = await explained('PutObject', s3Failure('AccessDenied', 403, 'Access Denied'), subject);
  assert.match(message, /^The role of this step is not authorized to perform s3:PutObject on the bucket backups\./);
});
