import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { copyAndCheck, copyItems } from '../../src/format/dynamodb-json.ts';
import { LineBuffer } from '../../src/format/lines.ts';
import { MalformedPage } from '../../src/format/malformed-page.ts';
import { randomPage, seeded } from '../fixtures/random-pages.ts';
import { byEffort } from '../run/effort.ts';

/** Number of corrupted pages. */
const CORRUPTED = byEffort({ quick: 800, thorough: 4_000 });
const SEED = Number(process.env['RANDOM_PAGES_SEED'] ?? 20261122);
const AS_SENT = { rawSeparators: false, loneSurrogates: true, oddNumbers: true };

test('copyItems (WebAssembly) copies random pages as DynamoDB sends them, without JavaScript', () => {
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

test('copyItems accepts a corrupted page only if JavaScript accepts it, with the same lines', (t) => {
  let accepted = 0;
  for (let i = 0; i < CORRUPTED; i += 1) {
    const random = seeded(SEED + i);
    const { bytes, start } = randomPage(random, AS_SENT);
    const page = Buffer.from(bytes);
    page[start + Math.floor(random() * (page.length - start))] = REPLACEMENTS[Math.floor(random() * 16)] as number;
    const lines = new LineBuffer(Buffer.alloc(65_536));
    const result = copyItems(page, start, lines);
    if (!result) {
      assert.equal(lines.length, 0);
      continue;
    }
    accepted += 1;
    const expected = new LineBuffer(Buffer.alloc(65_536));
    assert.deepEqual(result, copyAndCheck(page, start, expected), `seed ${SEED + i}`);
    assert.ok(lines.lines().equals(expected.lines()), `seed ${SEED + i}`);
  }
  assert.ok(accepted > 100, String(accepted));
  t.diagnostic(`${accepted} of ${CORRUPTED} corrupted pages were still valid JSON; first seed ${SEED}`);
});

/** Bytes with a meaning for the parser, and ordinary ones. */
const REPLACEMENTS = Buffer.from('"\\{}[],:\0\x1f\x20u0fG\xff', 'latin1');

test('copyItems leaves a truncated page to JavaScript, which rejects it', () => {
  const { bytes, start, end } = randomPage(seeded(SEED), AS_SENT);
  for (let length = start; length < end; length += 1) {
    const page = bytes.subarray(0, length);
    assert.equal(copyItems(page, start, new LineBuffer(Buffer.alloc(65_536))), undefined, `${length} of ${end} bytes`);
    assert.throws(() => copyAndCheck(page, start, new LineBuffer(Buffer.alloc(65_536))), MalformedPage);
  }
});

test('copyItems grows the line buffer for 100,000 empty items, an item of 4 MiB and 199 nesting levels', () => {
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

test('copyItems leaves items with more than 200 nesting levels to JavaScript', () => {
  const page = Buffer.from(`{"a":${'['.repeat(201)}${']'.repeat(201)}}]`);
  assert.equal(copyItems(page, 0, new LineBuffer(Buffer.alloc(65_536))), undefined);
});

test('transcodeDynamoDbJson works without WebAssembly', () => {
  const script = `
    // Node uses WebAssembly to strip types, and loads it with the first types.
    import { stripTypeScriptTypes } from 'node:module';
    stripTypeScriptTypes('');
    let rejected = 0;
    WebAssembly.Module = class {
      constructor() {
        rejected += 1;
        throw new Error('not allowed');
      }
    };
    const { LineBuffer } = await import('./src/format/lines.ts');
    const { transcodeDynamoDbJson } = await import('./src/format/dynamodb-json.ts');
    const lines = new LineBuffer(Buffer.alloc(65_536));
    const { count } = transcodeDynamoDbJson(Buffer.from('{"a":{"S":"b"}}]'), 0, lines);
    process.stdout.write((rejected > 0) + ' ' + count + ' ' + lines.lines());`;
  const args = ['--no-warnings', '--input-type=module', '-e', script];
  const { stdout, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' });
  assert.equal(stdout, 'true 1 {"Item":{"a":{"S":"b"}}}\n', stderr);
});
