import { createHash } from 'node:crypto';
import { mkdtempDisposableSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { PutObjectCommand } from '@aws-sdk/client-s3';
import { transcodeIon } from '../../../src/format/ion.ts';
import { LineBuffer } from '../../../src/format/lines.ts';
import type { DataFile } from '../../../src/manifest/manifests.ts';
import type { WriteRequest } from '../../../src/restore/write/load-context.ts';
import { type WriteResult, writeItems } from '../../../src/restore/write/write-items.ts';
import { type WriteFigures, WriteProgress } from '../../../src/restore/write/write-progress.ts';
import { Bucket } from '../../../src/s3/bucket.ts';
import type { Compression } from '../../../src/s3/compression.ts';
import { PendingWaits } from '../../../src/stall-watchdog.ts';
import { clientOfBucket, clientOfTable } from '../../aws/clients-for-tests.ts';
import { type Item, openSource, type Source } from '../../emulators/source.ts';
import { openStore, type Store } from '../../emulators/store.ts';
import { wireJson } from '../../fixtures/items.ts';

const COMPRESS: Readonly<Record<Compression, (bytes: Buffer) => Buffer>> = {
  gzip: (bytes) => gzipSync(bytes),
  zstd: (bytes) => zstdCompressSync(bytes),
  none: (bytes) => bytes,
};

export function linesOf(items: readonly Item[]): string {
  return items.map((Item) => `${wireJson({ Item })}\n`).join('');
}

/** Returns the same items as lines in the format ION. */
export function ionLinesOf(items: readonly Item[]): string {
  const lines = new LineBuffer(Buffer.alloc(1024));
  transcodeIon(Buffer.from(`[${items.map(wireJson).join()}]`), 1, lines);
  return lines.lines().toString();
}

/** A data object to store. */
export interface StoredLines {
  readonly text: string;
  /** Changes the bytes that are stored, but not the MD5 in the manifest. */
  readonly damage?: (bytes: Buffer) => Buffer;
  /** Number of lines in the manifest, if it is wrong. */
  readonly itemCount?: number;
  /** Changes the compressed bytes before the MD5 is computed. */
  readonly repack?: (bytes: Buffer) => Buffer;
}

/** A table, a store with a bucket, and the load of a copy from one to the other. */
export interface LoadPair extends AsyncDisposable {
  readonly source: Source;
  readonly store: Store;
  readonly bucket: string;
  /** Stores data objects and returns their description in the manifest. */
  readonly put: (objects: readonly (string | StoredLines)[], compression?: Compression) => Promise<DataFile[]>;
  readonly load: (tableName: string, files: readonly DataFile[], options?: LoadOptions) => Promise<Loaded>;
}

export interface LoadOptions
  extends Partial<
    Pick<WriteRequest, 'format' | 'compression' | 'hasOneMember' | 'checksums' | 'writeCapacity' | 'keyAttributes'>
  > {
  readonly signal?: AbortSignal;
}

export interface Loaded {
  readonly result?: WriteResult;
  readonly error?: Error & { readonly code?: string; readonly remedy?: string };
  readonly figures: WriteFigures;
  /** Lines of the file with the rejected keys; undefined if it does not exist. */
  readonly rejected: readonly unknown[] | undefined;
}

export async function openLoadPair(): Promise<LoadPair> {
  await using stack = new AsyncDisposableStack();
  const source = stack.use(await openSource());
  const store = stack.use(await openStore());
  const bucket = await store.createBucket();
  const resources = stack.move();
  return {
    source,
    store,
    bucket,
    put: (objects, compression = 'gzip') =>
      Promise.all(objects.map((object, index) => putLines(store, bucket, `data/${index}`, object, compression))),
    async load(tableName, files, options = {}) {
      using client = clientOfTable(source.endpoint);
      using s3 = clientOfBucket(store.endpoint);
      return await load({ client, tableName, bucket: new Bucket({ client: s3, name: bucket }), files }, options);
    },
    [Symbol.asyncDispose]: () => resources.disposeAsync(),
  };
}

export async function putLines(
  { client }: Store,
  bucket: string,
  key: string,
  object: string | StoredLines,
  compression: Compression,
): Promise<DataFile> {
  const {
    text,
    damage = (bytes: Buffer) => bytes,
    repack = (bytes: Buffer) => bytes,
    itemCount,
  } = typeof object === 'string' ? ({ text: object } satisfies StoredLines as StoredLines) : object;
  const bytes = repack(COMPRESS[compression](Buffer.from(text)));
  const { ETag = '' } = await client.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: damage(bytes) }));
  return {
    key,
    itemCount: itemCount ?? text.split('\n').filter((line) => line !== '').length,
    md5: createHash('md5').update(bytes).digest('base64'),
    etag: ETag.replaceAll('"', ''),
  };
}

export async function load(
  target: Pick<WriteRequest, 'client' | 'tableName' | 'bucket' | 'files'>,
  { signal = new AbortController().signal, ...options }: LoadOptions = {},
): Promise<Loaded> {
  using folder = mkdtempDisposableSync(join(tmpdir(), 'load-'));
  const rejectedKeysFile = join(folder.path, 'rejected.jsonl');
  const progress = new WriteProgress();
  const request: WriteRequest = {
    ...target,
    keyAttributes: ['pk'],
    format: 'DYNAMODB_JSON',
    compression: 'gzip',
    hasOneMember: true,
    checksums: undefined,
    writeCapacity: undefined,
    rejectedKeysFile,
    ...options,
  };
  let ended: Pick<Loaded, 'result' | 'error'>;
  try {
    ended = { result: await writeItems(request, { progress, waits: new PendingWaits(), signal }) };
  } catch (error) {
    ended = { error: error as Error };
  }
  return { ...ended, figures: progress.figures, rejected: readLines(rejectedKeysFile) };
}

function readLines(file: string): unknown[] | undefined {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as unknown);
}
