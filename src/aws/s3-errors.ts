import { remedies } from '../remedies.ts';
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
  [/^InvalidObjectState$/, archived],
  [/^(Invalid\w*|NotImplemented|AccessControlListNotSupported|MethodNotAllowed|BadDigest|MalformedACL\w*)$/, rejected],
];

function bucketNotFound(_: AwsError, __: FailedCall, { bucket }: ErrorContext): Explanation {
  return ['BUCKET_NOT_FOUND', `The bucket ${bucket} does not exist.`, remedies.changeBucket];
}

function otherRegion(_: AwsError, __: FailedCall, { bucket, destRegion }: ErrorContext): Explanation {
  return [
    'BUCKET_IN_ANOTHER_REGION',
    `The bucket ${bucket} is not in ${destRegion ?? 'the Region of the table'}.`,
    remedies.changeBucketRegion,
  ];
}

function kmsKey(error: AwsError, _: FailedCall, { bucket }: ErrorContext): Explanation {
  return [
    'KMS_KEY_UNUSABLE',
    `S3 cannot use the KMS key for the bucket ${bucket} (${safeName(error.name)}).`,
    remedies.changeKmsKey,
  ];
}

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html */
function archived(_: AwsError, __: FailedCall, { bucket }: ErrorContext): Explanation {
  return [
    'OBJECT_ARCHIVED',
    `An object in the bucket ${bucket} is in an archive storage class and cannot be read.`,
    remedies.restoreArchivedObjects,
  ];
}

function rejected(error: AwsError, { operation }: FailedCall, subject: ErrorContext): Explanation {
  return [
    'S3_REQUEST_REJECTED',
    `S3 rejected ${operation} on the bucket ${subject.bucket} (${safeName(error.name)}${statusAndRequestId(error)}).`,
    error.name === 'AccessControlListNotSupported' ? remedies.leaveOutAcl : remedies.supportedByStore,
  ];
}
