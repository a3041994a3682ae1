import { failureOfS3, type JobFailure } from '../dynamodb-service/s3-failures.ts';
import type { Place } from '../dynamodb-service/tables.ts';
import type { ExportParameters } from './export-parameters.ts';

/** Bucket owners and KMS keys, which the emulated stores do not model. */
export interface Surroundings {
  /** Owner by bucket. Other buckets belong to the account of the service. */
  readonly bucketOwners: Readonly<Record<string, string>>;
  /** IDs, ARNs and aliases of existing keys. If undefined, every key exists. */
  readonly kmsKeys: readonly string[] | undefined;
}

/** Returns the failure to write to the bucket that the emulated store would not report, or undefined. */
export function obstacle(
  parameters: ExportParameters,
  { bucketOwners, kmsKeys }: Surroundings,
  { account, region }: Place,
): JobFailure | undefined {
  const owner = bucketOwners[parameters.S3Bucket] ?? account;
  // Without S3BucketOwner, DynamoDB expects the bucket in the account of the table.
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

/** Returns the failure for a bucket whose policy denies the caller access. */
export function policyDenial({ account }: Place, bucket: string): JobFailure {
  const caller = `arn:aws:sts::${account}:assumed-role/table-backup/GitHubActions`;
  return failureOfS3(
    'S3AccessDenied',
    `User: ${caller} is not authorized to perform: s3:PutObject on resource: "arn:aws:s3:::${bucket}/AWSDynamoDB" with an explicit deny in a resource-based policy`,
    403,
    'AccessDenied',
  );
}
