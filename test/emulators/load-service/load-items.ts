import type { WireItem } from '../../fixtures/items.ts';
import type { Item, Source } from '../source.ts';
import type { Store, StoredObject } from '../store.ts';
import { type InputCompression, type InputFormat, readInputObject } from './load-lines.ts';

/** Location and format of the objects that a job reads. */
export interface Input {
  readonly bucket: string;
  /** Compared with keys as text: `data` also matches `data2/x` and `data.bak`, as observed on AWS. */
  readonly prefix: string;
  readonly format: InputFormat;
  readonly compression: InputCompression;
}

/** A record that was not written, for the report of a bulk operation. */
export interface FailedRecord {
  readonly key: string;
  readonly line: number;
  readonly message: string;
  /** Absent if the record does not form an item. */
  readonly item?: WireItem;
}

/** What a job has read and written. `processedItems` is the number of written items and of failed records. */
export interface Progress {
  processedItems: number;
  writtenItems: number;
  processedBytes: number;
  readonly failed: FailedRecord[];
}

export function newProgress(): Progress {
  return { processedItems: 0, writtenItems: 0, processedBytes: 0, failed: [] };
}

export interface Loading {
  readonly source: Source;
  readonly store: Store;
  readonly tableName: string;
  readonly input: Input;
  readonly progress: Progress;
  /** Number of items after which the job stops; the last one is written. */
  readonly limit: number;
}

/** Every object was listed before. An object that has changed or is gone since counts as one failed record. */
export async function loadObjects(objects: readonly StoredObject[], loading: Loading): Promise<void> {
  for (const { key, etag } of objects) {
    const { store, input, progress, limit } = loading;
    if (progress.writtenItems >= limit) return;
    const stored = await readUnchanged(store, input.bucket, key, etag);
    if (stored === undefined) {
      fail(progress, { key, line: 0, message: CHANGED });
      continue;
    }
    const { bytes, records } = readInputObject(stored, input.compression, input.format);
    progress.processedBytes += bytes;
    const items: { readonly item: WireItem; readonly line: number }[] = [];
    for (const record of records) {
      if ('item' in record) items.push(record);
      else fail(progress, { key, line: record.line, message: record.malformed });
    }
    for (let start = 0; start < items.length; start += BATCH) {
      const remaining = limit - progress.writtenItems;
      if (remaining <= 0) return;
      await putItems(items.slice(start, Math.min(start + BATCH, start + remaining)), key, loading);
    }
  }
}

/** Message of a record for an object that has changed since it was listed. */
export const CHANGED = 'The object was modified';

/** Maximum number of items per BatchWriteItem. */
const BATCH = 25;

/** Puts items, one by one if one of them is invalid or two have the same key. The later one of equal keys remains. */
async function putItems(
  items: readonly { readonly item: WireItem; readonly line: number }[],
  key: string,
  { source, tableName, progress }: Loading,
): Promise<void> {
  const put = (some: readonly WireItem[]): Promise<boolean> =>
    source.putItems(tableName, some as unknown as Item[]).then(
      () => true,
      (error: Error) => {
        if (/ValidationException|SerializationException/.test(error.message)) return false;
        throw error;
      },
    );
  // AWS rejects the empty attribute name, which not every emulated server does.
  const hasInvalidName = ({ item }: { readonly item: WireItem }): boolean => Object.hasOwn(item, '');
  if (!items.some(hasInvalidName) && (await put(items.map(({ item }) => item)))) {
    progress.processedItems += items.length;
    progress.writtenItems += items.length;
    return;
  }
  for (const { item, line } of items) {
    if (!hasInvalidName({ item }) && (await put([item]))) {
      progress.processedItems += 1;
      progress.writtenItems += 1;
    } else {
      fail(progress, { key, line, message: 'The item failed validation', item });
    }
  }
}

function fail(progress: Progress, record: FailedRecord): void {
  progress.processedItems += 1;
  progress.failed.push(record);
}

async function readUnchanged(store: Store, bucket: string, key: string, etag: string): Promise<Buffer | undefined> {
  const { ETag = '' } = await store.head(bucket, key).catch(() => ({ ETag: undefined }));
  return ETag.replaceAll('"', '') === etag ? await store.read(bucket, key) : undefined;
}
