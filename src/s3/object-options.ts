import { type CreateMultipartUploadCommandInput, type PutObjectCommandInput, StorageClass } from '@aws-sdk/client-s3';

/** Validated parameters from the input `s3-put-object-kwargs`. */
export type PutObjectParameters = Pick<
  PutObjectCommandInput,
  | 'ACL'
  | 'BucketKeyEnabled'
  | 'IfNoneMatch'
  | 'Metadata'
  | 'ObjectLockLegalHoldStatus'
  | 'ObjectLockMode'
  | 'RequestPayer'
  | 'StorageClass'
  | 'Tagging'
> & { readonly ObjectLockRetainUntilDate?: RetainUntil };

/**
 * End of a retention period: a time, or milliseconds from the start of the copy. All jobs and attempts of a copy know its
 * start, so that all its objects have the same date.
 */
export type RetainUntil = Date | { readonly msFromStart: number };

/**
 * Parameters that PutObject and CreateMultipartUpload have in common, and the condition for the request that creates
 * the object.
 */
export type ObjectParameters = Omit<
  CreateMultipartUploadCommandInput,
  'Bucket' | 'Key' | 'ChecksumAlgorithm' | 'ChecksumType'
> &
  Pick<PutObjectCommandInput, 'IfNoneMatch'>;

/** Kinds of objects that the Action writes and Object Lock never protects: they have no use after the copy. */
export type UnlockedKind = 'marker' | 'checkpoint';

/** Kind of an object that the Action writes; for those that Object Lock can protect, also the start of the copy. */
export type ObjectKind = readonly [kind: UnlockedKind] | readonly [kind: 'data' | 'manifest', start: Date];

/** Server-side encryption. The discriminant separates the algorithms that DynamoDB exports support from KMS_DSSE. */
export type Encryption = { readonly kmsKeyId?: string } & (
  | { readonly algorithm: 'AES256' | 'KMS' }
  | { readonly algorithm: 'KMS_DSSE' }
);

const SERVER_SIDE_ENCRYPTION = { AES256: 'AES256', KMS: 'aws:kms', KMS_DSSE: 'aws:kms:dsse' } as const;

/** Options for the objects that are written, from several inputs. */
export interface ObjectOptions {
  readonly putObject: PutObjectParameters;
  readonly encryption?: Encryption;
  readonly bucketOwner?: string;
}

/**
 * Returns the parameters of PutObject or CreateMultipartUpload for an object of this kind.
 *
 * Manifests are always stored in the standard class: an archived manifest could not be read to find out what the copy
 * contains, and for its few hundred bytes the other classes bill 128 KiB or 30 days.
 */
export function objectParameters(options: ObjectOptions, ...[kind, start]: ObjectKind) {
  const {
    ACL,
    Tagging,
    Metadata,
    StorageClass: storageClass,
    BucketKeyEnabled,
    IfNoneMatch,
    ...rest
  } = options.putObject;
  const { ObjectLockMode: mode, ObjectLockRetainUntilDate: until, ObjectLockLegalHoldStatus: legalHold } = rest;
  const { algorithm, kmsKeyId } = options.encryption ?? {};
  return {
    ...(ACL && { ACL }),
    ...(Tagging && { Tagging }),
    ...(Metadata && { Metadata }),
    ...(algorithm && { ServerSideEncryption: SERVER_SIDE_ENCRYPTION[algorithm] }),
    ...(kmsKeyId && { SSEKMSKeyId: kmsKeyId }),
    ...(BucketKeyEnabled !== undefined && { BucketKeyEnabled }),
    ...(IfNoneMatch && { IfNoneMatch }),
    ...(storageClass && kind === 'data' && { StorageClass: storageClass }),
    ...(mode && start && { ObjectLockMode: mode }),
    ...(until && start && { ObjectLockRetainUntilDate: retainUntilDate(until, start) }),
    ...(legalHold && start && { ObjectLockLegalHoldStatus: legalHold }),
  } satisfies Partial<PutObjectCommandInput>;
}

function retainUntilDate(until: RetainUntil, start: Date): Date {
  return until instanceof Date ? until : new Date(start.getTime() + until.msFromStart);
}

/** Returns true for storage classes whose objects must be restored, which takes hours, before they can be read. */
export function isArchived(storageClass: PutObjectParameters['StorageClass']): boolean {
  return storageClass === StorageClass.GLACIER || storageClass === StorageClass.DEEP_ARCHIVE;
}
