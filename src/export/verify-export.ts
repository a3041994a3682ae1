import { requiredMember } from '../aws/required-member.ts';
import { CopyError } from '../errors.ts';
import { compareDataObjects, type DataObjectDifference, type ListedDataObjects } from '../manifest/data-objects.ts';
import { describeDifference } from '../manifest/describe-difference.ts';
import type { Layout } from '../manifest/layout.ts';
import type { DataFile } from '../manifest/manifests.ts';
import { type ReadManifests, readManifests } from '../manifest/read-manifests.ts';
import { remedies } from '../remedies.ts';
import type { Bucket } from '../s3/bucket.ts';
import { isDenied } from '../s3/error-status.ts';
import type { DescribedExport } from './described-export.ts';
import type { ExportContext } from './export-context.ts';
import type { VerifiedExport } from './export-progress.ts';

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
  return { manifestKey, itemCount, files, sizeBytes: await checkObjects(context, { files, folder }) };
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
 * @throws {CopyError} EXPORT_MANIFEST_INVALID if they are not exactly the objects of the manifests
 */
async function checkObjects(
  { bucket, logger, signal }: Omit<ExportContext, 'client'>,
  objects: ListedDataObjects,
): Promise<number | 'not authorized'> {
  const total = objects.files.length;
  const isShared = objects.folder === undefined;
  const difference = await compareUnlessDenied(bucket, objects, signal);
  const description = describeDifference(difference, total);
  if (description !== undefined) {
    throw new CopyError(
      'EXPORT_MANIFEST_INVALID',
      `The data objects of the export are not those of its manifests: ${description}`,
      `Find out what writes to the folder of the export or deletes from it, such as a lifecycle rule. ${remedies.newCopy}`,
    );
  }
  const denied = difference.denied.length;
  if (denied > 0) {
    logger.notice(
      `The Action could not check whether ${denied} of the ${total} data objects of the export exist: the role is not authorized to perform ${isShared ? 's3:GetObject or s3:ListBucket' : 's3:ListBucket'} on the bucket. The output size-bytes is not set.`,
    );
    return 'not authorized';
  }
  return difference.sizeBytes;
}

/** Returns all objects as denied if the role is not authorized to list them. */
async function compareUnlessDenied(
  bucket: Bucket,
  objects: ListedDataObjects,
  signal: AbortSignal,
): Promise<Omit<DataObjectDifference, 'largestObjectBytes'>> {
  try {
    return await compareDataObjects(bucket, objects, signal);
  } catch (error) {
    if (!isDenied(error)) throw error;
    return { missing: [], changed: [], unexpected: [], denied: objects.files.map(({ key }) => key), sizeBytes: 0 };
  }
}
