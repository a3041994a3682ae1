import { crc32, type InflateRaw, inflateRawSync, zstdDecompressSync } from 'node:zlib';

/** How a data object is compressed, by the end of its key. */
export type Compression = 'gzip' | 'zstd' | 'none';

export function compressionOf(key: string): Compression {
  return key.endsWith('.gz') ? 'gzip' : key.endsWith('.zst') ? 'zstd' : 'none';
}

/**
 * What `stored` holds, which must be exactly one gzip member or one zstd frame and not a byte more: some readers stop
 * after the first, in silence, and Node's own decompressors take several without a word.
 */
export function unpackOne(stored: Buffer, compression: Compression): Buffer {
  switch (compression) {
    case 'gzip':
      return unpackGzipMember(stored);
    case 'zstd':
      return unpackZstdFrame(stored);
    case 'none':
      return stored;
  }
}

/** RFC 1952. Header without any optional field and without a time, as DynamoDB's own exports have it. */
function unpackGzipMember(stored: Buffer): Buffer {
  if (stored.length < 18 || stored.readUInt16BE(0) !== 0x1f8b || stored[2] !== 8) {
    throw new Error('it is not gzip');
  }
  if (stored[3] !== 0) {
    throw new Error(`its gzip header has flags (${stored[3]}), as for a file name`);
  }
  if (stored.readUInt32LE(4) !== 0) {
    throw new Error('its gzip header has a time, so the same data would not make the same bytes');
  }
  const deflated = stored.subarray(10);
  const { buffer: content, engine } = inflateRawSync(deflated, { info: true }) as unknown as {
    buffer: Buffer;
    engine: InflateRaw;
  };
  const trailer = deflated.subarray(engine.bytesWritten);
  if (trailer.length > 8) {
    const second =
      trailer.length > 9 && trailer.readUInt16BE(8) === 0x1f8b ? 'a second gzip member' : 'bytes that are no gzip';
    throw new Error(`${second} follows the first member (${trailer.length - 8} bytes)`);
  }
  if (trailer.length < 8 || trailer.readUInt32LE(0) !== crc32(content)) {
    throw new Error('the checksum in its gzip trailer is not that of its content');
  }
  if (trailer.readUInt32LE(4) !== content.length % 2 ** 32) {
    throw new Error('the size in its gzip trailer is not that of its content');
  }
  return content;
}

/** RFC 8878, section 3.1.1: walks the frame's blocks to its end, which must be the object's. */
function unpackZstdFrame(stored: Buffer): Buffer {
  if (stored.length < 9 || stored.readUInt32LE(0) !== 0xfd2fb528) {
    throw new Error('it is not zstd');
  }
  const descriptor = stored.readUInt8(4);
  const singleSegment = (descriptor >> 5) & 1;
  const sizeBytes = [singleSegment, 2, 4, 8][descriptor >> 6] as number;
  const dictionaryBytes = [0, 1, 2, 4][descriptor & 3] as number;
  let at = 5 + (1 - singleSegment) + dictionaryBytes + sizeBytes;
  for (let last = false; !last; ) {
    if (at + 3 > stored.length) {
      throw new Error('it is cut');
    }
    const header = stored.readUIntLE(at, 3);
    last = (header & 1) === 1;
    const isRunLength = ((header >> 1) & 3) === 1;
    at += 3 + (isRunLength ? 1 : header >> 3);
  }
  at += ((descriptor >> 2) & 1) * 4;
  if (at !== stored.length) {
    const second =
      at < stored.length ? `something follows the first zstd frame (${stored.length - at} bytes)` : 'it is cut';
    throw new Error(second);
  }
  return zstdDecompressSync(stored);
}
