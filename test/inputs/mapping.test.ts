import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { parseMapping } from '../../src/inputs/mapping.ts';
import { InputProblems } from '../../src/inputs/problems.ts';
import { isList, isMapping, SourceNumber, type SourceValue } from '../../src/inputs/source-value.ts';

const SECRET = 'hunter2';

function parse(text: string): SourceValue {
  const problems = new InputProblems('input');
  const mapping = parseMapping(text, problems);
  assert.deepEqual(problems.lines, [], text);
  assert.ok(mapping);
  return mapping;
}

/** Returns the value as JavaScript data, with each number as `#` and its source text. */
function withNumberText(value: SourceValue): unknown {
  if (value instanceof SourceNumber) return `#${value.text}`;
  if (isList(value)) return value.map(withNumberText);
  if (isMapping(value)) return Object.fromEntries([...value].map(([key, content]) => [key, withNumberText(content)]));
  return value;
}

/** Returns the value that JSON.parse would return. */
function asJson(value: SourceValue): unknown {
  if (value instanceof SourceNumber) return Number(value.text);
  if (isList(value)) return value.map(asJson);
  if (isMapping(value)) return Object.fromEntries([...value].map(([key, content]) => [key, asJson(content)]));
  return value;
}

function problemOf(text: string): string {
  const problems = new InputProblems('input');
  assert.equal(parseMapping(text, problems), undefined, text);
  assert.equal(problems.lines.length, 1, text);
  return problems.lines[0] ?? '';
}

describe('parseMapping with JSON', () => {
  for (const text of [
    '{}',
    ' \t\r\n{ } ',
    '{"a":1}',
    '{\t"a"\t:\t[\t1\t,\t2\t]\t}',
    '{"a"\n:\n1}',
    `{"${'k'.repeat(2000)}": {"${'l'.repeat(5000)}": 1}}`,
    '{"pair": "\\uD83D\\uDE00", "raw": "😀", "lone": "\\ud800", "other": "\\uDC00x"}',
    '{"escapes": "\\" \\\\ \\/ \\b \\f \\n \\r \\t \\u0000 \\u2028"}',
    '{"separators": "\u2028\u2029\u0085\ufeff"}',
    '{"nested": [[], {}, [{"a": [null, true, false]}], [[[]]]]}',
    '{"numbers": [0, -0, 1.5, -1.5e+10, 1E5, 2e-3]}',
    '{"__proto__": 1, "constructor": 2, "toString": {"__proto__": []}}',
    '{"": "", "<<": {"a": 1}, "*x": "&y", "!t": "yes"}',
    '{"#a": "b # c", "d": ": e", "f": "- g"}',
  ]) {
    it(`parses ${text.slice(0, 60)} like JSON.parse`, () => {
      assert.deepEqual(entries(asJson(parse(text))), entries(JSON.parse(text)));
    });
  }

  it('parses everything that JSON.stringify writes', () => {
    const random = sequence(1);
    for (let i = 0; i < 500; i++) {
      const value = { top: randomValue(random, 0) };
      for (const indent of [undefined, 2, '\t']) {
        const text = JSON.stringify(value, null, indent);
        assert.deepEqual(asJson(parse(text)), JSON.parse(text));
      }
    }
  });

  it('keeps the source text of numbers', () => {
    const digits = '12345678901234567890123456789012345678';
    assert.deepEqual(withNumberText(parse(`{"a": ${digits}, "b": [-0.10, 1.50E+07], "c": 9007199254740993}`)), {
      a: `#${digits}`,
      b: ['#-0.10', '#1.50E+07'],
      c: '#9007199254740993',
    });
  });

  it('keeps __proto__ as an own key', () => {
    const mapping = parse('{"__proto__": {"x": 1}}');
    assert.ok(isMapping(mapping));
    assert.deepEqual([...mapping.keys()], ['__proto__']);
  });
});

describe('parseMapping with YAML', () => {
  const digits = '1.2345678901234567890123456789012345678';
  for (const [text, expected] of [
    ['a: 1', { a: '#1' }],
    [`a: ${digits}`, { a: `#${digits}` }],
    ['a: [yes, no, on, off, y, n]', { a: ['yes', 'no', 'on', 'off', 'y', 'n'] }],
    ['a: [true, True, TRUE, false, False, FALSE]', { a: [true, true, true, false, false, false] }],
    ['a: [null, Null, NULL, ~, ]', { a: [null, null, null, null] }],
    ['a:\nb: 2', { a: null, b: '#2' }],
    ['a: [tRUE, nULL, "true", \'null\', "1"]', { a: ['tRUE', 'nULL', 'true', 'null', '1'] }],
    ['a: [+1, -1, .5, 5., 1e3, 007]', { a: ['#+1', '#-1', '#.5', '#5.', '#1e3', '#007'] }],
    ['a: [0x1F, 0o17, .inf, -.INF, .NaN]', { a: ['#0x1F', '#0o17', '#.inf', '#-.INF', '#.NaN'] }],
    ['a: [1_000, -1_000.5, _1, 1__a]', { a: ['#1_000', '#-1_000.5', '_1', '1__a'] }],
    ['a: [0b1, 12:30:45, 2026-11-22, 1.2.3, 1e, .]', { a: ['0b1', '12:30:45', '2026-11-22', '1.2.3', '1e', '.'] }],
    ['a: 2030-01-01T00:00:00Z', { a: '2030-01-01T00:00:00Z' }],
    ['a: |\n  one\n  two\nb: >-\n  three\n  four', { a: 'one\ntwo\n', b: 'three four' }],
    ['a: |-\n  5', { a: '5' }],
    ['# comment\na: b # comment\n', { a: 'b' }],
    ['---\na: 1\n...\n', { a: '#1' }],
    ['a: 1\r\nb:\r\n  - 2\r\n  - c: 3\r\n', { a: '#1', b: ['#2', { c: '#3' }] }],
    ["'#s': status\n':min': {N: '5'}", { '#s': 'status', ':min': { N: '5' } }],
    ['{a: 1, "b": 2,}', { a: '#1', b: '#2' }],
    ['1: a\ntrue: b\n~: c\n2.50: d', { 1: 'a', true: 'b', '~': 'c', '2.50': 'd' }],
    ['"<<": 1', { '<<': '#1' }],
    ['a: "\\ud83d\\ude00"', { a: '😀' }],
    ['? a\n: b', { a: 'b' }],
    ['{a, b}', { a: null, b: null }],
    ['a: "it is 5: #1 & *more"', { a: 'it is 5: #1 & *more' }],
  ] as const) {
    it(`parses ${JSON.stringify(text)}`, () => assert.deepEqual(withNumberText(parse(text)), expected));
  }

  it('keeps __proto__ as an own key', () => {
    const mapping = parse('__proto__:\n  x: 1');
    assert.ok(isMapping(mapping));
    assert.deepEqual([...mapping.keys()], ['__proto__']);
  });
});

describe('parseMapping with JSON or YAML', () => {
  for (const [text, expected] of [
    [`{"a": "${SECRET}", "a": 2}`, /Line 1, column 18: this key is defined twice/],
    [`{"a": {"b": "${SECRET}",\n "\\u0062": 2}}`, /Line 2, column 2: this key is defined twice/],
    [`a: ${SECRET}\na: 2`, /Line 2, column 1: this key is defined twice/],
    [`a:\n  - b: ${SECRET}\n    b: 2`, /Line 3, column 5: this key is defined twice/],
    [`{a: ${SECRET}, 'a': 2}`, /this key is defined twice/],
    [`1: ${SECRET}\n"1": 2`, /this key is defined twice/],
    [`a: &x ${SECRET}\nb: 1`, /Line 1, column 7: .*anchor/],
    [`&x a: ${SECRET}`, /anchor/],
    [`a: &x ${SECRET}\nb: *x`, /anchor/],
    [`a: ${SECRET}\nb: *x`, /alias/],
    [`a: {*x : ${SECRET}}`, /alias/],
    [`&x\na: ${SECRET}`, /anchor/],
    [`<<: {a: ${SECRET}}`, /merge key/],
    [`a: {<<: {b: ${SECRET}}}`, /merge key/],
    [`a: !!str ${SECRET}`, /tag/],
    [`a: !!int "5"\nb: ${SECRET}`, /tag/],
    [`a: !secret ${SECRET}`, /tag/],
    [`a: ! ${SECRET}`, /tag/],
    [`!!map\na: ${SECRET}`, /tag/],
    [`!!str a: ${SECRET}`, /tag/],
    [`%YAML 1.1\n---\na: ${SECRET}`, /directive/],
    [`%YAML 1.2\n---\na: ${SECRET}`, /directive/],
    [`%TAG !x! tag:x,2000:\n---\na: ${SECRET}`, /directive/],
    [`%${SECRET}\n---\na: 1`, /directive/],
    [`a: 1\n---\nb: ${SECRET}`, /Line 2, column 1: a second YAML document/],
    [`? [${SECRET}]\n: 1`, /key must be a string/],
    [`? {a: ${SECRET}}\n: 1`, /key must be a string/],
    [`[${JSON.stringify(SECRET)}]`, /mapping.*a list/],
    [`- ${SECRET}`, /mapping.*a list/],
    [`"${SECRET}"`, /mapping.*a string/],
    [SECRET, /mapping.*a string/],
    ['5', /mapping.*a number/],
    ['true', /mapping.*a boolean/],
    ['null', /mapping.*null/],
    ['# nothing', /mapping.*null/],
    [`{"a": "${SECRET}"`, /Line 1, column 16/],
    [`{"a": "${SECRET}\n`, /Line/],
    [`a: '${SECRET}`, /Line 1/],
    [`a: b: ${SECRET}`, /Line 1, column 4/],
    [`a:\n\t- ${SECRET}`, /Line 2, column 1: .*tabs/],
    [`a: @${SECRET}`, /Line 1, column 4: .*quotes/],
    [`a: "\\x${SECRET}"`, /escape/],
    [`a: 1\n${SECRET}`, /Line 2/],
    [`- a\nb: ${SECRET}`, /Line 2, column 1/],
    [`a: 1\n}${SECRET}`, /Line 2/],
    [`{"a": [1, 2}, "b": "${SECRET}"}`, /Line 1/],
    [`${'k'.repeat(1100)}: ${SECRET}`, /1,024/],
  ] as const) {
    it(`rejects ${JSON.stringify(text.slice(0, 60))} with a message that matches ${expected} and contains no value`, () => {
      const problem = problemOf(text);
      assert.match(problem, expected);
      assert.match(problem, /^input: must be a JSON or YAML mapping/);
      assert.doesNotMatch(problem, new RegExp(SECRET));
    });
  }

  for (const [name, text] of [
    ['JSON lists', `{"a": ${'['.repeat(50_000)}${']'.repeat(50_000)}}`],
    ['JSON objects', `{"a": ${'{"b":'.repeat(20_000)}1${'}'.repeat(20_000)}}`],
    ['YAML lists', `a: ${'['.repeat(50_000)}${']'.repeat(50_000)}`],
    ['YAML mappings', `a: ${'{b: '.repeat(20_000)}1${'}'.repeat(20_000)}`],
    ['unclosed YAML lists', `a: ${'['.repeat(50_000)}`],
    ['YAML blocks', Array.from({ length: 400 }, (_, i) => `${' '.repeat(i)}a:`).join('\n')],
  ] as const) {
    it(`rejects deeply nested ${name}`, () => assert.match(problemOf(text), /mapping/));
  }

  it('accepts the nesting depth of DynamoDB, written with types', () => {
    const text = `{"a": ${'{"L":['.repeat(32)}{"S":"x"}${']}'.repeat(32)}}`;
    assert.deepEqual(asJson(parse(text)), JSON.parse(text));
  });

  it('parses 10,000 keys', () => {
    const text = Array.from({ length: 10_000 }, (_, i) => `key${i}: ${i}`).join('\n');
    const mapping = parse(text);
    assert.ok(isMapping(mapping));
    assert.equal(mapping.size, 10_000);
  });
});

/** Returns own properties as entries, so that `__proto__` is compared too. */
function entries(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(entries);
  if (typeof value !== 'object' || value === null) return value;
  return Object.getOwnPropertyNames(value).map((key) => {
    return [key, entries(Object.getOwnPropertyDescriptor(value, key)?.value)];
  });
}

function sequence(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

function randomValue(random: () => number, depth: number): unknown {
  const kind = Math.floor(random() * (depth > 4 ? 5 : 7));
  switch (kind) {
    case 0:
      return randomText(random);
    case 1:
      return (random() - 0.5) * 10 ** Math.floor(random() * 40 - 20);
    case 2:
      return Math.floor(random() * 1e6);
    case 3:
      return random() < 0.5;
    case 4:
      return null;
    case 5:
      return Array.from({ length: Math.floor(random() * 4) }, () => randomValue(random, depth + 1));
    default:
      return Object.fromEntries(
        Array.from({ length: Math.floor(random() * 4) }, () => [randomText(random), randomValue(random, depth + 1)]),
      );
  }
}

function randomText(random: () => number): string {
  const alphabet = [
    'a',
    '"',
    '\\',
    '/',
    '\n',
    '\t',
    '\u0000',
    '\u007f',
    '\u2028',
    'é',
    '😀',
    '\ud800',
    '{',
    ']',
    ':',
    ' ',
  ];
  const length = Math.floor(random() * 8);
  return Array.from({ length }, () => alphabet[Math.floor(random() * alphabet.length)]).join('');
}
