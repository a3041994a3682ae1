import { BatchWriter } from './batch-writer.ts';
import { Dispatcher } from './dispatcher.ts';
import { explainDamage } from './explain-damage.ts';
import type { LoadContext, WriteContext, WriteRequest } from './load-context.ts';
import { ObjectLoader } from './object-loader.ts';
import { RejectedKeys } from './rejected-keys.ts';
import { WritePacing } from './write-pacing.ts';

/** Maximum number of data objects that are read, and of requests to DynamoDB, at the same time. */
export const MAX_LOADERS = 16;

export interface WriteResult {
  /** Items in the table that this load has put. */
  readonly itemCount: number;
  /** Consumed write capacity units (WCU) as DynamoDB reports them, those of indexes included. */
  readonly consumedWriteCapacity: number;
}

/**
 * Writes every item of a copy to a table with BatchWriteItem. Sends the items as they are in the copy, without parsing
 * them into objects. To load the same copy again is harmless.
 *
 * Memory: 16 * (buffers of S3 and of the decompressor, and 256 KiB of lines) + 32 batches of at most 1 MiB. Memory does
 * not depend on the size of the copy.
 *
 * @throws {CopyError} COPY_DAMAGED if a data object differs from its description in the manifest or has an invalid line
 * @throws {CopyError} ITEMS_REJECTED if DynamoDB rejected items, at the end, or at once if to continue is pointless
 * @throws {CopyError} THROTTLED, NETWORK
 * @throws errors of the SDK
 */
export async function writeItems(request: WriteRequest, context: WriteContext): Promise<WriteResult> {
  const { files, tableName, keyAttributes, writeCapacity, client } = request;
  const { progress, waits, clock } = context;
  const stop = new AbortController();
  const signal = AbortSignal.any([context.signal, stop.signal]);
  const onThrottle = () => progress.throttled();
  const pacing = new WritePacing({ unitsPerSecond: writeCapacity, onThrottle, waits, clock });
  const load: LoadContext = { ...context, signal, request, pacing };
  const rejectedKeys = new RejectedKeys(request.rejectedKeysFile, keyAttributes);
  const writer = new BatchWriter({ client, tableName, keyAttributes, progress, rejectedKeys, waits, signal });
  let failure: { readonly error: unknown } | undefined;
  const onFailure = (error: unknown) => {
    failure ??= { error };
    stop.abort(error);
  };
  const dispatcher = new Dispatcher(writer, tableName, MAX_LOADERS, onFailure);
  progress.plan(files.length);

  const queue = files.values();
  const work = async () => {
    for (const file of queue) {
      await new ObjectLoader(file, load, dispatcher).run();
      progress.fileDone();
    }
  };
  await Promise.all(Array.from({ length: Math.min(MAX_LOADERS, files.length) }, () => work().catch(onFailure)));
  rejectedKeys.close();
  const { itemCount, consumedWriteCapacity } = progress.figures;
  if (failure) throw explainDamage(failure.error, tableName, dispatcher.hasStarted);
  rejectedKeys.throwIfAny(itemCount);
  return { itemCount, consumedWriteCapacity };
}
