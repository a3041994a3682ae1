import { CopyError } from '../errors.ts';
import { checkpointFolder, copyLayout } from '../manifest/layout.ts';
import { remedies } from '../remedies.ts';
import type { Bucket } from '../s3/bucket.ts';
import { isNotImplemented, isPreconditionFailed, isUnsupported } from '../s3/error-status.ts';
import { getIfListed } from '../s3/find-listed.ts';
import type { ObjectParameters, UnlockedKind } from '../s3/object-options.ts';
import type { WriteCondition } from '../s3/put-request.ts';
import { ABORT } from '../timeouts.ts';
import type { CopyPlan } from './copy-plan.ts';

/** Where and how a planned copy is started. */
export interface CopyStart {
  readonly bucket: Bucket;
  readonly plan: Pick<CopyPlan, 'exportId' | 'prefix'>;
  readonly parametersOf: (kind: UnlockedKind) => ObjectParameters;
}

/**
 * Proves that the shards can use checkpoints in the bucket, then writes `_started`, the object without which no shard
 * starts. A shard cannot do without checkpoints, because another process may work on the same shard.
 *
 * @throws {CopyError} S3_REQUEST_REJECTED if the store does not support or enforce conditional writes; errors of the SDK
 *   are rethrown unchanged, such as AccessDenied for a missing permission
 */
export async function startCopy(start: CopyStart, signal: AbortSignal): Promise<void> {
  const { bucket, plan, parametersOf } = start;
  await proveCheckpoints(start, signal);
  const { started: key } = copyLayout(plan.prefix, plan.exportId);
  const parameters = parametersOf('marker');
  await bucket.put({ key, body: Buffer.alloc(0), parameters, replaces: 'none' }, signal);
}

const FIRST = Buffer.from('{"probe":"first"}');
const SECOND = Buffer.from('{"probe":"second"}');

/** Maximum size in bytes of the test object. */
const MAX_PROBE_BYTES = 1024;

/** Writes, reads, lists and deletes an object, and writes it with conditions that are not met. */
async function proveCheckpoints({ bucket, plan, parametersOf }: CopyStart, signal: AbortSignal): Promise<void> {
  const key = `${checkpointFolder(plan.prefix, plan.exportId)}probe.json`;
  const parameters = parametersOf('checkpoint');
  const write = (body: Buffer, replaces: WriteCondition) => bucket.put({ key, body, parameters, replaces }, signal);
  await write(FIRST, 'none').catch((error) => {
    throw isNotImplemented(error) ? notEnforced(error) : error;
  });
  let etag = '';
  try {
    const found = await bucket.get(key, signal);
    if (!found?.content.equals(FIRST)) throw changed(key);
    etag = found.etag;
    await requireListed(bucket, key, signal);
    for (const condition of ['none', { etag: '0'.repeat(32) }] as const) {
      const isEnforced = await write(SECOND, condition).then(
        () => false,
        (error) => {
          if (isPreconditionFailed(error)) return true;
          if (isUnsupported(error)) return false;
          throw error;
        },
      );
      if (!isEnforced) throw notEnforced();
    }
  } catch (error) {
    // The error is more important than the object, which the role is possibly not authorized to delete. A cancelled step deletes it
    // too.
    await bucket.delete([key], AbortSignal.timeout(ABORT)).catch(() => []);
    throw error;
  }
  await deleteProbe(bucket, key, etag, signal);
}

async function requireListed(bucket: Bucket, key: string, signal: AbortSignal): Promise<void> {
  for await (const listed of bucket.list(key, signal)) if (listed.key === key) return;
  throw changed(key);
}

/** Without s3:DeleteObject, checkpoints would remain, and objects that arrive late could not be deleted. */
async function deleteProbe(bucket: Bucket, key: string, etag: string, signal: AbortSignal): Promise<void> {
  try {
    if ((await bucket.deleteUnchanged(key, etag, signal)) === 'deleted') return;
  } catch (error) {
    // Some S3-compatible stores support conditional writes but not conditional deletions.
    if (!isUnsupported(error)) throw error;
    if ((await bucket.delete([key], signal)).length === 0) return;
    throw changed(key);
  }
  // Nothing else knows the key. After a lost response, the retry does not find the object.
  if (await getIfListed(bucket, key, signal, MAX_PROBE_BYTES)) throw changed(key);
}

function changed(key: string): CopyError {
  return new CopyError(
    'S3_REQUEST_REJECTED',
    `The object ${key}, which this step wrote to test the bucket, was changed, is not listed, or cannot be deleted.`,
    'Find out what else writes to this folder. For an S3-compatible store, check that it is consistent: a read after a write must return what was written.',
  );
}

function notEnforced(cause?: unknown): CopyError {
  return new CopyError(
    'S3_REQUEST_REJECTED',
    'The store does not enforce conditional writes (If-None-Match and If-Match of PutObject). Without them, two jobs could write the same shard.',
    remedies.copyWithOneJob,
    { cause },
  );
}
