import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { KeyDefinition } from '../../../src/format/check-lines.ts';
import { MalformedPage } from '../../../src/format/malformed-page.ts';
import { CanonicalItems } from '../../../src/verify/compare/canonical-items.ts';
import { integer, randomPage, seeded } from '../../fixtures/random-pages.ts';
import { dynamoDbJsonOf, meaningOfEntries, unordered } from '../../format/reference.ts';
import { byEffort } from '../../run/effort.ts';
import { jsonOfAttributes, meaningOfAttributes, spelledAttributes } from './spelled-items.ts';

const SEED = Number(process.env['RANDOM_PAGES_SEED'] ?? 20261128);

/** Returns the canonical form of each item as text. */
function canonicalForms(items: readonly string[], keyAttributes: readonly KeyDefinition[] = []): string[] {
  const reader = new CanonicalItems(keyAttributes, Buffer.from('prefix'));
  reader.load(linesOf(items));
  const forms: string[] = [];
  while (reader.next()) forms.push(reader.item.bytes.toString('latin1', reader.start, reader.end));
  return forms;
}

function linesOf(items: readonly string[]): Buffer {
  return Buffer.from(items.map((item) => `{"Item":${item}}\n`).join(''));
}

function areEqual(a: string, b: string): boolean {
  const [formA, formB] = canonicalForms([`{"x":${a}}`, `{"x":${b}}`]);
  return formA === formB;
}

test('random items have the same canonical form if and only if they are equal', (t) => {
  const random = seeded(SEED);
  const byMeaning = new Map<string, string>();
  const byForm = new Map<string, string>();
  const count = byEffort({ quick: 20_000, thorough: 200_000 });
  for (let done = 0; done < count; done += 1_000) {
    const items = Array.from({ length: 1_000 }, () => spelledAttributes(random, integer(random, 0, 3)));
    const forms = canonicalForms(items.map((item) => jsonOfAttributes(random, item)));
    for (const [index, item] of items.entries()) {
      const meaning = meaningOfAttributes(item);
      const form = forms[index] as string;
      assert.equal(byMeaning.get(meaning) ?? form, form, `seed ${SEED}: equal items differ: ${meaning}`);
      assert.equal(byForm.get(form) ?? meaning, meaning, `seed ${SEED}: different items are equal: ${meaning}`);
      byMeaning.set(meaning, form);
      byForm.set(form, meaning);
    }
  }
  assert.ok(
    byMeaning.size > count / 10 && byMeaning.size < 0.95 * count,
    `${byMeaning.size} of ${count} are different`,
  );
  t.diagnostic(`${byMeaning.size} different items among ${count}; seed ${SEED}`);
});

test('items of random pages have the same canonical form if and only if they are equal', () => {
  const options = { rawSeparators: true, loneSurrogates: true, oddNumbers: true, backslashesInNames: true };
  const byMeaning = new Map<string, string>();
  const byForm = new Map<string, string>();
  for (let i = 0; i < 2_000; i += 1) {
    const { items } = randomPage(seeded(SEED + i), options);
    for (const [index, form] of canonicalForms(items.map(dynamoDbJsonOf)).entries()) {
      const entries = items[index] ?? assert.fail();
      const meaning = JSON.stringify(withSortedSets(unordered(meaningOfEntries(entries))));
      assert.equal(byMeaning.get(meaning) ?? form, form, `seed ${SEED + i}`);
      assert.equal(byForm.get(form) ?? meaning, meaning, `seed ${SEED + i}`);
      byMeaning.set(meaning, form);
      byForm.set(form, meaning);
    }
  }
});

function withSortedSets(meaning: unknown): unknown {
  if (!Array.isArray(meaning)) return meaning;
  const [type, content] = meaning as [unknown, unknown];
  if (typeof type === 'string' && /^[SNB]S$/.test(type) && Array.isArray(content)) return [type, [...content].sort()];
  return meaning.map(withSortedSets);
}

const EQUAL: readonly (readonly [string, string, string])[] = [
  ['1.0 and 1', '{"N":"1.0"}', '{"N":"1"}'],
  ['1E2 and 100', '{"N":"1E2"}', '{"N":"100"}'],
  ['-0 and 0', '{"N":"-0"}', '{"N":"0"}'],
  ['0E10 and 0', '{"N":"0E10"}', '{"N":"0"}'],
  ['.5 and 0.50', '{"N":".5"}', '{"N":"0.50"}'],
  ['sets of strings in another order', '{"SS":["a","b","c"]}', '{"SS":["c","a","b"]}'],
  ['sets of equal numbers', '{"NS":["100","2"]}', '{"NS":["2.0","1e2"]}'],
  ['sets of binaries in another order', '{"BS":["AA==","AQ=="]}', '{"BS":["AQ==","AA=="]}'],
  ['maps in another order', '{"M":{"a":{"S":"1"},"b":{"S":"2"}}}', '{"M":{"b":{"S":"2"},"a":{"S":"1"}}}'],
  ['a character and its escape', '{"S":"é/"}', '{"S":"\\u00e9\\/"}'],
  ['an emoji and its surrogate pair', '{"S":"😀"}', '{"S":"\\uD83D\\ude00"}'],
  ['an escaped and a plain name', '{"M":{"\\u0061":{"S":"1"}}}', '{"M":{"a":{"S":"1"}}}'],
];

const DIFFERENT: readonly (readonly [string, string, string])[] = [
  ['9007199254740993 and 9007199254740992', '{"N":"9007199254740993"}', '{"N":"9007199254740992"}'],
  ['1 and -1', '{"N":"1"}', '{"N":"-1"}'],
  ['1 and 10', '{"N":"1"}', '{"N":"10"}'],
  ['0.1 and 0.01', '{"N":"0.1"}', '{"N":"0.01"}'],
  [
    'numbers that differ in the 38th digit',
    '{"N":"99999999999999999999999999999999999999"}',
    '{"N":"99999999999999999999999999999999999998"}',
  ],
  ['a set and a list', '{"SS":["a"]}', '{"L":[{"S":"a"}]}'],
  ['a string and a binary of the same text', '{"S":"AAEC"}', '{"B":"AAEC"}'],
  ['a string and a number of the same text', '{"S":"1"}', '{"N":"1"}'],
  ['an empty string and NULL', '{"S":""}', '{"NULL":true}'],
  ['true and false', '{"BOOL":true}', '{"BOOL":false}'],
  ['lists in another order', '{"L":[{"S":"a"},{"S":"b"}]}', '{"L":[{"S":"b"},{"S":"a"}]}'],
  ['an empty list and an empty map', '{"L":[]}', '{"M":{}}'],
  ['a list of two strings and of one', '{"L":[{"S":"a"},{"S":"b"}]}', '{"L":[{"S":"ab"}]}'],
  ['an element inside and after a list', '{"L":[{"L":[{"S":"a"}]}]}', '{"L":[{"L":[]},{"S":"a"}]}'],
  ['half of a surrogate pair and U+FFFD', '{"S":"\\ud83d"}', '{"S":"\\ufffd"}'],
  ['surrogates in the wrong order and an emoji', '{"S":"\\ude00\\ud83d"}', '{"S":"\\ud83d\\ude00"}'],
  ['composed and decomposed characters', '{"S":"é"}', '{"S":"e\\u0301"}'],
  ['a name in another case', '{"M":{"a":{"S":"1"}}}', '{"M":{"A":{"S":"1"}}}'],
];

for (const [what, a, b] of EQUAL) test(`canonical forms are equal: ${what}`, () => assert.ok(areEqual(a, b)));
for (const [what, a, b] of DIFFERENT) test(`canonical forms differ: ${what}`, () => assert.ok(!areEqual(a, b)));

const INVALID: readonly (readonly [string, string])[] = [
  ['an unknown type', '{"a":{"X":"1"}}'],
  ['two type descriptors', '{"a":{"S":"1","N":"1"}}'],
  ['an empty set', '{"a":{"SS":[]}}'],
  ['NULL false', '{"a":{"NULL":false}}'],
  ['a number that is no string', '{"a":{"N":1}}'],
  ['a number without digits', '{"a":{"N":"-."}}'],
  ['an empty number', '{"a":{"N":""}}'],
  ['a number with two points', '{"a":{"N":"1.2.3"}}'],
  ['a number with an empty exponent', '{"a":{"N":"1e"}}'],
  ['a number with the sign of an exponent only', '{"a":{"N":"1e+"}}'],
  ['a number with letters in its exponent', '{"a":{"N":"1e2x"}}'],
  ['a number with letters', '{"a":{"N":"0x10"}}'],
  ['a huge exponent', '{"a":{"N":"1e99999999999"}}'],
  ['base64 without padding', '{"a":{"B":"AA"}}'],
  ['base64 with a wrong character', '{"a":{"B":"AA-="}}'],
  ['base64 with padding inside', '{"a":{"B":"AA==AA=="}}'],
  ['an attribute that occurs twice', '{"a":{"S":"1"},"b":{"S":"2"},"a":{"S":"3"}}'],
  ['an attribute that occurs twice in another notation', '{"a":{"S":"1"},"\\u0061":{"S":"1"}}'],
  ['more than one value on the line', '{}}{'],
  ['more than 100 nested maps', `{"a":${'{"M":{"a":'.repeat(102)}{"S":"x"}${'}}'.repeat(102)}}`],
  ['more than 100 nesting levels', `{"a":${'{"L":['.repeat(101)}${']}'.repeat(101)}}`],
  ['an invalid escape sequence', '{"a":{"S":"\\x"}}'],
  ['a string without an end', '{"a":{"S":"1'],
];

for (const [what, item] of INVALID) {
  test(`rejects ${what}`, () => assert.throws(() => canonicalForms([item]), MalformedPage));
}

test('rejects every truncated line', () => {
  const item =
    '{"a":{"S":"\\u0041\\n"},"b":{"M":{"c":{"L":[{"N":"-1.5E+7"},{"BOOL":false},{"NULL":true}]}}},"d":{"BS":["AA=="]}}';
  const whole = `{"Item":${item}}\n`;
  for (let length = 1; length < whole.length - 1; length += 1) {
    const reader = new CanonicalItems([], Buffer.alloc(0));
    reader.load(Buffer.from(`${whole.slice(0, length)}\n`));
    assert.throws(() => reader.next(), MalformedPage, `${length} bytes`);
  }
});

test('an incomplete last line is a bug of the caller', () => {
  assert.throws(() => new CanonicalItems([], Buffer.alloc(0)).load(Buffer.from('{"Item":{}}')), /not complete/);
});

test('the canonical form does not depend on the place of the lines in memory', () => {
  const lines = linesOf(['{"a":{"S":"x"},"n":{"N":"12"}}', '{"a":{"S":"y"}}']);
  const forms = [0, 1, 7, 16, 64].map((after) => {
    const storage = Buffer.alloc(5 + lines.length + after, '}');
    lines.copy(storage, 5);
    const reader = new CanonicalItems([], Buffer.alloc(0));
    reader.load(storage.subarray(5, 5 + lines.length));
    const found: string[] = [];
    while (reader.next()) found.push(reader.item.bytes.toString('latin1', reader.start, reader.end));
    return found.join();
  });
  assert.equal(new Set(forms).size, 1);
});

const KEYS: readonly KeyDefinition[] = [
  { name: 'p"k', type: 'S' },
  { name: 'sk', type: 'N' },
];

test('finds the key of an item whatever the order and notation of its attributes', () => {
  const reader = new CanonicalItems(KEYS, Buffer.from('p'));
  const items = [
    '{"p\\"k":{"S":"a"},"sk":{"N":"1"}}',
    '{"x":{"S":"a"},"sk":{"N":"1.0"},"p\\u0022k":{"S":"\\u0061"},"zz":{"M":{"sk":{"N":"7"}}}}',
    '{"p\\"k":{"S":"a"},"sk":{"N":"2"}}',
  ];
  reader.load(linesOf(items));
  const keys: string[] = [];
  const json: string[] = [];
  while (reader.next()) {
    keys.push(reader.key.fields.lines().toString('latin1'));
    const key = Buffer.alloc(reader.key.jsonLength + 5, ' ');
    reader.key.copyJson(key, 3);
    json.push(key.toString().slice(3, -2));
  }
  assert.equal(keys[0], keys[1]);
  assert.notEqual(keys[0], keys[2]);
  assert.deepEqual(json, [
    '{"p\\"k":{"S":"a"},"sk":{"N":"1"}}',
    '{"p\\"k":{"S":"\\u0061"},"sk":{"N":"1.0"}}',
    '{"p\\"k":{"S":"a"},"sk":{"N":"2"}}',
  ]);
});

test('keys whose values join to the same text differ', () => {
  const reader = new CanonicalItems(
    [
      { name: 'a', type: 'S' },
      { name: 'b', type: 'S' },
    ],
    Buffer.alloc(0),
  );
  reader.load(linesOf(['{"a":{"S":"xy"},"b":{"S":"z"}}', '{"a":{"S":"x"},"b":{"S":"yz"}}']));
  reader.next();
  const first = reader.key.fields.lines().toString('latin1');
  reader.next();
  assert.notEqual(reader.key.fields.lines().toString('latin1'), first);
});

test('rejects an item without a key attribute, or with one of another type', () => {
  for (const item of ['{}', '{"p\\"k":{"S":"a"}}', '{"sk":{"N":"1"}}', '{"p\\"k":{"S":"a"},"sk":{"S":"1"}}']) {
    assert.throws(() => canonicalForms([item], KEYS), MalformedPage);
  }
});

test('the message of a rejected item contains no data', () => {
  for (const [, item] of INVALID) {
    assert.throws(
      () => canonicalForms([`{"secret":{"S":"confidential"},"q":{"L":[${item}]}}`]),
      (error: Error) => !/secret|confidential/.test(error.message),
    );
  }
});

test('canonical forms of large items: 100,000 list elements, 20,000 set elements, 5,000 attributes', () => {
  const elements = Array.from({ length: 20_000 }, (_, i) => `"${i}"`);
  const names = Array.from({ length: 5_000 }, (_, i) => `"n${i}":{"N":"${i}"}`);
  const list = `{"L":[${Array.from({ length: 100_000 }, () => '{"BOOL":true}').join()}]}`;
  const item = (set: readonly string[], attributes: readonly string[]) =>
    `{"list":${list},"set":{"NS":[${set.join()}]},${attributes.join()}}`;
  const [a, b, c] = canonicalForms([
    item(elements, names),
    item(elements.toReversed(), names.toReversed()),
    item([...elements.slice(1), '"-1"'], names),
  ]);
  assert.ok(a === b && a !== c);
});
