import {
  type CreateMultipartUploadCommandInput,
  ObjectCannedACL,
  ObjectLockLegalHoldStatus,
  ObjectLockMode,
  type PutObjectCommandInput,
  RequestPayer,
  StorageClass,
} from '@aws-sdk/client-s3';
import { ParameterReader } from '../parameters/parameter-reader.ts';
import type { Problems } from '../parameters/problems.ts';
import type { SourceMapping } from '../parameters/source-value.ts';
import { readMetadata, readRetainUntilDate, readTagging } from './object-option-values.ts';

/** What `s3-put-object-kwargs` asks for, checked. */
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

/** Parameters that PutObject and CreateMultipartUpload have in common, and the condition of whichever makes the object. */
export type ObjectParameters = Omit<
  CreateMultipartUploadCommandInput,
  'Bucket' | 'Key' | 'ChecksumAlgorithm' | 'ChecksumType'
> &
  Pick<PutObjectCommandInput, 'IfNoneMatch'>;

/** What an object of the copy is. */
export type ObjectKind = 'data' | 'manifest' | 'marker' | 'checkpoint';

/** Encryption by S3. The discriminant is what DynamoDB's export can do, too. */
export type Encryption = { readonly kmsKeyId?: string } & (
  | { readonly algorithm: 'AES256' | 'KMS' }
  | { readonly algorithm: 'KMS_DSSE' }
);

const SERVER_SIDE_ENCRYPTION = { AES256: 'AES256', KMS: 'aws:kms', KMS_DSSE: 'aws:kms:dsse' } as const;

/** What is asked for of the objects that are written, from several inputs. */
export interface ObjectOptions {
  readonly putObject: PutObjectParameters;
  readonly encryption?: Encryption;
  readonly bucketOwner?: string;
}

/**
 * The parameters with which an object of this kind is written, by PutObject or CreateMultipartUpload.
 *
 * Manifests stay in the standard class, for an archived one could not say what the copy holds, and for its few hundred
 * bytes the other classes bill 128 KiB or 30 days. Neither marker nor checkpoints are locked: they are of no use to anybody
 * afterwards.
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

/** True for the classes from which an object must be restored, for hours, before it can be read. */
export function isArchived(storageClass: PutObjectParameters['StorageClass']): boolean {
  return storageClass === StorageClass.GLACIER || storageClass === StorageClass.DEEP_ARCHIVE;
}

/**
 * Reads and checks the parameters of the objects that are written.
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
    problems.at('BucketKeyEnabled').add('needs the input s3-sse-algorithm: KMS. S3 has no bucket keys for KMS_DSSE');
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

/** The SDK's list has more: classes of Outposts, Snow devices, file systems, backups and directory buckets. */
const NOT_FOR_BUCKETS = /^(?:OUTPOSTS|SNOW|EXPRESS_ONEZONE|FSX_|AWS_BACKUP_)/;
const STORAGE_CLASSES = Object.values(StorageClass).filter((name) => !NOT_FOR_BUCKETS.test(name));

const CHECKSUMS = 'is not set here: each object has a checksum of its own, which is computed as it is written';

const REASONS: ReadonlyMap<string, string> = new Map([
  ['ServerSideEncryption', 'is not set here. Use the input s3-sse-algorithm'],
  ['SSEKMSKeyId', 'is not set here. Use the input s3-sse-kms-key-id'],
  ['ExpectedBucketOwner', 'is not set here. Use the input s3-bucket-owner'],
  ['Bucket', 'is not set here. Use the input s3-bucket-name'],
  ['Key', 'is not set here: names are those of a DynamoDB export. Use the input s3-key-prefix for the folder'],
  ['Body', 'is not set here: it is the data of the copy'],
  ['SSECustomer*', 'is not supported: DynamoDB cannot import objects encrypted with a key of your own. Use KMS'],
  ['ContentMD5', CHECKSUMS],
  ['Checksum*', CHECKSUMS],
  ['ContentEncoding', 'is not supported: clients would unzip the objects, and no checksum would fit what they get'],
  ['IfMatch', 'is not supported: every object of a copy is new'],
  ['Grant*', 'is not supported. Use ACL'],
]);

/** S3 takes mode and date together or not at all. */
function readRetention(reader: ParameterReader, now: Date) {
  for (const [name, other] of [
    ['ObjectLockMode', 'ObjectLockRetainUntilDate'],
    ['ObjectLockRetainUntilDate', 'ObjectLockMode'],
  ] as const) {
    if (reader.has(name) && !reader.has(other)) reader.problems.at(name).add(`needs ${other} beside it`);
  }
  return {
    ObjectLockMode: reader.choice('ObjectLockMode', Object.values(ObjectLockMode)),
    ObjectLockRetainUntilDate: readRetainUntilDate(reader, now),
  };
}
