import type { Bucket } from '../s3/bucket.ts';
import { MultipartUpload } from '../s3/multipart-upload.ts';
import type { ObjectParameters } from '../s3/object-options.ts';
import { type Check, ok } from './check.ts';

/**
 * Whether objects like the copy's can be written to where the copy would lie. A multipart upload is begun and aborted:
 * S3 then asks the policies, and KMS for a data key, and nothing is left in the bucket. kms:Decrypt, which only the parts
 * of an upload need, is not proved.
 *
 * @param key below the folder of the copy, as the rights may end at a prefix
 */
export function writeAccess(bucket: Bucket, key: string, parameters: ObjectParameters): Check {
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
        `S3 lets the role write under s3://${bucket.name}/${key.slice(0, key.lastIndexOf('/') + 1)}`,
        left === 'upload left open'
          ? 'The upload that was begun to find this out could not be aborted: add s3:AbortMultipartUpload to the policy of the role. It holds no data, and costs nothing.'
          : undefined,
      );
    },
  };
}
