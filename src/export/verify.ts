import type { ExportDescription } from '@aws-sdk/client-dynamodb';
import type { CopyRecord } from '../backup/copy-record.ts';
import { readManifests } from '../backup/read-manifests.ts';
import { CopyError } from '../errors.ts';
import type { Narrator } from '../narrator.ts';
import type { Bucket } from '../s3/bucket.ts';
import { isDenied } from '../s3/refusals.ts';
import { measureEach, measureFolder } from './measure.ts';

/**
 * Reads what a completed export wrote and holds it against what DynamoDB says of it. A role that may write to the bucket
 * but not read it gets a warning, and the outputs that DynamoDB's description alone gives.
 */
export async function verifyExport(
  bucket: Bucket,
  { ExportManifest = '', ItemCount, IncrementalExportSpecification }: ExportDescription,
  record: CopyRecord,
  narrator: Narrator,
  signal: AbortSignal,
): Promise<void> {
  if (ExportManifest === '') {
    throw new CopyError(
      'EXPORT_MANIFEST_INVALID',
      'DynamoDB calls the export complete and names no manifest of it.',
      'Do not rely on this copy: make a new one.',
    );
  }
  try {
    const { files, itemCount } = await readManifests(bucket, ExportManifest, signal);
    if (ItemCount !== undefined && itemCount !== ItemCount) {
      throw new CopyError(
        'EXPORT_MANIFEST_INVALID',
        `The manifests count ${itemCount} items, and DynamoDB ${ItemCount}.`,
        'Do not rely on this copy: make a new one.',
      );
    }
    for (const file of files) record.files.push(file);
    record.manifestsRead = true;
  } catch (error) {
    if (!isDenied(error)) throw error;
    narrator.warning(
      'The export is complete, but its manifests could not be read and are not verified: the role lacks s3:GetObject on the bucket. The output s3-keys is not set.',
    );
  }
  const isIncremental = IncrementalExportSpecification !== undefined;
  if (record.manifestsRead) await measure(bucket, record, isIncremental, narrator, signal);
  record.manifestKey = ExportManifest;
}

/**
 * Adds up the bytes of the data objects, if the role can look at them.
 *
 * @throws {CopyError} EXPORT_MANIFEST_INVALID if an object does not exist
 */
async function measure(
  bucket: Bucket,
  record: CopyRecord,
  isIncremental: boolean,
  narrator: Narrator,
  signal: AbortSignal,
): Promise<void> {
  const { files, layout } = record;
  const { sizeBytes, missing, denied } =
    isIncremental || !layout
      ? await measureEach(bucket, files, signal)
      : await measureFolder(bucket, layout.data, files, signal);
  if (missing > 0) {
    throw new CopyError(
      'EXPORT_MANIFEST_INVALID',
      `${missing} of the ${files.length} data objects that the manifests name are not in the bucket.`,
      'Do not rely on this copy: look for what removes objects there, such as a lifecycle rule, and make a new one.',
    );
  }
  if (denied > 0) {
    narrator.notice(
      `The Action could not check whether ${denied} of the ${files.length} data objects of the export exist: the role is not authorized to perform ${isIncremental ? 's3:GetObject or s3:ListBucket' : 's3:ListBucket'} on the bucket. The output size-bytes is not set.`,
    );
    return;
  }
  record.sizeBytes = sizeBytes;
  record.sizeKnown = true;
}
