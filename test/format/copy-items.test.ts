import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { copyAndCheck, copyItems } from '../../src/format/dynamodb-json.ts';
import { LineBuffer } from '../../src/format/lines.ts';
import { MalformedPage } from '../../src/format/malformed-page.ts';
import { randomPage, seeded } from '../fixtures/random-pages.ts';
import { byEffort } from '../run/effort.ts';

/** Number of damaged pages. */
const DAMAGED = byEffort({ quick: 800, thorough: 4_000 });
const SEED = Number(process.env['RANDOM_PAGES_SEED'] ?? 20261122);
const AS_SENT = { rawSeparators: false, loneSurrogates: true, oddNumbers: true };

test('a page as DynamoDB sends it needs no JavaScript', () => {
  for (let i = 0; i < 300; i += 1) {
    const page = randomPage(seeded(SEED + i), AS_SENT);
    const lines = new LineBuffer(Buffer.alloc(65_536));
    assert.deepEqual(
      copyItems(page.bytes, page.start, lines),
      { count: page.items.length, end: page.end },
      `seed ${i}`,
    );
  }
});

test('what it takes of a damaged page is what JavaScript takes, and gives the same lines', (t) => {
  let taken = 0;
  for (let i = 0; i < DAMAGED; i += 1) {
    const random = seeded(SEED + i);
    const { bytes, start } = randomPage(random, AS_SENT);
    const page = Buffer.from(bytes);
    page[start + Math.floor(random() * (page.length - start))] = INTERESTING[Math.floor(random() * 16)] as number;
    const lines = new LineBuffer(Buffer.alloc(65_536));
    const result = copyItems(page, start, lines);
    if (!result) {
      assert.equal(lines.length, 0);
      continue;
    }
    taken += 1;
    const expected = new LineBuffer(Buffer.alloc(65_536));
    assert.deepEqual(result, copyAndCheck(page, start, expected), `seed ${SEED + i}`);
    assert.ok(lines.lines().equals(expected.lines()), `seed ${SEED + i}`);
  }
  assert.ok(taken > 100, String(taken));
  t.diagnostic(`${taken} of ${DAMAGED} damaged pages were still JSON; first seed ${SEED}`);
});

/** What decides something, and two that decide nothing. */
const INTERESTING = Buffer.from('"\\{}[],:\0\x1f\x20u0fG\xff', 'latin1');

test('a page cut anywhere is left to JavaScript, which refuses it', () => {
  const { bytes, start, end } = randomPage(seeded(SEED), AS_SENT);
  for (let length = start; length < end; length += 1) {
    const page = bytes.subarray(0, length);
    assert.equal(copyItems(page, start, new LineBuffer(Buffer.alloc(65_536))), undefined, `${length} of ${end} bytes`);
    assert.throws(() => copyAndCheck(page, start, new LineBuffer(Buffer.alloc(65_536))), MalformedPage);
  }
});

test('lines have room whatever the items: 100,000 empty ones, one of 4 MiB, nesting of 199', () => {
  const items = [
    Array.from({ length: 100_000 }, () => '{}'),
    [`{"a":{"S":"${'x'.repeat(4 * 1024 * 1024)}"}}`],
    [`{"a":${'['.repeat(199)}${']'.repeat(199)}}`],
    [],
  ];
  for (const each of items) {
    const page = Buffer.from(`${each.join(',')}],"Count":${each.length}}`);
    const lines = new LineBuffer(Buffer.alloc(16));
    const result = copyItems(page, 0, lines);
    assert.equal(result?.count, each.length);
    assert.ok(lines.lines().equals(Buffer.from(each.map((item) => `{"Item":${item}}\n`).join(''))));
  }
});

test('deeper nesting than its notes hold is left to JavaScript', () => {
  const page = Buffer.from(`{"a":${'['.repeat(201)}${']'.repeat(201)}}]`);
  assert.equal(copyItems(page, 0, new LineBuffer(Buffer.alloc(65_536))), undefined);
});

test('without WebAssembly, JavaScript does all', () => {
  const script = `
    // First, as Node takes the types out of it with WebAssembly.
    const { LineBuffer } = await import('./src/format/lines.ts');
    delete globalThis.WebAssembly;
    const { transcodeDynamoDbJson } = await import('./src/format/dynamodb-json.ts');
    const lines = new LineBuffer(Buffer.alloc(65_536));
    const { count } = transcodeDynamoDbJson(Buffer.from('{"a":{"S":"b"}}]'), 0, lines);
    process.stdout.write(typeof WebAssembly + count + lines.lines());`;
  const { stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', script], { encoding: 'utf8' });
  assert.equal(stdout, 'undefined1{"Item":{"a":{"S":"b"}}}\n', stderr);
});
