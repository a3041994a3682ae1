import { type AwsError, details, type Explanation, type ExplanationRow, type Subject, word } from './aws-error.ts';
import type { FailedCall } from './failed-call.ts';

export const S3_ERRORS: readonly ExplanationRow[] = [
  [/^(NoSuchBucket|NotFound)$/, bucketNotFound],
  [/^(PermanentRedirect|AuthorizationHeaderMalformed|IllegalLocationConstraintException)$/, otherRegion],
  [/^KMS/, kmsKey],
  [/^(Invalid\w*|NotImplemented|AccessControlListNotSupported|MethodNotAllowed|BadDigest|MalformedACL\w*)$/, refused],
];

function bucketNotFound(_: AwsError, __: FailedCall, { bucket }: Subject): Explanation {
  return [
    'BUCKET_NOT_FOUND',
    `There is no bucket ${bucket}.`,
    'Check s3-bucket-name; the bucket must exist before the step runs. With an S3-compatible store, check AWS_ENDPOINT_URL_S3 and s3-force-path-style too.',
  ];
}

function otherRegion(_: AwsError, __: FailedCall, { bucket, destRegion }: Subject): Explanation {
  return [
    'BUCKET_IN_ANOTHER_REGION',
    `The bucket ${bucket} is not in ${destRegion ?? 'the region of the table'}.`,
    "Set dest-aws-region to the bucket's region, or leave it and aws-region unset: the Action then asks S3 for it.",
  ];
}

function kmsKey(error: AwsError, _: FailedCall, { bucket }: Subject): Explanation {
  return [
    'KMS_KEY_UNUSABLE',
    `The KMS key for the bucket ${bucket} cannot be used (${word(error.name)}).`,
    "Check that the key of s3-sse-kms-key-id, or the bucket's default key, exists, is enabled, and lies in the bucket's region.",
  ];
}

function refused(error: AwsError, { operation }: FailedCall, subject: Subject): Explanation {
  return [
    'BUCKET_REFUSED_REQUEST',
    `S3 refused ${operation} on the bucket ${subject.bucket} (${word(error.name)}${details(error)}).`,
    error.name === 'AccessControlListNotSupported'
      ? 'The bucket has ACLs disabled: leave ACL out of s3-put-object-kwargs.'
      : 'Check s3-put-object-kwargs and s3-sse-algorithm against what the bucket or the store supports. A store that knows no checksums needs AWS_REQUEST_CHECKSUM_CALCULATION=WHEN_REQUIRED.',
  ];
}
