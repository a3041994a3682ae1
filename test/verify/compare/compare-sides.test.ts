import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { CopyError } from '../../../src/errors.ts';
import type { KeyDefinition } from '../../../src/format/check-lines.ts';
import { type Comparison, compareSides, type Side } from '../../../src/verify/compare/compare-sides.ts';
import { ComparisonProgress } from '../../../src/verify/compare/comparison-progress.ts';
import { integer, pick, type Random, seeded } from '../../fixtures/random-pages.ts';
import { byEffort } from '../../run/effort.ts';
import {
  jsonOfAttributes,
  meaningOfAttributes,
  type SpelledAttributes,
  shuffled,
  spelledAttributes,
  spellNumber,
} from './spelled-items.ts';

const SEED = Number(process.env['RANDOM_PAGES_SEED'] ?? 20261128);
const PAIRS = byEffort({ quick: 250, thorough: 1_000 });
const SIGNAL = new AbortController().signal;
const FOLDER = mkdtempSync(join(tmpdir(), 'compare-'));
after(() => rmSync(FOLDER, { recursive: true }));

const BY_ID: readonly KeyDefinition[] = [{ name: 'id', type: 'S' }];

/** Serves items, given as the JSON of their attributes, in chunks of a few lines. */
function sideOf(items: readonly string[], name = 'The copy'): Side {
  return {
    name,
    read(onItems) {
      for (let at = 0; at < items.length; at += 7) {
        const lines = items.slice(at, at + 7).map((item) => `{"Item":${item}}\n`);
        const chunk = Buffer.from(lines.join(''));
        onItems(chunk);
        // Lines are valid only during the call.
        chunk.fill('#');
      }
      return Promise.resolve();
    },
  };
}

interface Compared extends Comparison {
  /** Lines of the differences file, sorted; undefined if there is none. */
  readonly lines: readonly string[] | undefined;
}

async function compare(
  copy: readonly string[] | Side,
  other: readonly string[] | Side,
  options: { readonly keyAttributes?: readonly KeyDefinition[]; readonly maxBytes?: number } = {},
): Promise<Compared> {
  const differencesFile = join(FOLDER, `differences-${Math.random()}.jsonl`);
  const asSide = (side: readonly string[] | Side, name: string) => ('read' in side ? side : sideOf(side, name));
  const comparison = await compareSides(asSide(copy, 'The copy'), asSide(other, 'The table'), {
    keyAttributes: BY_ID,
    differencesFile,
    progress: new ComparisonProgress(),
    signal: SIGNAL,
    ...options,
  });
  assert.equal(existsSync(differencesFile), comparison.differencesFile !== undefined);
  if (comparison.differencesFile === undefined) return { ...comparison, lines: undefined };
  const content = readFileSync(differencesFile, 'utf8');
  assert.ok(content.endsWith('}\n'));
  return { ...comparison, lines: content.trimEnd().split('\n').sort() };
}

const NONE = { isEqual: true, onlyInCopy: 0, onlyInOther: 0, different: 0, isComplete: true, lines: undefined };

test('two sides with the same items in another order and notation are equal', async () => {
  const copy = Array.from({ length: 100 }, (_, i) => `{"id":{"S":"${i}"},"n":{"N":"${i}"},"s":{"SS":["a","b"]}}`);
  const other = copy.map((_, i) => `{"s":{"SS":["b","\\u0061"]},"n":{"N":"${i}.0"},"id":{"S":"${i}"}}`).toReversed();
  const compared = await compare(copy, other);
  assert.deepEqual(compared, { ...NONE, differencesFile: undefined, copyItemCount: 100, otherItemCount: 100 });
});

test('two empty sides are equal', async () => {
  assert.equal((await compare([], [])).isEqual, true);
});

test('finds an item that is only in the copy, one that is only in the table, and a changed one', async () => {
  const same = Array.from({ length: 1_000 }, (_, i) => `{"id":{"S":"same ${i}"}}`);
  const compared = await compare(
    [...same, '{"id":{"S":"a"}}', '{"id":{"S":"c"},"n":{"N":"9007199254740993"}}'],
    ['{"id":{"S":"b"}}', '{"id":{"S":"c"},"n":{"N":"9007199254740992"}}', ...same],
  );
  const { differencesFile, ...others } = compared;
  assert.deepEqual(others, {
    isEqual: false,
    onlyInCopy: 1,
    onlyInOther: 1,
    different: 1,
    isComplete: true,
    copyItemCount: 1_002,
    otherItemCount: 1_002,
    lines: [
      '{"kind":"different","key":{"id":{"S":"c"}}}',
      '{"kind":"only-in-copy","key":{"id":{"S":"a"}}}',
      '{"kind":"only-in-other","key":{"id":{"S":"b"}}}',
    ],
  });
  assert.equal(statSync(differencesFile ?? '').mode & 0o777, 0o600);
});

test('counts an item that the copy has twice, whether the duplicate is equal or different', async () => {
  const item = (n: number) => `{"id":{"S":"a"},"n":{"N":"${n}"}}`;
  const cases = [
    { copy: [1, 1], other: [1], expected: { onlyInCopy: 1, onlyInOther: 0, different: 0 } },
    { copy: [1, 2], other: [1], expected: { onlyInCopy: 1, onlyInOther: 0, different: 0 } },
    { copy: [2, 3], other: [1], expected: { onlyInCopy: 1, onlyInOther: 0, different: 1 } },
    { copy: [1], other: [1, 1, 1], expected: { onlyInCopy: 0, onlyInOther: 2, different: 0 } },
    { copy: [1, 1], other: [1, 2], expected: { onlyInCopy: 0, onlyInOther: 0, different: 1 } },
    { copy: [1, 1], other: [], expected: { onlyInCopy: 2, onlyInOther: 0, different: 0 } },
  ];
  for (const { copy, other, expected } of cases) {
    const { onlyInCopy, onlyInOther, different, ...rest } = await compare(copy.map(item), other.map(item));
    assert.deepEqual({ onlyInCopy, onlyInOther, different }, expected);
    assert.equal(rest.isEqual, false);
    assert.equal(rest.lines?.length, onlyInCopy + onlyInOther + different);
  }
  assert.equal((await compare([1, 1, 2].map(item), [1, 2, 1].map(item))).isEqual, true);
  assert.equal((await compare([1, 1, 2].map(item), [1, 2, 2].map(item))).isEqual, false);
});

test('binary and number keys are matched by value, whatever their notation', async () => {
  const keyAttributes = [
    { name: 'b', type: 'B' },
    { name: 'n', type: 'N' },
  ] as const;
  const compared = await compare(
    ['{"b":{"B":"AAEC"},"n":{"N":"1E2"}}', '{"b":{"B":"AQ=="},"n":{"N":"-0.50"},"x":{"S":"y"}}'],
    ['{"n":{"N":"100"},"b":{"B":"\\u0041AEC"}}', '{"b":{"B":"AQ=="},"n":{"N":"-.5"}}'],
    { keyAttributes },
  );
  assert.deepEqual(compared.lines, ['{"kind":"different","key":{"b":{"B":"AQ=="},"n":{"N":"-0.50"}}}']);
});

test('100,000 items with one key in the copy and in the table are compared in seconds', async () => {
  const count = 100_000;
  const before = process.cpuUsage();
  const itemsFrom = (first: number) =>
    Array.from({ length: count }, (_, index) => `{"id":{"S":"a"},"n":{"N":"${first + index}"}}`);
  const { onlyInCopy, onlyInOther, different, isComplete } = await compare(itemsFrom(0), itemsFrom(count - 10));
  assert.deepEqual(
    { onlyInCopy, onlyInOther, different, isComplete },
    { onlyInCopy: 0, onlyInOther: 0, different: count - 10, isComplete: true },
  );
  // With work that grows with the square of the number, it was a minute.
  assert.ok(process.cpuUsage(before).user < 15e6);
});

/** A table of the reference: items by key. */
type Table = Map<string, SpelledAttributes>;

const COMPOSITE: readonly KeyDefinition[] = [
  { name: 'pk', type: 'S' },
  { name: 'sk', type: 'N' },
];

function keyOf(n: number): string {
  return `${n >> 1}/${n % 2 === 0 ? 5 : 100}`;
}

/** Returns the items in a random order and notation. */
function spelledTable(random: Random, table: Table): string[] {
  return shuffled(random, [...table]).map(([key, attributes]) => {
    const [pk = '', sk = ''] = key.split('/');
    return jsonOfAttributes(
      random,
      new Map([
        ...attributes,
        ['pk', { meaning: ['S', pk] as const, json: `{"S":"${pk}"}` }],
        ['sk', { meaning: ['N', sk] as const, json: `{"N":${spellNumber(random, BigInt(sk), 0)}}` }],
      ]),
    );
  });
}

interface Expected {
  onlyInCopy: number;
  onlyInOther: number;
  different: number;
}

/** Returns a table that has up to five changes, and the differences by plain comparison of both. */
function changed(random: Random, table: Table): { readonly other: Table; readonly expected: Expected } {
  const other = new Map(table);
  for (let i = integer(random, 0, 5); i > 0; i -= 1) {
    const key = pick(random, [...other.keys(), keyOf(1_000 + i)]);
    if (random() < 0.3) other.delete(key);
    else other.set(key, spelledAttributes(random, integer(random, 0, 2)));
  }
  const expected = { onlyInCopy: 0, onlyInOther: 0, different: 0 };
  for (const key of new Set([...table.keys(), ...other.keys()])) {
    const [a, b] = [table.get(key), other.get(key)];
    if (!b) expected.onlyInCopy += 1;
    else if (!a) expected.onlyInOther += 1;
    else if (meaningOfAttributes(a) !== meaningOfAttributes(b)) expected.different += 1;
  }
  return { other, expected };
}

test('random pairs of tables with 0 to 5 differences: every count and every key is exact', async (t) => {
  const sum = { onlyInCopy: 0, onlyInOther: 0, different: 0, equal: 0 };
  for (let pair = 0; pair < PAIRS; pair += 1) {
    const random = seeded(SEED + pair);
    const table: Table = new Map(
      Array.from({ length: integer(random, 0, 60) }, (_, i) => [
        keyOf(i),
        spelledAttributes(random, integer(random, 0, 3)),
      ]),
    );
    const { other, expected } = changed(random, table);
    const compared = await compare(spelledTable(random, table), spelledTable(random, other), {
      keyAttributes: COMPOSITE,
    });
    const { onlyInCopy, onlyInOther, different } = compared;
    const message = `seed ${SEED + pair}`;
    assert.deepEqual({ onlyInCopy, onlyInOther, different }, expected, message);
    assert.equal(compared.isEqual, onlyInCopy + onlyInOther + different === 0, message);
    assert.equal(compared.isComplete, true, message);
    assert.equal(compared.lines?.length ?? 0, onlyInCopy + onlyInOther + different, message);
    for (const line of compared.lines ?? []) assertKind(line, table, other, message);
    sum.onlyInCopy += onlyInCopy;
    sum.onlyInOther += onlyInOther;
    sum.different += different;
    if (compared.isEqual) sum.equal += 1;
  }
  assert.ok(Object.values(sum).every((count) => count > PAIRS / 20));
  t.diagnostic(`${PAIRS} pairs: ${JSON.stringify(sum)}; first seed ${SEED}`);
});

/** Asserts that a line of the differences file states the difference of its key. */
function assertKind(line: string, copy: Table, other: Table, message: string): void {
  const { kind, key } = JSON.parse(line) as { kind: string; key: { pk: { S: string }; sk: { N: string } } };
  const name = `${key.pk.S}/${Number(key.sk.N)}`;
  const expected = !other.has(name) ? 'only-in-copy' : !copy.has(name) ? 'only-in-other' : 'different';
  assert.equal(kind, expected, message);
}

test('a small memory limit makes the counts lower bounds, and the sides stay different', async () => {
  const items = Array.from({ length: 500 }, (_, i) => `{"id":{"S":"${i}"}}`);
  const whole = await compare(items, []);
  assert.equal(whole.isComplete, true);
  assert.equal(whole.lines?.length, 500);

  const limited = await compare(items, [], { maxBytes: 5_000 });
  assert.equal(limited.isEqual, false);
  assert.equal(limited.isComplete, false);
  const keys = limited.lines?.length ?? 0;
  assert.ok(keys > 30 && keys < 100, `${keys} keys fit`);
  // The numbers of items are known without their keys.
  assert.equal(limited.onlyInCopy, 500);

  const changes = items.map((item) => item.replace('}}', '},"n":{"N":"1"}}'));
  const unknown = await compare(items, changes, { maxBytes: 0 });
  const { isEqual, isComplete, onlyInCopy, onlyInOther, different, lines } = unknown;
  assert.deepEqual(
    { isEqual, isComplete, onlyInCopy, onlyInOther, different, lines },
    { ...NONE, isEqual: false, isComplete: false },
  );
});

/** Serves other items each time it is read. */
function changingSide(...readings: readonly (readonly string[])[]): Side {
  let reading = 0;
  return {
    name: 'The table',
    read(onItems, signal) {
      reading += 1;
      return sideOf(readings[Math.min(reading, readings.length) - 1] ?? []).read(onItems, signal);
    },
  };
}

test('a difference that is gone in pass 2 leaves the sides different and the counts incomplete', async () => {
  const { isEqual, isComplete, onlyInCopy, lines } = await compare(
    ['{"id":{"S":"a"}}'],
    changingSide([], ['{"id":{"S":"a"}}']),
  );
  assert.deepEqual(
    { isEqual, isComplete, onlyInCopy, lines },
    { isEqual: false, isComplete: false, onlyInCopy: 0, lines: undefined },
  );
});

test('a table that grows between the passes leaves the counts incomplete', async () => {
  const copy = Array.from({ length: 300 }, (_, i) => `{"id":{"S":"${i}"}}`);
  const few = copy.slice(0, 10);
  const more = [...few, ...Array.from({ length: 3_000 }, () => '{"id":{"S":"299"}}')];
  const compared = await compare(copy, changingSide(few, more));
  assert.equal(compared.isEqual, false);
  assert.equal(compared.isComplete, false);
  assert.equal(compared.onlyInCopy, 290, 'the number in pass 1');
});

test('an equal bucket is not reported if it changes between the passes', async () => {
  const copy = ['{"id":{"S":"a"}}', '{"id":{"S":"b"}}'];
  const compared = await compare(copy, changingSide(['{"id":{"S":"a"}}'], ['{"id":{"S":"a"},"n":{"N":"1"}}']));
  assert.deepEqual(compared.lines, ['{"kind":"only-in-copy","key":{"id":{"S":"b"}}}']);
  assert.equal(compared.isComplete, true);
});

test('an equal pair is read once, and a different pair twice', async () => {
  const order: string[] = [];
  const counted = (name: string, items: readonly string[]): Side => ({
    name,
    read(onItems, signal) {
      order.push(name);
      return sideOf(items).read(onItems, signal);
    },
  });
  await compare(counted('copy', ['{"id":{"S":"a"}}']), counted('other', ['{"id":{"S":"a"}}']));
  assert.deepEqual(order.splice(0), ['copy', 'other']);
  await compare(counted('copy', ['{"id":{"S":"a"}}']), counted('other', []));
  assert.deepEqual(order, ['copy', 'other', 'copy', 'other']);
});

test('an item without the key fails the comparison with NOT_COMPARABLE, without data in the message', async () => {
  await assert.rejects(
    compare(['{"id":{"S":"a"}}'], ['{"name":{"S":"confidential"}}']),
    (error) =>
      error instanceof CopyError &&
      error.code === 'NOT_COMPARABLE' &&
      error.message === 'The table contains an item that cannot be compared: expected the key attributes of the table.',
  );
});

test('the error of a side ends the comparison, and no differences file is written', async () => {
  const failing: Side = { name: 'The copy', read: () => Promise.reject(new Error('damaged')) };
  await assert.rejects(compare(failing, []), /damaged/);
  let reading = 0;
  const failingLater: Side = {
    name: 'The table',
    read(onItems, signal) {
      reading += 1;
      return reading === 1 ? sideOf([]).read(onItems, signal) : Promise.reject(new Error('denied'));
    },
  };
  const differencesFile = join(FOLDER, 'failing.jsonl');
  const request = { keyAttributes: BY_ID, differencesFile, progress: new ComparisonProgress(), signal: SIGNAL };
  await assert.rejects(compareSides(sideOf(['{"id":{"S":"a"}}']), failingLater, request), /denied/);
  assert.equal(existsSync(differencesFile), false);
});

test('the differences file replaces an existing file, so that only its owner can read it', async () => {
  const differencesFile = join(FOLDER, 'existing.jsonl');
  writeFileSync(differencesFile, 'old', { mode: 0o644 });
  const request = { keyAttributes: BY_ID, differencesFile, progress: new ComparisonProgress(), signal: SIGNAL };
  await compareSides(sideOf(['{"id":{"S":"a"}}']), sideOf([]), request);
  assert.equal(readFileSync(differencesFile, 'utf8'), '{"kind":"only-in-copy","key":{"id":{"S":"a"}}}\n');
  assert.equal(statSync(differencesFile).mode & 0o777, 0o600);
});

test('the progress shows the pass, the side and the bytes read', async () => {
  const progress = new ComparisonProgress();
  const seen: object[] = [];
  const watched = (items: readonly string[]): Side => ({
    name: 'The copy',
    async read(onItems, signal) {
      await sideOf(items).read(onItems, signal);
      seen.push(progress.figures);
    },
  });
  assert.deepEqual(progress.figures, { pass: 0, side: 'copy', lineBytes: 0 });
  const request = { keyAttributes: BY_ID, differencesFile: join(FOLDER, 'progress.jsonl'), progress, signal: SIGNAL };
  await compareSides(watched(['{"id":{"S":"a"}}']), watched([]), request);
  assert.deepEqual(seen, [
    { pass: 1, side: 'copy', lineBytes: 26 },
    { pass: 1, side: 'other', lineBytes: 0 },
    { pass: 2, side: 'copy', lineBytes: 26 },
    { pass: 2, side: 'other', lineBytes: 0 },
  ]);
});
