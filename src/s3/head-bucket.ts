import { HeadBucketCommand, type S3Client } from '@aws-sdk/client-s3';
import type { Bucket } from './bucket.ts';
import { statusOf } from './error-status.ts';

/**
 * Returns true if S3 accepts HeadBucket for a bucket of this owner. S3 returns 403 both for a missing permission and
 * for a different owner.
 *
 * @param owner account ID; undefined to accept any owner
 */
export async function canAccess(
  { client, name }: Bucket,
  owner: string | undefined,
  signal: AbortSignal,
): Promise<boolean> {
  try {
    await client.send(new HeadBucketCommand({ Bucket: name, ExpectedBucketOwner: owner }), { abortSignal: signal });
    return true;
  } catch (error) {
    if (statusOf(error) === 403) return false;
    throw error;
  }
}

/**
 * Returns the Region of a bucket.
 *
 * S3 sends `x-amz-bucket-region` to any caller, including in error responses. A 403 (the minimal permissions do not
 * include s3:ListBucket) and a 301 (the request was sent to the wrong Region) are therefore as useful as a 200.
 *
 * @returns undefined for stores that do not report the Region
 * @throws the error of the SDK if the bucket does not exist or no response arrives
 */
export async function bucketRegion(client: S3Client, bucket: string, signal: AbortSignal): Promise<string | undefined> {
  try {
    // ExpectedBucketOwner is not sent: a 403 for the wrong owner would prove nothing.
    const { BucketRegion } = await client.send(new HeadBucketCommand({ Bucket: bucket }), { abortSignal: signal });
    return BucketRegion;
  } catch (error) {
    const { headers } = (error as { $response?: { headers?: Record<string, string> } }).$response ?? {};
    if ([301, 400, 403].includes(statusOf(error))) return headers?.['x-amz-bucket-region'];
    throw error;
  }
}
