import { requiredMember } from '../aws/required-member.ts';
import type { Layout } from '../backup/layout.ts';
import type { DataFile } from '../backup/manifests.ts';
import { type ReadManifests, readManifests } from '../backup/read-manifests.ts';
import { CopyError } from '../errors.ts';
import type { Narrator } from '../narrator.ts';
import type { Bucket } from '../s3/bucket.ts';
import { isDenied } from '../s3/refusals.ts';
import type { DescribedExport } from './described-export.ts';
import type { VerifiedExport } from './export-progress.ts';
import { measureEach, measureFolder } from './measure.ts';

/**
 * Reads what a completed export wrote and holds it against what DynamoDB says of it. A role that may write to the bucket
 * but not read it gets a warning, and the outputs that DynamoDB's description alone gives.
 *
 * @param onManifestsRead called with the data objects before it is known whether they exist
 * @throws {CopyError} EXPORT_MANIFEST_INVALID
 */
export async function verifyExport(
  bucket: Bucket,
  description: DescribedExport,
  { data }: Layout,
  onManifestsRead: (files: readonly DataFile[]) => void,
  narrator: Narrator,
  signal: AbortSignal,
): Promise<VerifiedExport> {
  const { ExportManifest: manifestKey, ItemCount, IncrementalExportSpecification } = description;
  if (manifestKey === undefined || manifestKey === '') {
    throw new CopyError(
      'EXPORT_MANIFEST_INVALID',
      'DynamoDB calls the export complete and names no manifest of it.',
      'Do not rely on this copy: make a new one.',
    );
  }
  const manifests = await readIfAuthorized(bucket, manifestKey, narrator, signal);
  if (manifests === 'not authorized') {
    const itemCount = requiredMember('DescribeExport', description, 'ItemCount');
    return { manifestKey, itemCount, files: 'not authorized', sizeBytes: 'not authorized' };
  }
  const { files, itemCount } = manifests;
  if (ItemCount !== undefined && itemCount !== ItemCount) {
    throw new CopyError(
      'EXPORT_MANIFEST_INVALID',
      `The manifests count ${itemCount} items, and DynamoDB ${ItemCount}.`,
      'Do not rely on this copy: make a new one.',
    );
  }
  onManifestsRead(files);
  // All incremental exports below a prefix write to one folder.
  const folder = IncrementalExportSpecification === undefined ? data : undefined;
  return { manifestKey, itemCount, files, sizeBytes: await measure(bucket, files, folder, narrator, signal) };
}

async function readIfAuthorized(
  bucket: Bucket,
  manifestKey: string,
  narrator: Narrator,
  signal: AbortSignal,
): Promise<ReadManifests | 'not authorized'> {
  try {
    return await readManifests(bucket, manifestKey, signal);
  } catch (error) {
    if (!isDenied(error)) throw error;
    narrator.warning(
      'The export is complete, but its manifests could not be read and are not verified: the role lacks s3:GetObject on the bucket. The output s3-keys is not set.',
    );
    return 'not authorized';
  }
}

/**
 * Adds up the bytes of the data objects, if the role can look at them.
 *
 * @param folder of the data objects; undefined if other exports write to it too
 * @throws {CopyError} EXPORT_MANIFEST_INVALID if an object does not exist
 */
async function measure(
  bucket: Bucket,
  files: readonly DataFile[],
  folder: string | undefined,
  narrator: Narrator,
  signal: AbortSignal,
): Promise<number | 'not authorized'> {
  const { sizeBytes, missing, denied } =
    folder === undefined
      ? await measureEach(bucket, files, signal)
      : await measureFolder(bucket, folder, files, signal);
  if (missing > 0) {
    throw new CopyError(
      'EXPORT_MANIFEST_INVALID',
      `${missing} of the ${files.length} data objects that the manifests name are not in the bucket.`,
      'Do not rely on this copy: look for what removes objects there, such as a lifecycle rule, and make a new one.',
    );
  }
  if (denied > 0) {
    narrator.notice(
      `The Action could not check whether ${denied} of the ${files.length} data objects of the export exist: the role is not authorized to perform ${folder === undefined ? 's3:GetObject or s3:ListBucket' : 's3:ListBucket'} on the bucket. The output size-bytes is not set.`,
    );
    return 'not authorized';
  }
  return sizeBytes;
}
