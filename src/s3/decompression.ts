import type { Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { constants, crc32, createGunzip, createInflateRaw, createZstdDecompress } from 'node:zlib';
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
  deflate: () => createInflateRaw({ chunkSize: CHUNK_BYTES }),
  zstd: () =>
    createZstdDecompress({ chunkSize: CHUNK_BYTES, params: { [constants.ZSTD_d_windowLogMax]: MAX_WINDOW_LOG } }),
} as const;

/**
 * Decompresses an object, one chunk at a time, in the thread pool. A decompressor stops without an error before bytes
 * that do not belong to its format. Compare the returned size with that of the object.
 *
 * @param members maximum number of gzip members that are read. A zstd decompressor reads one frame.
 * @returns number of compressed bytes that were read
 * @throws {Error} with a code that `isInvalidCompression` recognizes if the bytes are invalid or incomplete
 */
export async function* decompressed(
  chunks: AsyncIterable<Buffer>,
  compression: Compression,
  members: 'one' | 'several' = 'several',
): AsyncGenerator<Buffer, number, void> {
  if (compression === 'none') return yield* counted(chunks);
  if (compression === 'zstd' || members === 'several') return yield* streamed(chunks, compression);
  const member = new GzipMember();
  for await (const chunk of inflated(member, chunks)) {
    member.add(chunk);
    yield chunk;
  }
  return member.end();
}

/** @returns number of bytes that the decompressor has read */
async function* streamed(
  chunks: AsyncIterable<Buffer>,
  format: keyof typeof STREAMS,
): AsyncGenerator<Buffer, number, void> {
  const stream: Transform & { readonly bytesWritten: number } = STREAMS[format]();
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

/** Decompresses the DEFLATE data of a gzip member, and sets the size of this data. */
async function* inflated(member: GzipMember, chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer, void, void> {
  member.readBytes = yield* streamed(member.deflated(chunks), 'deflate');
}

/** Magic number, DEFLATE, no flags. https://www.rfc-editor.org/rfc/rfc1952 */
const GZIP_START = Buffer.of(0x1f, 0x8b, 8, 0);
const GZIP_HEADER_BYTES = 10;
/** CRC-32 and size. */
const GZIP_TRAILER_BYTES = 8;

/**
 * Header and trailer of an object that is one gzip member. createGunzip reads all members of an object and does not
 * report how many there are, so the DEFLATE data is decompressed alone.
 */
class GzipMember {
  /** Number of bytes of DEFLATE data. */
  readBytes = 0;
  private givenBytes = 0;
  /** The last bytes received, because they can be the trailer. */
  private held: Buffer = Buffer.alloc(0);
  private crc = 0;
  private size = 0;

  /** Returns the bytes between the header and the trailer. */
  async *deflated(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer, void, void> {
    let start = GZIP_HEADER_BYTES;
    for await (const chunk of chunks) {
      const bytes = this.held.length > 0 ? Buffer.concat([this.held, chunk]) : chunk;
      const end = bytes.length - GZIP_TRAILER_BYTES;
      if (end <= start) {
        this.held = bytes;
        continue;
      }
      if (start > 0 && !bytes.subarray(0, GZIP_START.length).equals(GZIP_START))
        throw invalid('incorrect header check');
      this.held = bytes.subarray(end);
      this.givenBytes += end - start;
      yield bytes.subarray(start, end);
      start = 0;
    }
    if (start > 0) throw invalid('unexpected end of file');
  }

  /** Adds decompressed bytes. */
  add(chunk: Buffer): void {
    this.crc = crc32(chunk, this.crc);
    this.size += chunk.length;
  }

  /** @returns size of the member in bytes */
  end(): number {
    // If bytes follow the member, its trailer is not the end of the object.
    const { held, readBytes, givenBytes } = this;
    if (readBytes === givenBytes) {
      if (held.readUInt32LE(0) !== this.crc) throw invalid('incorrect data check');
      if (held.readUInt32LE(4) !== this.size % 2 ** 32) throw invalid('incorrect length check');
    }
    return GZIP_HEADER_BYTES + readBytes + GZIP_TRAILER_BYTES;
  }
}

function invalid(message: string): Error {
  return Object.assign(new Error(message), { code: 'Z_DATA_ERROR' });
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
