import { HeadBucketCommand, type S3Client } from '@aws-sdk/client-s3';

/**
 * Asks S3 for a bucket's region.
 *
 * S3 tells it in `x-amz-bucket-region`, to anybody, also beside a refusal: so a 403 (the minimal rights do not include
 * s3:ListBucket) and a 301 (asked in the wrong region) are answers as good as a 200.
 *
 * @returns undefined for stores that do not tell
 * @throws the SDK's error where there is no such bucket, or no answer
 */
export async function bucketRegion(client: S3Client, bucket: string, signal: AbortSignal): Promise<string | undefined> {
  try {
    // Without ExpectedBucketOwner: the answer to a wrong one would be a 403 that proves nothing.
    const { BucketRegion } = await client.send(new HeadBucketCommand({ Bucket: bucket }), { abortSignal: signal });
    return BucketRegion;
  } catch (error) {
    const { $metadata, $response } = error as {
      $metadata?: { httpStatusCode?: number };
      $response?: { headers?: Record<string, string> };
    };
    const status = $metadata?.httpStatusCode;
    if (status === 301 || status === 400 || status === 403) return $response?.headers?.['x-amz-bucket-region'];
    throw error;
  }
}
