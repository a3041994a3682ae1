import { CopyError } from '../errors.ts';
import type { Bucket, Replaces } from '../s3/bucket.ts';
import type { ObjectParameters } from '../s3/object-options.ts';
import type { ReadObject } from '../s3/objects.ts';
import { isConditionUnmet, isDenied, isUnsupported } from '../s3/refusals.ts';
import type { Layout } from './layout.ts';
import { type DataFile, manifestFiles, manifestSummary, md5File, type Summary } from './manifests.ts';

export interface Manifests {
  readonly files: readonly DataFile[];
  readonly summary: Summary;
  /** manifest-copy.json: what DynamoDB's own manifests have no place for. */
  readonly copy: Readonly<Record<string, unknown>>;
}

/**
 * Confirms that this attempt may still write the copy. Runs before each attempt of each PUT, after it was signed; if it
 * throws, nothing is sent.
 *
 * @param completes true for manifest-summary.json
 */
export type ConfirmClaim = (completes: boolean) => Promise<void>;

/**
 * Writes what makes a copy of the data objects. manifest-summary.json is the very last write: where it lies, the copy is
 * complete, and nothing else says so. Every write is conditional, so that one that arrives late replaces nothing.
 *
 * @param confirm undefined for a copy that no other attempt writes
 * @returns the ETag of manifest-summary.json
 * @throws {CopyError} COPY_INCOMPLETE if somebody else has written a manifest of a copy that no other attempt writes
 */
export async function writeManifests(
  bucket: Bucket,
  layout: Layout,
  parameters: ObjectParameters,
  { files, summary, copy }: Manifests,
  confirm: ConfirmClaim | undefined,
  signal: AbortSignal,
): Promise<string> {
  const filesJson = manifestFiles(files);
  const summaryJson = manifestSummary(summary);
  const inOrder = [
    [layout.manifestFilesMd5, md5File(filesJson)],
    [layout.manifestFiles, filesJson],
    [layout.manifestCopy, Buffer.from(JSON.stringify(copy))],
    [layout.manifestSummaryMd5, md5File(summaryJson)],
  ] as const;
  const target = { bucket, parameters, signal, confirm: confirm && (() => confirm(false)) };
  for (const [key, content] of inOrder) await putManifest(target, key, content);
  signal.throwIfAborted();
  // Once begun it is not given up: the step would say that there is no copy, and there might be one.
  const last = { ...target, signal: new AbortController().signal, confirm: confirm && (() => confirm(true)) };
  return putManifest(last, layout.manifestSummary, summaryJson);
}

interface Target {
  readonly bucket: Bucket;
  readonly parameters: ObjectParameters;
  readonly signal: AbortSignal;
  readonly confirm: (() => Promise<void>) | undefined;
}

/** Only a few late writes of earlier attempts can come in between. */
const MAX_TRIES = 10;

/**
 * Writes a manifest if there is none. One that is there may be this very one, after a PUT whose response was lost; or
 * that of an earlier attempt, which is replaced.
 *
 * @returns its ETag
 */
async function putManifest(target: Target, key: string, content: Buffer): Promise<string> {
  const { bucket, parameters, signal, confirm } = target;
  let replaces: Replaces | undefined = 'none';
  for (let tries = 1; ; tries += 1) {
    try {
      const { etag } = await bucket.put(key, content, parameters, signal, { replaces, beforeEachAttempt: confirm });
      return etag;
    } catch (error) {
      if (!confirm && replaces && isUnsupported(error)) {
        // An S3-compatible store without conditional writes.
        replaces = undefined;
        continue;
      }
      if (!isConditionUnmet(error) || tries === MAX_TRIES) throw error;
      const found = await readManifest(target, key, content.length, error);
      if (found === 'not allowed') {
        replaces = undefined;
        continue;
      }
      if (found?.content.equals(content)) return found.etag;
      if (found && !confirm) throw writtenBySomebodyElse(key);
      replaces = found ?? 'none';
    }
  }
}

/**
 * Reads the manifest that was in the way. One that is larger than `maxBytes` is another than the one to be written.
 *
 * @returns 'not allowed' if the role may not read it, and it is the one that was just sent as far as can be told: the PUT
 *   was retried, and no other attempt writes this copy
 */
async function readManifest(
  { bucket, signal, confirm }: Target,
  key: string,
  maxBytes: number,
  unmet: unknown,
): Promise<ReadObject | 'not allowed' | undefined> {
  try {
    return await bucket.get(key, signal, maxBytes);
  } catch (error) {
    if (confirm || !isDenied(error)) throw error;
    const { attempts = 1 } = (unmet as { $metadata?: { attempts?: number } }).$metadata ?? {};
    if (attempts > 1) return 'not allowed';
    throw writtenBySomebodyElse(key);
  }
}

function writtenBySomebodyElse(key: string): CopyError {
  return new CopyError(
    'COPY_INCOMPLETE',
    `${key.split('/').at(-1)} of this copy exists already, and this step did not write it.`,
    'Find out who else writes to this folder, whose name no other copy has. Then re-run the job.',
  );
}
