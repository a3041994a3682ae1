import type { Bucket } from '../s3/bucket.ts';
import type { ObjectParameters } from '../s3/object-options.ts';
import type { Layout } from './layout.ts';
import { type DataFile, manifestFiles, manifestSummary, md5File, type Summary } from './manifests.ts';

export interface Manifests {
  readonly files: readonly DataFile[];
  readonly summary: Summary;
  /** manifest-copy.json: what DynamoDB's own manifests have no place for. */
  readonly copy: Readonly<Record<string, unknown>>;
}

/**
 * Writes what makes a copy of the data objects. manifest-summary.json is the very last write: where it lies, the copy is
 * complete, and nothing else says so.
 *
 * @param beforeSummary throws where the copy is not to be completed after all
 */
export async function writeManifests(
  bucket: Bucket,
  layout: Layout,
  parameters: ObjectParameters,
  { files, summary, copy }: Manifests,
  beforeSummary: () => Promise<void>,
  signal: AbortSignal,
): Promise<void> {
  const filesJson = manifestFiles(files);
  const summaryJson = manifestSummary(summary);
  const inOrder = [
    [layout.manifestFilesMd5, md5File(filesJson)],
    [layout.manifestFiles, filesJson],
    [layout.manifestCopy, Buffer.from(JSON.stringify(copy))],
    [layout.manifestSummaryMd5, md5File(summaryJson)],
  ] as const;
  for (const [key, content] of inOrder) await bucket.put(key, content, parameters, signal);
  await beforeSummary();
  signal.throwIfAborted();
  // Once begun it is not given up: the step would say that there is no copy, and there might be one.
  await bucket.put(layout.manifestSummary, summaryJson, parameters, new AbortController().signal);
}
