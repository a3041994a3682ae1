import type { S3Client } from '@aws-sdk/client-s3';
import { bucketRegion } from '../s3/head-bucket.ts';

/** Client in the Region of a bucket. */
export interface ReachedBucket {
  readonly client: S3Client;
  /** Region that the client sends requests to. */
  readonly region: string;
  /** Region that S3 reports; undefined for stores that do not report it. */
  readonly reportedRegion: string | undefined;
}

/**
 * Creates the client in the Region of the bucket. If the Region is not known, S3 returns it.
 *
 * @param clientIn creates a client in a Region
 * @param regions `region`: the Region in the inputs, which is used even if S3 reports another one; `firstRegion`: where
 *   to ask for the Region
 * @throws the error of the SDK if the bucket does not exist or no response arrives
 */
export async function reachBucket(
  clientIn: (region: string) => S3Client,
  name: string,
  { region, firstRegion }: { readonly region: string | undefined; readonly firstRegion: string },
  signal: AbortSignal,
): Promise<ReachedBucket> {
  const client = clientIn(firstRegion);
  const reportedRegion = await bucketRegion(client, name, signal);
  if (region !== undefined || reportedRegion === undefined || reportedRegion === firstRegion) {
    return { client, region: firstRegion, reportedRegion };
  }
  client.destroy();
  return { client: clientIn(reportedRegion), region: reportedRegion, reportedRegion };
}
