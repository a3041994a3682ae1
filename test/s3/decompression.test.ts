import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { constants, gzipSync, zstdCompressSync } from 'node:zlib';
import type { Compression } from '../../src/s3/compression.ts';
import { decompressed, isInvalidCompression } from '../../src/s3/decompression.ts';

const TEXT = Buffer.from('{"Item":{"pk":{"S":"a"}}}\n'.repeat(50_000));

async function* chunksOf(bytes: Buffer, size: number): AsyncGenerator<Buffer> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

async function decompress(chunks: AsyncIterable<Buffer>, compression: Compression) {
  const reader = decompressed(chunks, compression);
  const found: Buffer[] = [];
  for (;;) {
    const { value, done } = await reader.next();
    if (done) return { text: Buffer.concat(found), consumed: value };
    found.push(value);
  }
}

test('decompressed rejects a zstd frame that needs more than 8 MiB of memory', async () => {
  const withWindow = (log: number) => ({ [constants.ZSTD_c_windowLog]: log, [constants.ZSTD_c_contentSizeFlag]: 0 });
  const content = Buffer.alloc(32 * 1024 * 1024);
  const frame = zstdCompressSync(content, { params: withWindow(24) });
  await assert.rejects(decompress(chunksOf(frame, frame.length), 'zstd'), isInvalidCompression);
  const accepted = zstdCompressSync(content, { params: withWindow(23) });
  assert.equal((await decompress(chunksOf(accepted, accepted.length), 'zstd')).text.length, content.length);
});

for (const [compression, compress] of Object.entries({
  gzip: gzipSync,
  zstd: zstdCompressSync,
  none: (bytes: Buffer) => bytes,
})) {
  const stored = compress(TEXT);
  suite(`decompressed with ${compression}`, () => {
    for (const size of [1_000, stored.length]) {
      test(`returns the content and the size of the object in chunks of ${size} bytes`, async () => {
        const { text, consumed } = await decompress(chunksOf(stored, size), compression as Compression);
        assert.ok(text.equals(TEXT));
        assert.equal(consumed, stored.length);
      });
    }
    if (compression === 'none') return;

    for (const garbage of [Buffer.from('garbage'), Buffer.alloc(100), Buffer.alloc(1_000_000), gzipSync('more')]) {
      for (const size of [stored.length, stored.length + garbage.length, 10]) {
        test(`does not read ${garbage.length} bytes after the end as content in chunks of ${size} bytes`, async () => {
          const bytes = Buffer.concat([stored, garbage]);
          try {
            const { text, consumed } = await decompress(chunksOf(bytes, size), compression as Compression);
            if (text.length > TEXT.length) assert.equal(text.length, TEXT.length + 'more'.length);
            else assert.ok(consumed < bytes.length, `${consumed} of ${bytes.length} bytes`);
          } catch (error) {
            assert.ok(isInvalidCompression(error), String(error));
          }
        });
      }
    }

    const flipped = Buffer.from(stored);
    flipped[stored.length >> 1] = (flipped[stored.length >> 1] as number) ^ 0x10;
    for (const [what, bytes] of Object.entries({
      'an empty object': Buffer.alloc(0),
      'an object without its last byte': stored.subarray(0, -1),
      'half of an object': stored.subarray(0, stored.length >> 1),
      'another format': TEXT,
      'a changed object': flipped,
    })) {
      test(`throws an error that isInvalidCompression recognizes for ${what}`, async () => {
        await assert.rejects(decompress(chunksOf(bytes, 500), compression as Compression), isInvalidCompression);
      });
    }

    test('throws the error of the download', async () => {
      const failing = async function* () {
        yield stored.subarray(0, 10);
        throw new Error('the download failed');
      };
      await assert.rejects(decompress(failing(), compression as Compression), /the download failed/);
    });
  });
}
