import { inParallel } from '../in-parallel.ts';
import type { DataFile } from '../manifest/manifests.ts';
import type { Bucket } from '../s3/bucket.ts';
import { isDenied, statusOf } from '../s3/error-status.ts';

/** Total size and problems of the data objects that the manifests of an export list. */
export interface MeasuredObjects {
  readonly sizeBytes: number;
  /** Number of objects that do not exist. */
  readonly missing: number;
  /** Number of objects that the role is not authorized to check. */
  readonly denied: number;
}

/** Lists the data folder of a full export, which contains only its own objects. Requires s3:ListBucket. */
export async function measureFolder(
  bucket: Bucket,
  folder: string,
  files: readonly DataFile[],
  signal: AbortSignal,
): Promise<MeasuredObjects> {
  const missing = new Set(files.map((file) => file.key));
  let sizeBytes = 0;
  try {
    for await (const { key, size } of bucket.list(folder, signal)) if (missing.delete(key)) sizeBytes += size;
  } catch (error) {
    if (isDenied(error)) return { sizeBytes: 0, missing: 0, denied: files.length };
    throw error;
  }
  return { sizeBytes, missing: missing.size, denied: 0 };
}

/**
 * Sends HeadObject for each object of an incremental export. All incremental exports under a prefix share one folder,
 * so listing it takes longer with each export. Requires s3:GetObject. Without s3:ListBucket, a missing object counts as
 * denied.
 */
export async function measureEach(
  bucket: Bucket,
  files: readonly DataFile[],
  signal: AbortSignal,
): Promise<MeasuredObjects> {
  const measured = { sizeBytes: 0, missing: 0, denied: 0 };
  await inParallel(files, async ({ key }) => {
    try {
      const head = await bucket.head(key, signal);
      if (head) measured.sizeBytes += head.size;
      else measured.missing += 1;
    } catch (error) {
      if (statusOf(error) !== 403) throw error;
      measured.denied += 1;
    }
  });
  return measured;
}
