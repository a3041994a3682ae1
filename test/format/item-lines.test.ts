import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { keyIn, keyOf } from '../../src/format/item-key.ts';
import { ItemLines } from '../../src/format/item-lines.ts';
import { MAX_LINE_BYTES } from '../../src/format/line-input.ts';
import { MalformedPage } from '../../src/format/malformed-page.ts';
import { integer, pick, type Random, randomPage, seeded } from '../fixtures/random-pages.ts';
import { byEffort } from '../run/effort.ts';
import { dynamoDbJsonOf } from './reference.ts';

interface ReadItem {
  readonly json: string;
  /** Values of the key attributes; undefined for a missing one. */
  readonly keys: readonly (string | undefined)[];
  readonly key: string | undefined;
}

/** Reads all lines. The chunks end at random places. */
function readLines(
  text: string | Buffer,
  names: readonly string[] = ['pk', 'sk'],
  random: Random = () => 1,
): ReadItem[] {
  const lines = new ItemLines(names);
  const found: ReadItem[] = [];
  const readAll = () => {
    while (lines.next()) {
      const part = (start = -1, end = -1) => (start < 0 ? undefined : lines.bytes.toString('utf8', start, end));
      found.push({
        json: part(lines.start, lines.end) ?? '',
        keys: names.map((_, i) => part(lines.keys[2 * i], lines.keys[2 * i + 1])),
        key: keyIn(lines.bytes, lines.keys),
      });
    }
  };
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length; ) {
    const end = at + Math.max(1, Math.floor(random() * (bytes.length - at)));
    lines.append(bytes.subarray(at, end));
    readAll();
    at = end;
  }
  lines.finish();
  readAll();
  assert.equal(lines.count, found.length);
  return found;
}

function isAccepted(line: string | Buffer): boolean {
  try {
    return readLines(line).length === 1;
  } catch (error) {
    assert.ok(error instanceof MalformedPage, String(error));
    return false;
  }
}

/** Returns true if a line is one JSON object with only the object `Item`, according to JSON.parse. */
function isValid(line: string): boolean {
  try {
    const parsed: unknown = JSON.parse(line);
    const isObject = (value: unknown) => typeof value === 'object' && value !== null && !Array.isArray(value);
    return (
      isObject(parsed) && Object.keys(parsed as object).join() === 'Item' && isObject((parsed as { Item: 1 }).Item)
    );
  } catch {
    return false;
  }
}

test('ItemLines returns the bytes of each item, and the values of its key attributes', () => {
  const items = [
    '{"pk":{"S":"a"},"sk":{"N":"1.0"},"x":{"L":[]}}',
    '{"x":{"M":{"pk":{"S":"inner"}}},"sk":{"N":"2"},"pk":{"S":"b"}}',
  ];
  for (const end of ['\n', '']) {
    const found = readLines(`{"Item":${items[0]}}\n{"Item":${items[1]}}${end}`);
    assert.deepEqual(
      found.map(({ json }) => json),
      items,
    );
    assert.deepEqual(
      found.map(({ keys }) => keys),
      [
        ['{"S":"a"}', '{"N":"1.0"}'],
        ['{"S":"b"}', '{"N":"2"}'],
      ],
    );
  }
});

test('ItemLines finds key attributes whose names are escaped or are not ASCII', () => {
  const names = ['Größe "😀"', 'back\\slash'];
  const [plain] = readLines(`{"Item":{"Größe \\"😀\\"":{"S":"a"},"back\\\\slash":{"S":"b"}}}`, names);
  assert.deepEqual(plain?.keys, ['{"S":"a"}', '{"S":"b"}']);
  const [escaped] = readLines('{"Item":{"\\u0070k":{"S":"a"},"\\u0073\\u006b":{"N":"1"}}}');
  assert.deepEqual(escaped?.keys, ['{"S":"a"}', '{"N":"1"}']);
});

test('ItemLines reports missing key attributes', () => {
  assert.deepEqual(readLines('{"Item":{"pk":{"S":"a"}}}')[0], {
    json: '{"pk":{"S":"a"}}',
    keys: ['{"S":"a"}', undefined],
    key: undefined,
  });
  assert.deepEqual(readLines('{"Item":{}}')[0]?.keys, [undefined, undefined]);
});

test('ItemLines removes whitespace between tokens and keeps it in strings', () => {
  const line = ' { "Item" : { "pk" : { "S" : " a  b " } ,\t"n": {"NULL": true } } } \r\n';
  assert.deepEqual(
    readLines(line + line).map(({ json }) => json),
    Array(2).fill('{"pk":{"S":" a  b "},"n":{"NULL":true}}'),
  );
});

const INJECTIONS = [
  '{"Item":{}}},{"DeleteRequest":{"Key":{"pk":{"S":"a"}}}},{"PutRequest":{"Item":{}}}',
  '{"Item":{"pk":{"S":"a"}}},{"PutRequest":{"Item":{"pk":{"S":"b"}}}}',
  '{"Item":{"pk":{"S":"a"}}}}',
  '{"Item":{"pk":{"S":"a"}}} {"Item":{"pk":{"S":"b"}}}',
  '{"Item":{"pk":{"S":"a"}},"Other":{}}',
  '{"Item":{"pk":{"S":"a"}},"Item":{"pk":{"S":"b"}}}',
  '{"Other":{},"Item":{"pk":{"S":"a"}}}',
  '{"Item":{"pk":{"S":"a"},"pk":{"S":"b"}}}',
  '{"Item":[{"pk":{"S":"a"}}]}',
  '{"Item":"x"}',
  '{"Item":null}',
  '{"Items":{"pk":{"S":"a"}}}',
  '{"pk":{"S":"a"}}',
  '[{"Item":{"pk":{"S":"a"}}}]',
  '{"Item":{"pk":{"S":"a"},}}',
  '{"Item":{"pk":{"S":"a\\"}}}',
  '{"Item":{"pk":{"S":"a\\x"}}}',
  '{"Item":{"pk":{"S":"\ta"}}}',
  '{"Item":{"pk":{"N":01}}}',
  '{"Item":{"pk":{"BOOL":tr ue}}}',
  '{"Item":{"pk":{"S":"a"}}',
  '{"Item":{"pk":{"S":"a',
  '{"Item":',
  '\u0000',
  ' ',
];

for (const line of INJECTIONS) {
  test(`ItemLines rejects the line ${JSON.stringify(line)}`, () => {
    for (const text of [line, `${line}\n`]) assert.throws(() => readLines(text), MalformedPage);
  });
}

test('ItemLines rejects a blank line, invalid UTF-8, and deep nesting', () => {
  const valid = '{"Item":{"pk":{"S":"a"}}}\n';
  assert.throws(() => readLines(`${valid}\n${valid}`), MalformedPage);
  const invalid = Buffer.from(valid.replace('"a"', '"é"'), 'latin1');
  assert.throws(() => readLines(invalid), MalformedPage);
  const deep = `{"Item":{"pk":${'{"L":['.repeat(5_000)}${']}'.repeat(5_000)}}}\n`;
  assert.throws(() => readLines(deep), MalformedPage);
});

test('ItemLines accepts a line of 3 MB in small chunks, and rejects a line that never ends', () => {
  const long = `{"Item":{"pk":{"S":"${'x'.repeat(3_000_000)}"}}}`;
  const lines = new ItemLines(['pk']);
  for (let at = 0; at < long.length; at += 65_536) {
    assert.equal(lines.next(), false);
    lines.append(Buffer.from(long.slice(at, at + 65_536)));
  }
  lines.finish();
  assert.ok(lines.next());
  assert.equal(lines.end - lines.start, long.length - '{"Item":}'.length);

  const endless = new ItemLines(['pk']);
  assert.throws(() => {
    for (let sent = 0; sent <= 2 * MAX_LINE_BYTES; sent += 65_536) endless.append(Buffer.alloc(65_536, '{'));
  }, MalformedPage);
});

const ROUNDS = byEffort({ quick: 100, thorough: 2_000 });

suite('with random items', () => {
  for (const whitespace of [false, true]) {
    test(`ItemLines reads every item ${whitespace ? 'with' : 'without'} whitespace, whatever the chunks are`, () => {
      const random = seeded(7);
      for (let round = 0; round < ROUNDS; round += 1) {
        const { items } = randomPage(random, { loneSurrogates: true });
        const json = items.map(dynamoDbJsonOf);
        const text = json
          .map((item) => `${whitespace ? spaced(`{"Item":${item}}`, random) : `{"Item":${item}}`}\n`)
          .join('');
        const found = readLines(text, ['pk', 'sk'], random);
        assert.deepEqual(
          found.map((item) => item.json),
          json,
        );
        for (const { json: item, keys } of found) {
          const parsed = JSON.parse(item) as Record<string, unknown>;
          assert.deepEqual(
            keys.map((key) => key && JSON.parse(key)),
            [parsed['pk'], parsed['sk']],
          );
        }
      }
    });
  }

  test('ItemLines accepts exactly the changed lines that JSON.parse accepts', () => {
    const random = seeded(11);
    let accepted = 0;
    for (let round = 0; round < 20 * ROUNDS; round += 1) {
      const [item] = randomPage(random, { items: 1 }).items;
      const line = changed(`{"Item":${item ? dynamoDbJsonOf(item) : '{}'}}`, random);
      if (line.includes('\n') || line === '' || repeatsMember(line)) continue;
      const valid = isValid(line);
      assert.equal(isAccepted(line), valid, line);
      if (valid) accepted += 1;
    }
    assert.ok(accepted > ROUNDS && accepted < 19 * ROUNDS, `${accepted} lines were valid`);
  });
});

/** Returns true if members may have the same name, which JSON.parse accepts. */
function repeatsMember(line: string): boolean {
  return ['"Item":', '"pk":', '"sk":'].some((name) => line.split(name).length > 2);
}

const TOKENS = [
  '{',
  '}',
  '[',
  ']',
  ',',
  ':',
  '"',
  '\\',
  ' ',
  'e',
  '0',
  'Item',
  '"Item":',
  'true',
  '\u0001',
  '{}',
  '""',
];

/** Inserts, deletes or repeats a random part of a line. */
function changed(line: string, random: Random): string {
  const at = integer(random, 0, line.length);
  const end = Math.min(line.length, at + integer(random, 0, 3));
  switch (pick(random, ['insert', 'delete', 'replace', 'repeat', 'end'])) {
    case 'insert':
      return line.slice(0, at) + pick(random, TOKENS) + line.slice(at);
    case 'delete':
      return line.slice(0, at) + line.slice(end);
    case 'replace':
      return line.slice(0, at) + pick(random, TOKENS) + line.slice(end);
    case 'repeat':
      return line.slice(0, end) + line.slice(at);
    default:
      return line + pick(random, TOKENS);
  }
}

/** Adds whitespace between the tokens. */
function spaced(json: string, random: Random): string {
  return json.replace(/"(?:[^"\\]|\\.)*"|[{}[\],:]/g, (token) => token + pick(random, ['', '', ' ', '\t', '\r ']));
}

const EQUAL_KEYS: readonly (readonly [string, ...string[]])[] = [
  ['{"N":"1"}', '{"N":"1.0"}', '{"N":"10E-1"}', '{"N":"0.1e+1"}', '{"N":"01"}', '{"N":"+1"}', '{"N":"\\u0031"}'],
  ['{"N":"0"}', '{"N":"-0"}', '{"N":"0.00"}', '{"N":"0E5"}'],
  ['{"N":"100"}', '{"N":"1E2"}', '{"N":"1e+2"}'],
  ['{"N":"-1"}', '{"N":"-1.0"}'],
  ['{"N":"12345678901234567890123456789012345678"}'],
  ['{"N":"12345678901234567890123456789012345679"}'],
  ['{"S":"1"}', '{"S":"\\u0031"}'],
  ['{"S":"1.0"}'],
  ['{"S":"a/é\\"😀"}', '{"S":"a\\/\\u00e9\\u0022\\ud83d\\uDE00"}'],
  ['{"S":"\\ud83d"}', '{"S":"\\uD83D"}'],
  ['{"B":"AA=="}', '{"B":"AB=="}', '{"B":"A\\u0041=="}'],
  ['{"B":"AQ=="}'],
];

suite('keys', () => {
  const keyOfLine = (pk: string, sk = '{"N":"7"}') => readLines(`{"Item":{"pk":${pk},"sk":${sk}}}`)[0]?.key;

  test('have equal text if and only if DynamoDB treats them as equal', () => {
    const seen = new Set<string>();
    for (const spellings of EQUAL_KEYS) {
      const keys = new Set(spellings.map((pk) => keyOfLine(pk)));
      assert.equal(keys.size, 1, spellings.join());
      seen.add(String([...keys][0]));
    }
    assert.equal(seen.size, EQUAL_KEYS.length);
    assert.notEqual(keyOfLine('{"S":"a"}', '{"S":"bc"}'), keyOfLine('{"S":"ab"}', '{"S":"c"}'));
  });

  test('have the same text if the item was parsed by JSON.parse', () => {
    for (const pk of EQUAL_KEYS.flat()) {
      const item: unknown = JSON.parse(`{"pk":${pk},"sk":{"N":"7.0"},"x":{"NULL":true}}`);
      assert.equal(keyOf(item, ['pk', 'sk']), keyOfLine(pk), pk);
    }
  });

  test('are undefined for values that cannot be a key', () => {
    const values = [
      '{"L":[]}',
      '{"BOOL":true}',
      '{"NULL":true}',
      '{"SS":["a"]}',
      '{}',
      '[]',
      '"S"',
      '{"N":1}',
      '{"S":"a","N":"1"}',
    ];
    for (const value of values) {
      assert.equal(keyOfLine(value), undefined, value);
      assert.equal(keyOf({ pk: JSON.parse(value), sk: { N: '7' } }, ['pk', 'sk']), undefined, value);
    }
    assert.equal(keyOf({}, ['toString']), undefined);
    assert.equal(keyOf(null, ['pk']), undefined);
  });
});
