import type { ExportDescription } from '@aws-sdk/client-dynamodb';
import type { CopyRecord } from '../backup/copy-record.ts';
import { readManifests } from '../backup/read-manifests.ts';
import { CopyError } from '../errors.ts';
import type { Narrator } from '../narrator.ts';
import type { Bucket } from '../s3/bucket.ts';
import { isDenied } from '../s3/refusals.ts';

/**
 * Reads what a completed export wrote and holds it against what DynamoDB says of it. A role that may write to the bucket
 * but not read it gets a warning, and the outputs that DynamoDB's description alone gives.
 */
export async function verifyExport(
  bucket: Bucket,
  { ExportManifest = '', ItemCount }: ExportDescription,
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
    record.files.push(...files);
    record.manifestsRead = true;
  } catch (error) {
    if (!isDenied(error)) throw error;
    narrator.warning(
      'The export is complete, but its manifests could not be read and are not verified: the role lacks s3:GetObject on the bucket. The output s3-keys is not set.',
    );
  }
  if (record.manifestsRead) await measure(bucket, record, signal);
  record.manifestKey = ExportManifest;
}

/**
 * Adds up the objects' bytes, where the bucket may be listed.
 *
 * @throws {CopyError} EXPORT_MANIFEST_INVALID where an object is not there any more
 */
async function measure(bucket: Bucket, record: CopyRecord, signal: AbortSignal): Promise<void> {
  const missing = new Set(record.files.map((file) => file.key));
  let bytes = 0;
  try {
    for await (const { key, size } of bucket.list(record.layout?.data ?? '', signal)) {
      if (missing.delete(key)) bytes += size;
    }
  } catch (error) {
    if (isDenied(error)) return;
    throw error;
  }
  if (missing.size > 0) {
    throw new CopyError(
      'EXPORT_MANIFEST_INVALID',
      `${missing.size} of the ${record.files.length} data objects that the manifests name are not in the bucket.`,
      'Do not rely on this copy: look for what removes objects there, such as a lifecycle rule, and make a new one.',
    );
  }
  record.sizeBytes = bytes;
  record.sizeKnown = true;
}
