import type { Bucket } from '../../s3/bucket.ts';
import { MultipartUpload } from '../../s3/multipart-upload.ts';
import type { ObjectParameters } from '../../s3/object-options.ts';
import { type Check, ok } from './check.ts';

/**
 * Checks whether objects can be written to the prefix of the copy. Creates a multipart upload and aborts it: S3
 * evaluates the policies and requests a data key from KMS, and nothing remains in the bucket. The check does not cover
 * kms:Decrypt, which only uploading parts requires.
 *
 * @param key key below the prefix of the copy, because permissions may be limited to a prefix
 */
export function writeAccessCheck(bucket: Bucket, key: string, parameters: ObjectParameters): Check {
  return {
    name: 'Write access',
    async run(signal) {
      const upload = new MultipartUpload(bucket, key, parameters, signal);
      let left: Awaited<ReturnType<MultipartUpload['abort']>> = 'nothing left';
      try {
        await upload.create();
      } finally {
        left = await upload.abort();
      }
      return ok(
        `the role can write to s3://${bucket.name}/${key.slice(0, key.lastIndexOf('/') + 1)}`,
        left === 'upload left open'
          ? 'The multipart upload of this check could not be aborted. Grant s3:AbortMultipartUpload to the role. The upload has no parts and costs nothing.'
          : undefined,
      );
    },
  };
}
