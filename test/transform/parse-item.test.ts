import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Json, parseItem } from '../../src/transform/parse-item.ts';
import { randomPage, seeded } from '../fixtures/random-pages.ts';
import { dynamoDbJsonOf, meaningOfEntries, meaningOfParsed, unordered } from '../format/reference.ts';

/** Returns the names as V8 stores them. Object literals in a test would create V8 maps of the same shape by chance. */
function namesOf(json: string): string[] {
  return Object.keys(parseItem(json) as object);
}

test('parseItem distinguishes names with escapes, regardless of the names before them', () => {
  // After an item with one of the first names, JSON.parse confuses other names with it (see parseItem), so every pair is tested.
  const names = ['\\', 'a\\', 'a\\u', '"', '\n', '\b', 'e', 'a"', 'ae', '\u2028', '/', 'a/', '\\\\', '\\"', '"\\', ''];
  const spellings = (name: string) => {
    const escaped = [...name].map((c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`).join('');
    return [JSON.stringify(name), `"${escaped}"`];
  };
  for (const before of names) {
    for (const name of names) {
      for (const spelled of spellings(name)) {
        assert.deepEqual(namesOf(`{"h":0,${JSON.stringify(before)}:0}`), ['h', before]);
        assert.deepEqual(namesOf(`{"h":0,${spelled}:{"S":"x"}}`), ['h', name], `${spelled} after ${before}`);
      }
    }
  }
});

test('parseItem returns the same as JSON.parse', () => {
  for (const json of [
    '{}',
    '{"a":{}}',
    '{"a":[]}',
    '{"a\\n":{"M":{}},"b":{"L":[]}}',
    '{"\\u0061":{"L":[{"N":"1"},{"S":"\\\\"},{"S":"\\"}]"},{"BOOL":true},{"BOOL":false},{"NULL":true}]}}',
    '{"\\"":{"S":""},"x":{"S":"\\\\\\""},"y":{"S":"\\\\\\\\"}}',
    '{"a\\tb":[[1,-2.5e3,null],[[]],{"c":[{}]}]}',
    '{"a":{"S":"\\":"},"b":{"S":"x\\\\\\":"}}',
    `{"a\\r":{"S":"${'\\n'.repeat(200_000)}"}}`,
  ]) {
    assert.deepEqual(plainObjects(parseItem(json)), JSON.parse(json), json.slice(0, 100));
  }
});

test('parseItem treats __proto__ as an ordinary attribute name', () => {
  for (const json of ['{"__proto__":{"S":"own"}}', '{"__proto__":{"S":"own"},"a\\n":{"S":"x"}}']) {
    const item = parseItem(json) as Record<string, Json>;
    assert.deepEqual(Object.keys(item)[0], '__proto__');
    assert.deepEqual({ ...(Object.getOwnPropertyDescriptor(item, '__proto__')?.value as object) }, { S: 'own' });
  }
});

test('parseItem returns every item of random pages correctly', () => {
  const random = seeded(20261122);
  for (let count = 0; count < 500; count += 1) {
    for (const item of randomPage(random, { rawSeparators: false, loneSurrogates: true }).items) {
      const json = dynamoDbJsonOf(item);
      assert.deepEqual(
        unordered(meaningOfParsed(parseItem(json) as object)),
        unordered(meaningOfEntries(item)),
        json.slice(0, 300),
      );
    }
  }
});

/** Returns a copy with ordinary prototypes, for a strict comparison with JSON.parse. */
function plainObjects(value: Json): unknown {
  if (Array.isArray(value)) return value.map(plainObjects);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, plainObjects(inner)]));
}
