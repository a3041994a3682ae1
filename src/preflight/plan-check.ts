import { findStarted } from '../manifest/find-started.ts';
import { copyLayout } from '../manifest/layout.ts';
import type { Bucket } from '../s3/bucket.ts';
import type { PlannedShard } from '../shards/copy-plan.ts';
import { type Check, ok } from './checks/check.ts';
import { type PlannedAccess, requireSamePlan } from './require-same-plan.ts';

/** Checks that the plan of a shard was made for the table, the bucket and the parameters of this step. */
export function planCheck(
  { plan, name }: PlannedShard,
  { bucket, ...access }: Omit<PlannedAccess, 'bucket'> & { readonly bucket: Bucket },
): Check {
  return {
    name: 'Plan',
    async run(signal) {
      requireSamePlan(plan, { ...access, bucket: bucket.name });
      const layout = copyLayout(plan.prefix, plan.exportId);
      await findStarted(bucket, layout, signal);
      return ok(`shard ${name} of s3://${bucket.name}/${layout.root}`);
    },
  };
}
