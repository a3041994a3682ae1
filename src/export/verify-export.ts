import { requiredMember } from '../aws/required-member.ts';
import { CopyError } from '../errors.ts';
import type { Layout } from '../manifest/layout.ts';
import type { DataFile } from '../manifest/manifests.ts';
import { type ReadManifests, readManifests } from '../manifest/read-manifests.ts';
import { remedies } from '../remedies.ts';
import { isDenied } from '../s3/error-status.ts';
import type { DescribedExport } from './described-export.ts';
import type { ExportContext } from './export-context.ts';
import type { VerifiedExport } from './export-progress.ts';
import { measureEach, measureFolder } from './measure-objects.ts';

/**
 * Compares the objects that a completed export wrote with DynamoDB's description of the export. If the role can write
 * to the bucket but not read from it, logs a warning and returns only what the description contains.
 *
 * @param onManifestsRead called with the data objects that the manifests list, before they are checked
 * @throws {CopyError} EXPORT_MANIFEST_INVALID if a manifest or data object is missing, invalid or inconsistent
 */
export async function verifyExport(
  context: Omit<ExportContext, 'client'>,
  description: DescribedExport,
  { data }: Layout,
  onManifestsRead: (files: readonly DataFile[]) => void,
): Promise<VerifiedExport> {
  const { ExportManifest: manifestKey, ItemCount, IncrementalExportSpecification } = description;
  if (manifestKey === undefined || manifestKey === '') {
    throw new CopyError(
      'EXPORT_MANIFEST_INVALID',
      'DynamoDB reports the export as complete but returned no manifest key.',
      remedies.newCopy,
    );
  }
  const manifests = await readIfAuthorized(context, manifestKey);
  if (manifests === 'not authorized') {
    const itemCount = requiredMember('DescribeExport', description, 'ItemCount');
    return { manifestKey, itemCount, files: 'not authorized', sizeBytes: 'not authorized' };
  }
  const { files, itemCount } = manifests;
  if (ItemCount !== undefined && itemCount !== ItemCount) {
    throw new CopyError(
      'EXPORT_MANIFEST_INVALID',
      `The manifests contain ${itemCount} items, but DynamoDB reports ${ItemCount}.`,
      remedies.newCopy,
    );
  }
  onManifestsRead(files);
  // All incremental exports under a prefix write to one folder.
  const folder = IncrementalExportSpecification === undefined ? data : undefined;
  return { manifestKey, itemCount, files, sizeBytes: await measure(context, files, folder) };
}

async function readIfAuthorized(
  { bucket, logger, signal }: Omit<ExportContext, 'client'>,
  manifestKey: string,
): Promise<ReadManifests | 'not authorized'> {
  try {
    return await readManifests(bucket, manifestKey, signal);
  } catch (error) {
    if (!isDenied(error)) throw error;
    logger.warning(
      `The export is complete but not verified: the role is not authorized to perform s3:GetObject on the manifests in bucket ${bucket.name}. The output s3-keys is not set.`,
    );
    return 'not authorized';
  }
}

/**
 * Returns the total size of the data objects in bytes, if the role is authorized to check them.
 *
 * @param folder folder of the data objects; undefined if other exports write to it as well
 * @throws {CopyError} EXPORT_MANIFEST_INVALID if an object does not exist
 */
async function measure(
  { bucket, logger, signal }: Omit<ExportContext, 'client'>,
  files: readonly DataFile[],
  folder: string | undefined,
): Promise<number | 'not authorized'> {
  const { sizeBytes, missing, denied } =
    folder === undefined
      ? await measureEach(bucket, files, signal)
      : await measureFolder(bucket, folder, files, signal);
  if (missing > 0) {
    throw new CopyError(
      'EXPORT_MANIFEST_INVALID',
      `${missing} of the ${files.length} data objects in the manifests do not exist in the bucket.`,
      `Find out what deletes objects in the bucket, such as a lifecycle rule. ${remedies.newCopy}`,
    );
  }
  if (denied > 0) {
    logger.notice(
      `The Action could not check whether ${denied} of the ${files.length} data objects of the export exist: the role is not authorized to perform ${folder === undefined ? 's3:GetObject or s3:ListBucket' : 's3:ListBucket'} on the bucket. The output size-bytes is not set.`,
    );
    return 'not authorized';
  }
  return sizeBytes;
}
