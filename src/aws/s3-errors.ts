import {
  type AwsError,
  type ErrorContext,
  type Explanation,
  type ExplanationRow,
  safeName,
  statusAndRequestId,
} from './aws-error.ts';
import type { FailedCall } from './client-middleware.ts';

export const S3_ERRORS: readonly ExplanationRow[] = [
  [/^(NoSuchBucket|NotFound)$/, bucketNotFound],
  [/^(PermanentRedirect|AuthorizationHeaderMalformed|IllegalLocationConstraintException)$/, otherRegion],
  [/^KMS/, kmsKey],
  [/^(Invalid\w*|NotImplemented|AccessControlListNotSupported|MethodNotAllowed|BadDigest|MalformedACL\w*)$/, rejected],
];

function bucketNotFound(_: AwsError, __: FailedCall, { bucket }: ErrorContext): Explanation {
  return [
    'BUCKET_NOT_FOUND',
    `The bucket ${bucket} does not exist.`,
    'Check s3-bucket-name. Create the bucket before the step runs. For an S3-compatible store, also check AWS_ENDPOINT_URL_S3 and s3-force-path-style.',
  ];
}

function otherRegion(_: AwsError, __: FailedCall, { bucket, destRegion }: ErrorContext): Explanation {
  return [
    'BUCKET_IN_ANOTHER_REGION',
    `The bucket ${bucket} is not in ${destRegion ?? 'the Region of the table'}.`,
    "Set dest-aws-region to the bucket's Region. Or leave out dest-aws-region and aws-region: the Action then gets the Region from S3.",
  ];
}

function kmsKey(error: AwsError, _: FailedCall, { bucket }: ErrorContext): Explanation {
  return [
    'KMS_KEY_UNUSABLE',
    `S3 cannot use the KMS key for the bucket ${bucket} (${safeName(error.name)}).`,
    "Check that the key in s3-sse-kms-key-id, or the bucket's default key, exists, is enabled, and is in the bucket's Region.",
  ];
}

function rejected(error: AwsError, { operation }: FailedCall, subject: ErrorContext): Explanation {
  return [
    'S3_REQUEST_REJECTED',
    `S3 rejected ${operation} on the bucket ${subject.bucket} (${safeName(error.name)}${statusAndRequestId(error)}).`,
    error.name === 'AccessControlListNotSupported'
      ? 'ACLs are disabled for the bucket. Leave ACL out of s3-put-object-kwargs.'
      : 'Check that the bucket or the store supports the values of s3-put-object-kwargs and s3-sse-algorithm. If the store does not support checksums, set AWS_REQUEST_CHECKSUM_CALCULATION=WHEN_REQUIRED.',
  ];
}
