import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import test from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { COMPRESSIONS, type Compression } from '../../src/s3/compression.ts';
import { unpackOne } from '../fixtures/one-member.ts';

const NAMES = Object.keys(COMPRESSIONS) as Compression[];
const PAGE = 1_000_000;

/** Text as the lines of a table are: compressible, but not all the same. */
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
    // The next page goes into the same storage.
    page.fill(0xee);
  }
  await compressor.end();
  return Buffer.concat(stored);
}

test('what is written comes out again, as exactly one gzip member or zstd frame', async (t) => {
  const contents = {
    nothing: Buffer.alloc(0),
    'one byte': Buffer.from('x'),
    'one line': lines(60),
    'three pages and a bit of lines': lines(3 * PAGE + 17),
    'two pages that no compression helps': randomBytes(2 * PAGE),
  };
  for (const name of NAMES) {
    for (const [what, content] of Object.entries(contents)) {
      await t.test(`${name}: ${what}`, async () => {
        const stored = await compress(name, content);
        assert.ok(content.equals(unpackOne(stored, name)));
        if (name !== 'none' && what.endsWith('lines')) assert.ok(stored.length < content.length / 4);
      });
    }
  }
  await t.test('control: two members or frames are noticed', () => {
    const two = (one: Buffer) => Buffer.concat([one, one]);
    assert.throws(() => unpackOne(two(gzipSync('x')), 'gzip'));
    assert.throws(() => unpackOne(two(zstdCompressSync('x')), 'zstd'));
  });
});

test('the names of objects end as the compression says', () => {
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
  test(`${name}: the sink gets one piece at a time`, async () => {
    let under = 0;
    let most = 0;
    let pieces = 0;
    const compressor = COMPRESSIONS[name].compressor(async () => {
      under += 1;
      pieces += 1;
      most = Math.max(most, under);
      await sleep(1);
      under -= 1;
    });
    for (let i = 0; i < 3; i += 1) await compressor.write(randomBytes(300_000));
    await compressor.end();
    assert.equal(most, 1);
    assert.ok(pieces >= 3);
    assert.equal(under, 0, 'the end waits for the sink');
  });

  test(`${name}: a slow sink holds the writer back`, async () => {
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
    assert.ok(heldBackAt < 5, `${heldBackAt} of 20 writes went through although the sink took nothing`);
    open();
    await writing;
    assert.equal(written, 20);
  });

  test(`${name}: what the sink fails with is told, whenever it fails`, async () => {
    for (const after of [0, 1, 3]) {
      let taken = 0;
      const compressor = COMPRESSIONS[name].compressor(async () => {
        taken += 1;
        // Late, when the compressor has more than it can hand on and its writer waits.
        await sleep(10);
        if (taken > after) throw new Error('S3 is gone');
      });
      await assert.rejects(
        async () => {
          for (let i = 0; i < 10; i += 1) await compressor.write(randomBytes(200_000));
          await compressor.end();
        },
        { message: 'S3 is gone' },
        `after ${after} pieces`,
      );
    }
  });

  test(`${name}: what the sink fails with at the very end is told too`, async () => {
    const compressor = COMPRESSIONS[name].compressor(async () => {
      throw new Error('S3 is gone');
    });
    // So little that a compressor keeps it until the end.
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
  test(`${name}: after a failure, writes fail at once instead of waiting`, async () => {
    const compressor = COMPRESSIONS[name].compressor(async () => {
      throw new Error('S3 is gone');
    });
    await compressor.write(randomBytes(500_000)).catch(() => {});
    await sleep(10);
    await assert.rejects(compressor.write(Buffer.from('x')), { message: 'S3 is gone' });
    await assert.rejects(compressor.end(), { message: 'S3 is gone' });
  });

  test(`${name}: destroyed in the middle, nobody is left waiting and nothing is thrown about`, async () => {
    const compressor = COMPRESSIONS[name].compressor(() => sleep(20));
    const writing = compressor.write(randomBytes(2_000_000)).catch(() => {});
    await sleep(5);
    compressor.destroy();
    await writing;
    await assert.rejects(compressor.end());
  });

  test(`${name}: destroyed before anything was written`, async () => {
    const compressor = COMPRESSIONS[name].compressor(async () => {});
    compressor.destroy();
    await assert.rejects(compressor.end());
  });
}
