import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import test from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { COMPRESSIONS, type Compression } from '../../src/s3/compression.ts';
import { unpackOne } from '../fixtures/one-member.ts';

const NAMES = Object.keys(COMPRESSIONS) as Compression[];
const PAGE = 1_000_000;

/** Returns lines of a table as text. They are compressible, but not all the same. */
function lines(bytes: number): Buffer {
  const text = Array.from(
    { length: Math.ceil(bytes / 60) },
    (_, i) => `{"Item":{"pk":{"S":"customer-${(i * 7919) % 10_007}"},"n":{"N":"${i}"}}}\n`,
  ).join('');
  return Buffer.from(text).subarray(0, bytes);
}

async function compress(name: Compression, content: Buffer): Promise<Buffer> {
  const stored: Buffer[] = [];
  const compressor = COMPRESSIONS[name].compressor(async (bytes) => {
    stored.push(Buffer.from(bytes));
  });
  const page = Buffer.alloc(PAGE);
  for (let at = 0; at < content.length; at += PAGE) {
    const length = content.copy(page, 0, at);
    await compressor.write(page.subarray(0, length));
    // The next page uses the same buffer.
    page.fill(0xee);
  }
  await compressor.end();
  return Buffer.concat(stored);
}

const CONTENTS = {
  'an empty object': Buffer.alloc(0),
  'one byte': Buffer.from('x'),
  'one line': lines(60),
  'three pages of lines and a partial page': lines(3 * PAGE + 17),
  'two pages of incompressible bytes': randomBytes(2 * PAGE),
};

for (const name of NAMES) {
  for (const [what, content] of Object.entries(CONTENTS)) {
    test(`compression ${name} stores ${what} as exactly one member or frame with unchanged content`, async () => {
      assert.ok(content.equals(unpackOne(await compress(name, content), name)));
    });
  }
}

for (const name of ['gzip', 'zstd'] as const) {
  test(`compression ${name} reduces lines to less than a quarter`, async () => {
    const content = lines(3 * PAGE + 17);
    assert.ok((await compress(name, content)).length < content.length / 4);
  });
}

test('control: unpackOne rejects two gzip members and two zstd frames', () => {
  const twice = (one: Buffer) => Buffer.concat([one, one]);
  assert.throws(() => unpackOne(twice(gzipSync('x')), 'gzip'));
  assert.throws(() => unpackOne(twice(zstdCompressSync('x')), 'zstd'));
});

test('each compression has the file extension of its format', () => {
  assert.deepEqual(
    NAMES.map((name) => [name, COMPRESSIONS[name].extension]),
    [
      ['gzip', '.gz'],
      ['zstd', '.zst'],
      ['none', ''],
    ],
  );
});

for (const name of NAMES) {
  test(`compressor ${name} passes one chunk at a time to its sink, and its end waits for the sink`, async () => {
    let active = 0;
    let maxActive = 0;
    let chunks = 0;
    const compressor = COMPRESSIONS[name].compressor(async () => {
      active += 1;
      chunks += 1;
      maxActive = Math.max(maxActive, active);
      await sleep(1);
      active -= 1;
    });
    for (let i = 0; i < 3; i += 1) await compressor.write(randomBytes(300_000));
    await compressor.end();
    assert.equal(maxActive, 1);
    assert.ok(chunks >= 3);
    assert.equal(active, 0, 'end() must wait for the sink');
  });

  test(`compressor ${name} lets writes wait for a slow sink`, async () => {
    let open: () => void = () => {};
    const gate = new Promise<void>((resolve) => {
      open = resolve;
    });
    const compressor = COMPRESSIONS[name].compressor(() => gate);
    let written = 0;
    const writing = (async () => {
      for (; written < 20; written += 1) await compressor.write(randomBytes(100_000));
      await compressor.end();
    })();
    await sleep(100);
    const heldBackAt = written;
    assert.ok(heldBackAt < 5, `${heldBackAt} of 20 writes succeeded although the sink accepted nothing`);
    open();
    await writing;
    assert.equal(written, 20);
  });

  test(`compressor ${name} rejects with the error of its sink after any number of chunks`, async () => {
    for (const after of [0, 1, 3]) {
      let accepted = 0;
      const compressor = COMPRESSIONS[name].compressor(async () => {
        accepted += 1;
        // Fail late, when the compressor has more output and its writer waits.
        await sleep(10);
        if (accepted > after) throw new Error('S3 is gone');
      });
      await assert.rejects(
        async () => {
          for (let i = 0; i < 10; i += 1) await compressor.write(randomBytes(200_000));
          await compressor.end();
        },
        { message: 'S3 is gone' },
        `after ${after} chunks`,
      );
    }
  });

  test(`compressor ${name} rejects with an error of its sink for the last chunk`, async () => {
    const compressor = COMPRESSIONS[name].compressor(async () => {
      throw new Error('S3 is gone');
    });
    // A compressor keeps a single byte until the end.
    await assert.rejects(
      async () => {
        await compressor.write(Buffer.from('x'));
        await compressor.end();
      },
      { message: 'S3 is gone' },
    );
  });
}

for (const name of ['gzip', 'zstd'] as const) {
  test(`compressor ${name} rejects writes immediately after its sink has failed`, async () => {
    const compressor = COMPRESSIONS[name].compressor(async () => {
      throw new Error('S3 is gone');
    });
    await compressor.write(randomBytes(500_000)).catch(() => {});
    await sleep(10);
    await assert.rejects(compressor.write(Buffer.from('x')), { message: 'S3 is gone' });
    await assert.rejects(compressor.end(), { message: 'S3 is gone' });
  });

  test(`compressor ${name} settles pending writes and throws no unhandled error if it is destroyed`, async () => {
    const compressor = COMPRESSIONS[name].compressor(() => sleep(20));
    const writing = compressor.write(randomBytes(2_000_000)).catch(() => {});
    await sleep(5);
    compressor.destroy();
    await writing;
    await assert.rejects(compressor.end());
  });

  test(`compressor ${name} can be destroyed before the first write`, async () => {
    const compressor = COMPRESSIONS[name].compressor(async () => {});
    compressor.destroy();
    await assert.rejects(compressor.end());
  });
}
