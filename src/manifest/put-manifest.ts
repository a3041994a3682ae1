import { CopyError } from '../errors.ts';
import type { Bucket } from '../s3/bucket.ts';
import { isDenied, isPreconditionFailed, isUnsupported } from '../s3/error-status.ts';
import type { ObjectParameters } from '../s3/object-options.ts';
import type { WriteCondition } from '../s3/put-request.ts';
import type { ObjectContent } from '../s3/s3-objects.ts';

/** A manifest as it is stored. */
export interface StoredManifest {
  readonly etag: string;
  readonly content: Buffer;
}

/** How one manifest is written. */
export interface PutManifestTarget {
  readonly bucket: Bucket;
  readonly parameters: ObjectParameters;
  readonly signal: AbortSignal;
  readonly confirm: (() => Promise<void>) | undefined;
  readonly isShared: boolean;
}

/** Maximum number of tries per manifest. Only a few late writes of earlier attempts can interfere. */
const MAX_TRIES = 10;

/** Maximum number of bytes of a manifest-table.json that an earlier attempt wrote: 20 indexes, 50 tags and a policy. */
const MAX_TABLE_MANIFEST_BYTES = 1024 * 1024;

/**
 * Writes a manifest if it does not exist. An existing one may be the same manifest, after a PUT whose response was
 * lost, or the manifest of an earlier attempt, which is replaced.
 *
 * @param keeps returns true for the manifest of an earlier attempt that is not replaced. By default, only equal ones
 *   are not.
 */
export async function putManifest(
  target: PutManifestTarget,
  key: string,
  content: Buffer,
  keeps: (found: Buffer) => boolean = () => false,
): Promise<StoredManifest> {
  const { bucket, parameters, signal, confirm, isShared } = target;
  let replaces: WriteCondition | undefined = 'none';
  for (let tries = 1; ; tries += 1) {
    try {
      const { etag } = await bucket.put(
        { key, body: content, parameters, replaces, beforeEachAttempt: confirm },
        signal,
      );
      return { etag, content };
    } catch (error) {
      if (!confirm && !isShared && replaces && isUnsupported(error)) {
        // The S3-compatible store does not support conditional writes.
        replaces = undefined;
        continue;
      }
      if (!isPreconditionFailed(error) || tries === MAX_TRIES) throw error;
      const found = await readManifest(target, key, Math.max(content.length, MAX_TABLE_MANIFEST_BYTES), error);
      if (found === 'not authorized') {
        replaces = undefined;
        continue;
      }
      if (found?.content.equals(content)) return found;
      if (found && (confirm || isShared) && keeps(found.content)) return found;
      if (found && !confirm) throw writtenByAnother(key, isShared);
      replaces = found ?? 'none';
    }
  }
}

/**
 * Reads the existing manifest. If it is larger than `maxBytes`, it is not the manifest to write.
 *
 * @returns 'not authorized' if the role is not authorized to read it and it is probably the one that was just sent: the
 *   PUT was retried, and no other attempt writes this copy
 */
async function readManifest(
  { bucket, signal, confirm, isShared }: PutManifestTarget,
  key: string,
  maxBytes: number,
  unmet: unknown,
): Promise<ObjectContent | 'not authorized' | undefined> {
  try {
    return await bucket.get(key, signal, maxBytes);
  } catch (error) {
    if (confirm || isShared || !isDenied(error)) throw error;
    const { attempts = 1 } = (unmet as { $metadata?: { attempts?: number } }).$metadata ?? {};
    if (attempts > 1) return 'not authorized';
    throw writtenByAnother(key, isShared);
  }
}

function writtenByAnother(key: string, isShared: boolean): CopyError {
  return new CopyError(
    'COPY_INCOMPLETE',
    `${key.split('/').at(-1)} of this copy already exists, but ${isShared ? 'it has other content than this step would write' : 'this step did not write it'}.`,
    'Find out what else writes to the folder of this copy, whose name is unique. Then re-run the job.',
  );
}
