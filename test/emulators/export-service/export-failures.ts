import { randomBytes } from 'node:crypto';
import type { ExportParameters } from './export-parameters.ts';
import type { Place } from './export-tables.ts';

/** Why an export failed after it had been accepted. */
export interface ExportFailure {
  readonly FailureCode: string;
  readonly FailureMessage: string;
}

/** Who owns buckets, and which keys there are: what the stores behind do not know. */
export interface Surroundings {
  /** Of a bucket that is not named, the owner is the service's own account. */
  readonly bucketOwners: Readonly<Record<string, string>>;
  /** Ids, ARNs and aliases. Unset: every key is there. */
  readonly kmsKeys: readonly string[] | undefined;
}

/** What stands in the way of writing, that the store itself would not object to. */
export function obstacle(
  parameters: ExportParameters,
  { bucketOwners, kmsKeys }: Surroundings,
  { account, region }: Place,
): ExportFailure | undefined {
  const owner = bucketOwners[parameters.S3Bucket] ?? account;
  // Whoever names no owner says that the bucket is its own.
  if (owner !== (parameters.S3BucketOwner ?? account)) {
    return failureOfS3('S3AccessDenied', 'Access Denied', 403, 'AccessDenied');
  }
  const key = parameters.S3SseKmsKeyId;
  if (key === undefined) {
    return undefined;
  }
  const keysRegion = /^arn:[^:]+:kms:([^:]+):/.exec(key)?.[1];
  if (keysRegion !== undefined && keysRegion !== region) {
    return failureOfS3('KmsNotFoundException', `Invalid arn ${keysRegion}`, 400, 'KMS.NotFoundException');
  }
  return kmsKeys === undefined || kmsKeys.includes(key)
    ? undefined
    : failureOfS3('KmsNotFoundException', `Key '${key}' does not exist`, 400, 'KMS.NotFoundException');
}

/** What the service makes of an error of the store. */
export function failureOfStore(error: unknown): ExportFailure {
  const { name, message } = error as Error;
  switch (name) {
    case 'NoSuchBucket':
    case 'InvalidBucketName':
      return failureOfS3('S3NoSuchBucket', 'The specified bucket does not exist', 404, 'NoSuchBucket');
    case 'AccessDenied':
      return failureOfS3('S3AccessDenied', message, 403, 'AccessDenied');
    default:
      return { FailureCode: name, FailureMessage: message };
  }
}

/** A failure in the words of S3, as Java's SDK repeats them. */
export function failureOfS3(FailureCode: string, message: string, status: number, s3Code: string): ExportFailure {
  const requestId = randomBytes(8).toString('hex').toUpperCase();
  const extendedId = randomBytes(56).toString('base64');
  return {
    FailureCode,
    FailureMessage: `${message} (Service: Amazon S3; Status Code: ${status}; Error Code: ${s3Code}; Request ID: ${requestId}; S3 Extended Request ID: ${extendedId}; Proxy: null)`,
  };
}

/** A bucket whose policy does not let the caller write. */
export function policyDenial({ account }: Place, bucket: string): ExportFailure {
  const who = `arn:aws:sts::${account}:assumed-role/table-backup/GitHubActions`;
  return failureOfS3(
    'S3AccessDenied',
    `User: ${who} is not authorized to perform: s3:PutObject on resource: "arn:aws:s3:::${bucket}/AWSDynamoDB" with an explicit deny in a resource-based policy`,
    403,
    'AccessDenied',
  );
}
