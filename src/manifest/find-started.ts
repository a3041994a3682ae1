import { CopyError } from '../errors.ts';
import { remedies } from '../remedies.ts';
import type { Bucket } from '../s3/bucket.ts';
import { statusOf } from '../s3/error-status.ts';
import { isAbsent } from '../s3/find-listed.ts';
import type { StoredObject } from '../s3/s3-objects.ts';
import type { Layout } from './layout.ts';

/**
 * Returns the object `_started` of a copy that several jobs write. The plan wrote it, so it proves that the job uses the
 * bucket of the plan, and shows how the objects are encrypted.
 *
 * @throws {CopyError} PLAN_NOT_FOUND if it does not exist
 */
export async function findStarted(bucket: Bucket, { started }: Layout, signal: AbortSignal): Promise<StoredObject> {
  const marker = await headOrNothing(bucket, started, signal);
  if (marker) return marker;
  throw new CopyError(
    'PLAN_NOT_FOUND',
    `The bucket ${bucket.name} does not contain ${started}, which the step that makes the plan writes.`,
    remedies.makePlan,
  );
}

/**
 * Returns undefined if the object does not exist. If the role may list only a part of the bucket, S3 returns 403 for an
 * object that does not exist.
 * https://docs.aws.amazon.com/AmazonS3/latest/API/API_HeadObject.html
 */
async function headOrNothing(bucket: Bucket, key: string, signal: AbortSignal): Promise<StoredObject | undefined> {
  try {
    return await bucket.head(key, signal);
  } catch (error) {
    if (statusOf(error) !== 403 || !(await isAbsent(bucket, key, signal).catch(() => false))) throw error;
    return undefined;
  }
}
