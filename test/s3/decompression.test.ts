import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { constants, gzipSync, zstdCompressSync } from 'node:zlib';
import type { Compression } from '../../src/s3/compression.ts';
import { decompressed, isInvalidCompression } from '../../src/s3/decompression.ts';

const TEXT = Buffer.from('{"Item":{"pk":{"S":"a"}}}\n'.repeat(50_000));

async function* chunksOf(bytes: Buffer, size: number): AsyncGenerator<Buffer> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

async function decompress(chunks: AsyncIterable<Buffer>, compression: Compression, members?: 'one' | 'several') {
  const reader = decompressed(chunks, compression, members);
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

suite('decompressed with one gzip member', () => {
  const stored = gzipSync(TEXT);
  const one = (bytes: Buffer, size = 500) => decompress(chunksOf(bytes, size), 'gzip', 'one');

  for (const size of [1, 7, 1_000, stored.length]) {
    test(`returns the content and the size of the object in chunks of ${size} bytes`, async () => {
      const { text, consumed } = await one(stored, size);
      assert.ok(text.equals(TEXT));
      assert.equal(consumed, stored.length);
    });
  }

  test('reads an empty member', async () => {
    const empty = gzipSync('');
    const { text, consumed } = await one(empty, 3);
    assert.deepEqual([text.length, consumed], [0, empty.length]);
  });

  for (const [what, more] of Object.entries({
    'another member': gzipSync('more'),
    'an empty member': gzipSync(''),
    garbage: Buffer.from('garbage'),
    'one byte': Buffer.of(0),
    'a megabyte of zeros': Buffer.alloc(1_000_000),
  })) {
    for (const size of [stored.length, stored.length + 3, 10]) {
      test(`returns a smaller size if ${what} follows, in chunks of ${size} bytes`, async () => {
        const { text, consumed } = await one(Buffer.concat([stored, more]), size);
        assert.ok(text.equals(TEXT));
        assert.equal(consumed, stored.length);
      });
    }
  }

  test('does not read a second member as content if the first is empty', async () => {
    const empty = gzipSync('');
    const { text, consumed } = await one(Buffer.concat([empty, stored]));
    assert.deepEqual([text.length, consumed], [0, empty.length]);
  });

  const changed = (at: number, to: number) => Buffer.from(stored).fill(to, at, at + 1);
  for (const [what, bytes] of Object.entries({
    'an empty object': Buffer.alloc(0),
    'only a header': stored.subarray(0, 10),
    'an object without its last byte': stored.subarray(0, -1),
    'an object without its trailer': stored.subarray(0, -8),
    'half of an object': stored.subarray(0, stored.length >> 1),
    'another format': TEXT,
    'another magic number': changed(1, 0x8c),
    'a header with flags': changed(3, 8),
    'a wrong CRC-32': changed(stored.length - 8, (stored.at(-8) ?? 0) ^ 1),
    'a wrong size': changed(stored.length - 4, (stored.at(-4) ?? 0) ^ 1),
  })) {
    test(`throws an error that isInvalidCompression recognizes for ${what}`, async () => {
      for (const size of [3, 500, 1_000_000])
        await assert.rejects(one(bytes, size), isInvalidCompression, String(size));
    });
  }
});
