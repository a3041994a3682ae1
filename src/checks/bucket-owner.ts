import { CopyError } from '../errors.ts';
import type { Bucket } from '../s3/bucket.ts';
import { type Check, lacksRight, ok } from './check.ts';

/**
 * Whether the bucket belongs to the account that s3-bucket-owner names. S3 refuses a wrong owner and a role that may not
 * look with the same 403, so a refusal proves something only where the same question without an owner is answered.
 */
export function bucketOwner(bucket: Bucket, owner: string): Check {
  return {
    name: 'Owner of the bucket',
    async run(signal) {
      if (await bucket.mayLookAs(owner, signal)) return ok(`account ${owner}`);
      if (!(await bucket.mayLookAs(undefined, signal))) return lacksRight('s3:ListBucket');
      throw new CopyError(
        'ACCESS_DENIED',
        `The bucket ${bucket.name} does not belong to account ${owner} (s3-bucket-owner).`,
        'Check s3-bucket-name: somebody else may own a bucket with a name like that. Else correct s3-bucket-owner.',
      );
    },
  };
}
