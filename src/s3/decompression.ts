import type { Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { constants, createGunzip, createZstdDecompress } from 'node:zlib';
import type { Compression } from './compression.ts';

/** Maximum number of bytes per chunk. Each call of the decompressor has a fixed cost in addition to the cost per byte. */
const CHUNK_BYTES = 128 * 1024;

/**
 * Binary logarithm of the largest window of a zstd frame: 8 MiB. The Action writes 256 KiB. Without this limit, a few
 * kilobytes that another writer of the bucket stored could make each reader allocate 128 MiB.
 */
const MAX_WINDOW_LOG = 23;

const STREAMS = {
  gzip: () => createGunzip({ chunkSize: CHUNK_BYTES }),
  zstd: () =>
    createZstdDecompress({ chunkSize: CHUNK_BYTES, params: { [constants.ZSTD_d_windowLogMax]: MAX_WINDOW_LOG } }),
} as const;

/**
 * Decompresses an object, one chunk at a time, in the thread pool. A decompressor stops without an error before bytes
 * that do not belong to its format. Compare the returned size with that of the object.
 *
 * @returns number of compressed bytes that were read: one or more gzip members, or one zstd frame
 * @throws {Error} with a code that `isInvalidCompression` recognizes if the bytes are invalid or incomplete
 */
export async function* decompressed(
  chunks: AsyncIterable<Buffer>,
  compression: Compression,
): AsyncGenerator<Buffer, number, void> {
  if (compression === 'none') return yield* counted(chunks);
  const stream: Transform & { readonly bytesWritten: number } = STREAMS[compression]();
  const feeding = pipeline(chunks, stream as Transform, { end: true });
  // The stream reports an error to its reader, and closes early if bytes follow the compressed ones.
  feeding.catch(() => {});
  try {
    for await (const chunk of stream as Readable) yield chunk as Buffer;
    return stream.bytesWritten;
  } finally {
    stream.destroy();
  }
}

async function* counted(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer, number, void> {
  let bytes = 0;
  for await (const chunk of chunks) {
    bytes += chunk.length;
    yield chunk;
  }
  return bytes;
}

/** Returns true for an error that the decompressor throws for invalid or incomplete input. */
export function isInvalidCompression(error: unknown): boolean {
  return /^(?:Z_(?:DATA|BUF|NEED_DICT|STREAM)|ZSTD_)/.test(String((error as { code?: unknown })?.code));
}
