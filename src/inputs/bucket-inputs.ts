import type { Encryption } from '../s3/object-options.ts';
import { checkBucketName } from './bucket-name.ts';
import type { InputReader } from './input-reader.ts';
import { quoted } from './problems.ts';

/** Bucket and the settings of every write to it. */
export interface BucketInputs {
  readonly bucket: string;
  readonly forcePathStyle: boolean;
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
    ...(bucketOwner !== undefined && { bucketOwner }),
    ...(encryption && { encryption }),
  };
}

function readBucket(reader: InputReader, forcePathStyle: boolean): string {
  const bucket = reader.required('s3-bucket-name');
  if (bucket !== '') checkBucketName(bucket, forcePathStyle, reader.problems.at('s3-bucket-name'));
  return bucket;
}

function readBucketOwner(reader: InputReader): string | undefined {
  return reader.parsed<string | undefined>(
    's3-bucket-owner',
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
    problems.add(`${quoted(key)} is invalid. Use the ID, the ARN or the alias (alias/...) of a KMS key`);
  }
  const [, region] = /^arn:aws[a-z-]*:kms:([^:]+):/.exec(key) ?? [];
  if (region !== undefined && destRegion !== undefined && region !== destRegion) {
    problems.add(
      `is a key in ${quoted(region)}, but the bucket is in ${quoted(destRegion)}. Use a key in the bucket's Region`,
    );
  }
}
