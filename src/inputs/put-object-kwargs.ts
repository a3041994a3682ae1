import {
  ObjectCannedACL,
  ObjectLockLegalHoldStatus,
  ObjectLockMode,
  RequestPayer,
  StorageClass,
} from '@aws-sdk/client-s3';
import type { PutObjectParameters } from '../s3/object-options.ts';
import { ParameterReader } from './parameter-reader.ts';
import type { InputProblems } from './problems.ts';
import { readMetadata, readRetainUntilDate, readTagging } from './put-object-values.ts';
import type { SourceMapping } from './source-value.ts';

/**
 * Reads and validates the parameters of the objects that are written.
 *
 * https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObject.html
 */
export function readPutObjectParameters(
  mapping: SourceMapping,
  { now, encryptsWithKms }: { readonly now: Date; readonly encryptsWithKms: boolean },
  problems: InputProblems,
): PutObjectParameters {
  const reader = new ParameterReader(mapping, problems);
  reader.rejectUnknown(SUPPORTED, UNSUPPORTED);
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

const SUPPORTED = [
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

const UNSUPPORTED: ReadonlyMap<string, string> = new Map([
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
