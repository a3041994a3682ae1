import { isAwsHost } from '../aws/partition.ts';
import { quote } from '../message-text.ts';
import type { Encryption } from '../s3/object-options.ts';
import type { InputReader } from './input-reader.ts';
import type { InputProblems } from './problems.ts';

/** Bucket and the settings of every write to it. */
export interface BucketInputs {
  readonly bucket: string;
  readonly forcePathStyle: boolean;
  readonly payloadSigningEnabled: boolean;
  readonly bucketOwner?: string;
  readonly encryption?: Encryption;
}

/** @param destRegion Region of the bucket if the inputs set it; a KMS key must be in the same Region */
export function readBucketInputs(reader: InputReader, destRegion: string | undefined): BucketInputs {
  const forcePathStyle = reader.boolean('s3-force-path-style', false);
  const bucketOwner = readBucketOwner(reader);
  const encryption = readEncryption(reader, destRegion);
  return {
    bucket: readBucket(reader, forcePathStyle),
    forcePathStyle,
    payloadSigningEnabled: reader.boolean('s3-payload-signing-enabled', false),
    ...(bucketOwner !== undefined && { bucketOwner }),
    ...(encryption && { encryption }),
  };
}

function readBucket(reader: InputReader, forcePathStyle: boolean): string {
  const bucket = reader.required('s3-bucket-name');
  if (bucket !== '') checkBucketName(bucket, forcePathStyle, reader.problems.at('s3-bucket-name'));
  return bucket;
}

/** Reads the ID of the account that must own the bucket. */
export function readBucketOwner(
  reader: InputReader,
  name: 's3-bucket-owner' | 'compare-bucket-owner' = 's3-bucket-owner',
): string | undefined {
  return reader.parsed<string | undefined>(
    name,
    undefined,
    'a 12-digit AWS account ID, in quotes if it starts with 0',
    (owner) => (/^\d{12}$/.test(owner) ? owner : undefined),
  );
}

function readEncryption(reader: InputReader, destRegion: string | undefined): BucketInputs['encryption'] {
  const algorithm = reader.optionalChoice('s3-sse-algorithm', ['AES256', 'KMS', 'KMS_DSSE']);
  const kmsKeyId = reader.text('s3-sse-kms-key-id');
  if (kmsKeyId !== '') checkKmsKey(reader, kmsKeyId, destRegion);
  if (kmsKeyId !== '' && (algorithm === 'AES256' || reader.text('s3-sse-algorithm') === '')) {
    reader.problems.at('s3-sse-kms-key-id').add('requires s3-sse-algorithm: KMS or KMS_DSSE');
  }
  return algorithm && { algorithm, ...(kmsKeyId !== '' && { kmsKeyId }) };
}

function checkKmsKey(reader: InputReader, key: string, destRegion: string | undefined): void {
  const problems = reader.problems.at('s3-sse-kms-key-id');
  if (!/^[\w:/-]{1,2048}$/.test(key)) {
    problems.add(`${quote(key)} is invalid. Use the ID, the ARN or the alias (alias/...) of a KMS key`);
  }
  const [, region] = /^arn:aws[a-z-]*:kms:([^:]+):/.exec(key) ?? [];
  if (region !== undefined && destRegion !== undefined && region !== destRegion) {
    problems.add(
      `is a key in ${quote(region)}, but the bucket is in ${quote(destRegion)}. Use a key in the bucket's Region`,
    );
  }
}

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html */
const NAME = /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/;

/** Names that S3-compatible stores and old S3 buckets can have. They work only in the path of a URL. */
const PATH_STYLE_NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{1,253}[A-Za-z0-9]$/;

/** Reports an invalid bucket name. Access point aliases are accepted, because S3 accepts them as bucket names. */
export function checkBucketName(value: string, forcePathStyle: boolean, problems: InputProblems): void {
  if (value.startsWith('arn:')) {
    problems.add(`${quote(value)} is an ARN. Use ${value.includes(':accesspoint') ? ACCESS_POINT : BUCKET}`);
  } else if (/^[a-z0-9]+:\/\//i.test(value)) {
    problems.add(`${quote(value)} is a URI. Use ${BUCKET}, and set s3-key-prefix for the path`);
  } else if (value.includes('/')) {
    problems.add(`${quote(value)} contains a slash. Use ${BUCKET}, and set s3-key-prefix for the path`);
  } else if (/\.s3[a-z0-9-]*\./.test(value) && isAwsHost(value)) {
    problems.add(`${quote(value)} is the host name of a bucket. Use ${BUCKET}, which is the part before ".s3"`);
  } else if (/--xa?-s3$/.test(value)) {
    // The Region cannot be looked up, because it is part of the endpoint of such a bucket. ImportTable cannot read it,
    // because it uses s3:GetObject, which directory buckets do not support.
    const what = value.endsWith('--x-s3') ? 'a directory bucket' : 'an access point for a directory bucket';
    problems.add(
      `${quote(value)} is ${what} (S3 Express One Zone). DynamoDB cannot import from directory buckets, and they do not ` +
        'support an expected bucket owner, tags or Object Lock. Use a general purpose bucket',
    );
  } else if (!(forcePathStyle ? PATH_STYLE_NAME : NAME).test(value) || /\.\.|^\d+\.\d+\.\d+\.\d+$/.test(value)) {
    problems.add(
      `${quote(value)} is not a valid bucket name. Use ${forcePathStyle ? PATH_STYLE_NAME_ALLOWED : NAME_ALLOWED}`,
    );
  }
}

const BUCKET = 'only the bucket name';
const ACCESS_POINT = 'the bucket name, or the access point alias, which ends with -s3alias';
const ENDS = 'starting and ending with a letter or digit. IP addresses are not allowed';
const PATH_STYLE_NAME_ALLOWED = `3 to 255 letters, digits, single dots, hyphens and underscores, ${ENDS}`;
const NAME_ALLOWED =
  `3 to 63 lowercase letters, digits, single dots and hyphens, ${ENDS}. ` +
  'If the store allows other names, set s3-force-path-style to true';
