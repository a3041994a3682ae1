import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { copyAndCheck, copyItems } from '../../src/format/dynamodb-json.ts';
import { LineBuffer } from '../../src/format/lines.ts';
import { MalformedPage } from '../../src/format/malformed-page.ts';
import { newPageMemory } from '../../src/format/page-memory.ts';
import { randomPage, seeded } from '../fixtures/random-pages.ts';
import { byEffort } from '../run/effort.ts';
import { inPageMemory, linesInPageMemory } from './in-page-memory.ts';

/** Number of corrupted pages. */
const CORRUPTED = byEffort({ quick: 800, thorough: 4_000 });
const SEED = Number(process.env['RANDOM_PAGES_SEED'] ?? 20261122);
const AS_SENT = { rawSeparators: false, loneSurrogates: true, oddNumbers: true };

test('copyItems (WebAssembly) copies random pages as DynamoDB sends them, without JavaScript', () => {
  for (let i = 0; i < 300; i += 1) {
    const page = randomPage(seeded(SEED + i), AS_SENT);
    assert.deepEqual(
      copyItems(inPageMemory(page.bytes), page.start, linesInPageMemory()),
      { count: page.items.length, end: page.end },
      `seed ${SEED + i}`,
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
    const lines = linesInPageMemory();
    const result = copyItems(inPageMemory(page), start, lines);
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
    const copied = copyItems(inPageMemory(page), start, linesInPageMemory());
    assert.equal(copied, undefined, `${length} of ${end} bytes`);
    assert.throws(() => copyAndCheck(page, start, new LineBuffer(Buffer.alloc(65_536))), MalformedPage);
  }
});

test('copyItems copies 100,000 empty items, an item of 4 MiB and 199 nesting levels', () => {
  const items = [
    Array.from({ length: 100_000 }, () => '{}'),
    [`{"a":{"S":"${'x'.repeat(4 * 1024 * 1024)}"}}`],
    [`{"a":${'['.repeat(199)}${']'.repeat(199)}}`],
    [],
  ];
  for (const each of items) {
    const page = Buffer.from(`${each.join(',')}],"Count":${each.length}}`);
    const lines = linesInPageMemory();
    const result = copyItems(inPageMemory(page), 0, lines);
    assert.equal(result?.count, each.length);
    assert.ok(lines.lines().equals(Buffer.from(each.map((item) => `{"Item":${item}}\n`).join(''))));
  }
});

test('copyItems leaves items with more than 200 nesting levels to JavaScript', () => {
  const page = Buffer.from(`{"a":${'['.repeat(201)}${']'.repeat(201)}}]`);
  assert.equal(copyItems(inPageMemory(page), 0, linesInPageMemory()), undefined);
});

test('copyItems writes only the lines, in the least room that it accepts', () => {
  for (let i = 0; i < 100; i += 1) {
    const { bytes, start, items } = randomPage(seeded(SEED + i), AS_SENT);
    const page = inPageMemory(bytes);
    const region = linesInPageMemory().bytes.fill(0xaa, 0, 6 + page.length * 5);
    const room = (page.length - start) * 4 + 16;
    const lines = new LineBuffer(region.subarray(0, 6 + room));
    lines.length = 6;
    assert.equal(copyItems(page, start, lines)?.count, items.length);
    assert.ok(region.subarray(0, 6).every((byte) => byte === 0xaa));
    assert.ok(region.subarray(lines.length, 6 + page.length * 5).every((byte) => byte === 0xaa));
    const less = new LineBuffer(region.subarray(0, room - 1));
    assert.equal(copyItems(page, start, less), undefined);
  }
});

test('copyItems copies pages in all of the 4 GiB of a PageMemory', () => {
  const memory = newPageMemory();
  const regions: Buffer[] = [];
  for (let region = memory.newRegion(); region; region = memory.newRegion()) regions.push(region);
  // 64 workers need at most two each.
  assert.ok(regions.length > 128, String(regions.length));
  for (const [index, region] of [...regions.entries()].filter((_, i) => i % 10 === 9)) {
    const page = Buffer.from(`{"pk":{"N":"${index}"}},{}],"Count":2}`);
    page.copy(region);
    const lines = new LineBuffer(regions[index - 1] as Buffer);
    assert.deepEqual(copyItems(region.subarray(0, page.length), 0, lines), { count: 2, end: page.indexOf(']') + 1 });
    assert.equal(lines.lines().toString(), `{"Item":{"pk":{"N":"${index}"}}}\n{"Item":{}}\n`);
  }
});

test('copyItems leaves a page to JavaScript if the room for its lines is too small or in other memory', () => {
  const item = `{"a":{"S":"${'x'.repeat(6 * 1024 * 1024)}"}}`;
  const large = Buffer.from(`${item}]`);
  const lines = linesInPageMemory();
  assert.equal(copyItems(inPageMemory(large), 0, lines), undefined);
  assert.equal(lines.length, 0);
  const small = Buffer.from('{}]');
  assert.equal(copyItems(inPageMemory(small), 0, new LineBuffer(Buffer.alloc(100))), undefined);
  assert.equal(copyItems(inPageMemory(small), 0, new LineBuffer(newPageMemory().newRegion() as Buffer)), undefined);
  assert.equal(copyItems(Buffer.from('{}]\0'.repeat(10)), 0, linesInPageMemory()), undefined);
  const page = inPageMemory(small);
  assert.equal(copyItems(page.subarray(0, 2), 0, linesInPageMemory()), undefined, 'a byte follows that is not zero');
  assert.deepEqual(copyItems(page, 0, linesInPageMemory()), { count: 1, end: 3 }, 'control');
});

test('transcodeDynamoDbJson works if Node cannot compile WebAssembly', () => {
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
    const { inPageMemory, linesInPageMemory } = await import('./test/format/in-page-memory.ts');
    const { transcodeDynamoDbJson } = await import('./src/format/dynamodb-json.ts');
    const lines = linesInPageMemory();
    const { count } = transcodeDynamoDbJson(inPageMemory(Buffer.from('{"a":{"S":"b"}}]')), 0, lines);
    process.stdout.write((rejected > 0) + ' ' + count + ' ' + lines.lines());`;
  const args = ['--no-warnings', '--input-type=module', '-e', script];
  const { stdout, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' });
  assert.equal(stdout, 'true 1 {"Item":{"a":{"S":"b"}}}\n', stderr);
});
