import {
  type CreateMultipartUploadCommandInput,
  ObjectCannedACL,
  ObjectLockLegalHoldStatus,
  ObjectLockMode,
  type PutObjectCommandInput,
  RequestPayer,
  StorageClass,
} from '@aws-sdk/client-s3';
import { ParameterReader } from '../inputs/parameter-reader.ts';
import type { Problems } from '../inputs/problems.ts';
import type { SourceMapping } from '../inputs/source-value.ts';
import { readMetadata, readRetainUntilDate, readTagging } from './object-option-values.ts';

/** Validated parameters from the input `s3-put-object-kwargs`. */
export type PutObjectParameters = Pick<
  PutObjectCommandInput,
  | 'ACL'
  | 'BucketKeyEnabled'
  | 'IfNoneMatch'
  | 'Metadata'
  | 'ObjectLockLegalHoldStatus'
  | 'ObjectLockMode'
  | 'ObjectLockRetainUntilDate'
  | 'RequestPayer'
  | 'StorageClass'
  | 'Tagging'
>;

/**
 * Parameters that PutObject and CreateMultipartUpload have in common, and the condition for the request that creates
 * the object.
 */
export type ObjectParameters = Omit<
  CreateMultipartUploadCommandInput,
  'Bucket' | 'Key' | 'ChecksumAlgorithm' | 'ChecksumType'
> &
  Pick<PutObjectCommandInput, 'IfNoneMatch'>;

/** Kinds of objects that the Action writes. */
export type ObjectKind = 'data' | 'manifest' | 'marker' | 'checkpoint';

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
 * contains, and for its few hundred bytes the other classes bill 128 KiB or 30 days. The marker and checkpoints are not
 * locked: they have no use after the copy.
 */
export function objectParameters(kind: ObjectKind, options: ObjectOptions) {
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
  const locked = kind === 'data' || kind === 'manifest';
  return {
    ...(ACL && { ACL }),
    ...(Tagging && { Tagging }),
    ...(Metadata && { Metadata }),
    ...(algorithm && { ServerSideEncryption: SERVER_SIDE_ENCRYPTION[algorithm] }),
    ...(kmsKeyId && { SSEKMSKeyId: kmsKeyId }),
    ...(BucketKeyEnabled !== undefined && { BucketKeyEnabled }),
    ...(IfNoneMatch && { IfNoneMatch }),
    ...(storageClass && kind === 'data' && { StorageClass: storageClass }),
    ...(mode && locked && { ObjectLockMode: mode }),
    ...(until && locked && { ObjectLockRetainUntilDate: until }),
    ...(legalHold && locked && { ObjectLockLegalHoldStatus: legalHold }),
  } satisfies Partial<PutObjectCommandInput>;
}

/** Returns true for storage classes whose objects must be restored, which takes hours, before they can be read. */
export function isArchived(storageClass: PutObjectParameters['StorageClass']): boolean {
  return storageClass === StorageClass.GLACIER || storageClass === StorageClass.DEEP_ARCHIVE;
}

/**
 * Reads and validates the parameters of the objects that are written.
 *
 * https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObject.html
 */
export function readPutObjectParameters(
  mapping: SourceMapping,
  { now, encryptsWithKms }: { readonly now: Date; readonly encryptsWithKms: boolean },
  problems: Problems,
): PutObjectParameters {
  const reader = new ParameterReader(mapping, problems);
  reader.refuseUnknown(KNOWN, REASONS);
  const BucketKeyEnabled = reader.boolean('BucketKeyEnabled');
  if (BucketKeyEnabled !== undefined && !encryptsWithKms) {
    problems.at('BucketKeyEnabled').add('requires s3-sse-algorithm: KMS. KMS_DSSE does not support S3 Bucket Keys');
  }
  const read = {
    ACL: reader.choice('ACL', Object.values(ObjectCannedACL)),
    BucketKeyEnabled,
    IfNoneMatch: reader.choice('IfNoneMatch', ['*']),
    Metadata: readMetadata(reader),
    ObjectLockLegalHoldStatus: reader.choice('ObjectLockLegalHoldStatus', Object.values(ObjectLockLegalHoldStatus)),
    ...readRetention(reader, now),
    RequestPayer: reader.choice('RequestPayer', Object.values(RequestPayer)),
    StorageClass: reader.choice('StorageClass', STORAGE_CLASSES),
    Tagging: readTagging(reader),
  };
  return Object.fromEntries(Object.entries(read).filter(([, value]) => value !== undefined));
}

const KNOWN = [
  'StorageClass',
  'ACL',
  'Tagging',
  'Metadata',
  'BucketKeyEnabled',
  'IfNoneMatch',
  'ObjectLockMode',
  'ObjectLockRetainUntilDate',
  'ObjectLockLegalHoldStatus',
  'RequestPayer',
];

/** The list of the SDK also has the classes of Outposts, Snow devices, file systems, backups and directory buckets. */
const NOT_FOR_BUCKETS = /^(?:OUTPOSTS|SNOW|EXPRESS_ONEZONE|FSX_|AWS_BACKUP_)/;
const STORAGE_CLASSES = Object.values(StorageClass).filter((name) => !NOT_FOR_BUCKETS.test(name));

const CHECKSUMS = 'cannot be set: the Action computes the checksum of each object as it is written';

const REASONS: ReadonlyMap<string, string> = new Map([
  ['ServerSideEncryption', 'cannot be set here. Use the input s3-sse-algorithm'],
  ['SSEKMSKeyId', 'cannot be set here. Use the input s3-sse-kms-key-id'],
  ['ExpectedBucketOwner', 'cannot be set here. Use the input s3-bucket-owner'],
  ['Bucket', 'cannot be set here. Use the input s3-bucket-name'],
  ['Key', 'cannot be set: objects are named as in a DynamoDB export. Use the input s3-key-prefix for the prefix'],
  ['Body', 'cannot be set: it is the data of the copy'],
  ['SSECustomer*', 'is not supported: DynamoDB cannot import objects encrypted with customer-provided keys. Use KMS'],
  ['ContentMD5', CHECKSUMS],
  ['Checksum*', CHECKSUMS],
  ['ContentEncoding', 'is not supported: clients would decompress the objects, and the checksums would not match'],
  ['IfMatch', 'is not supported: every object of a copy is new'],
  ['Grant*', 'is not supported. Use ACL'],
]);

/** Reads the retention mode and date. S3 requires both or neither. */
function readRetention(reader: ParameterReader, now: Date) {
  for (const [name, other] of [
    ['ObjectLockMode', 'ObjectLockRetainUntilDate'],
    ['ObjectLockRetainUntilDate', 'ObjectLockMode'],
  ] as const) {
    if (reader.has(name) && !reader.has(other)) reader.problems.at(name).add(`requires ${other}`);
  }
  return {
    ObjectLockMode: reader.choice('ObjectLockMode', Object.values(ObjectLockMode)),
    ObjectLockRetainUntilDate: readRetainUntilDate(reader, now),
  };
}
