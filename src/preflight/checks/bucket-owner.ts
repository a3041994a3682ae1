import { CopyError } from '../../errors.ts';
import type { Bucket } from '../../s3/bucket.ts';
import { canAccess } from '../../s3/head-bucket.ts';
import { type Check, missingPermission, ok } from './check.ts';

/**
 * Checks that the bucket belongs to the account in s3-bucket-owner. S3 returns the same 403 for a wrong owner and for a
 * missing permission, so a 403 proves a wrong owner only if the same request without an owner succeeds.
 */
export function bucketOwnerCheck(bucket: Bucket, owner: string): Check {
  return {
    name: 'Bucket owner',
    async run(signal) {
      if (await canAccess(bucket, owner, signal)) return ok(`account ${owner}`);
      if (!(await canAccess(bucket, undefined, signal))) return missingPermission('s3:ListBucket');
      throw new CopyError(
        'ACCESS_DENIED',
        `The bucket ${bucket.name} does not belong to account ${owner} (s3-bucket-owner).`,
        'Check s3-bucket-name, because another account may own this bucket. If the bucket is correct, fix s3-bucket-owner.',
      );
    },
  };
}
