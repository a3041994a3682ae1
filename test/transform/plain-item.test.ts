import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { NumberValueImpl as NumberValue } from '@aws-sdk/util-dynamodb';
import { CopyError } from '../../src/errors.ts';
import { type PlainItem, type PlainValue, plainItem } from '../../src/transform/plain-item.ts';
import { type Attribute, type Entries, randomPage, seeded } from '../fixtures/random-pages.ts';
import { dynamoDbJsonOf } from '../format/reference.ts';

function attributeOf(typed: unknown): PlainValue | undefined {
  return plainItem(JSON.stringify({ a: typed }))['a'];
}

describe('plainItem', () => {
  it('returns a plain value for every type', () => {
    assert.deepEqual(attributeOf({ S: 'text' }), 'text');
    assert.deepEqual(attributeOf({ S: '' }), '');
    assert.deepEqual(attributeOf({ S: 'a\ud83db' }), 'a\ud83db');
    assert.deepEqual(attributeOf({ N: '1.50' }), 1.5);
    assert.deepEqual(attributeOf({ BOOL: true }), true);
    assert.deepEqual(attributeOf({ BOOL: false }), false);
    assert.deepEqual(attributeOf({ NULL: true }), null);
    assert.deepEqual(attributeOf({ B: 'AAEC/w==' }), Buffer.of(0, 1, 2, 255));
    assert.deepEqual(attributeOf({ B: '' }), Buffer.of());
    assert.deepEqual(attributeOf({ SS: ['b', '', 'a'] }), new Set(['b', '', 'a']));
    assert.deepEqual(
      attributeOf({ NS: ['3', '9007199254740993'] }),
      new Set([3, NumberValue.from('9007199254740993')]),
    );
    assert.deepEqual(attributeOf({ BS: ['AA==', ''] }), new Set([Buffer.of(0), Buffer.of()]));
    assert.deepEqual(attributeOf({ L: [] }), []);
    assert.deepEqual(attributeOf({ L: [{ S: 'x' }, { L: [{ NULL: true }] }] }), ['x', [null]]);
    assert.deepEqual(attributeOf({ M: {} }), nullPrototype({}));
    assert.deepEqual(
      attributeOf({ M: { m: { M: { n: { N: '1' } } } } }),
      nullPrototype({ m: nullPrototype({ n: 1 }) }),
    );
  });

  it('keeps the order of attributes, elements and sets', () => {
    const item = plainItem('{"z":{"S":""},"a":{"SS":["z","a"]},"m":{"M":{"y":{"S":""},"b":{"S":""}}}}');
    assert.deepEqual(Object.keys(item), ['z', 'a', 'm']);
    assert.deepEqual([...(item['a'] as Set<string>)], ['z', 'a']);
    assert.deepEqual(Object.keys(item['m'] as PlainItem), ['y', 'b']);
  });

  it('returns maps without a prototype at every level', () => {
    const item = plainItem('{"m":{"M":{"n":{"M":{}}}},"l":{"L":[{"M":{}}]},"\\n":{"M":{}}}');
    const maps = [item, item['m'], (item['m'] as PlainItem)['n'], (item['l'] as PlainItem[])[0], item['\n']];
    for (const map of maps) assert.equal(Object.getPrototypeOf(map), null);
    assert.equal(item['constructor'], undefined);
  });

  it('treats the names of prototype members as ordinary attribute names', () => {
    const names = ['__proto__', 'constructor', 'toString', 'hasOwnProperty'];
    for (const more of ['', ',"with\\nescape":{"S":""}']) {
      const json = `{${names.map((name) => `"${name}":{"M":{"__proto__":{"S":"own"}}}`).join()}${more}}`;
      const item = plainItem(json);
      assert.deepEqual(Object.keys(item).slice(0, 4), names);
      for (const name of names) {
        assert.equal(Object.getPrototypeOf(item[name]), null);
        assert.deepEqual(Object.entries(item[name] as PlainItem), [['__proto__', 'own']]);
      }
    }
    assert.equal(({} as Record<string, unknown>)['own'], undefined);
  });

  it('returns each binary in its own ArrayBuffer', () => {
    const bytes = attributeOf({ B: 'AAEC' }) as Uint8Array;
    assert.equal(bytes.buffer.byteLength, 3);
    assert.deepEqual(new Uint8Array(bytes.buffer), Uint8Array.of(0, 1, 2));
    assert.equal(`${bytes.constructor.name}`, 'Buffer');
  });

  it('rejects an unknown type without showing the value', () => {
    for (const typed of ['{"X":"secret"}', '{}', '{"constructor":"secret"}']) {
      assert.throws(
        () => plainItem(`{"a":${typed}}`),
        (error: unknown) => {
          assert.ok(error instanceof CopyError);
          assert.equal(error.code, 'PAGE_CORRUPT');
          assert.doesNotMatch(`${error.message} ${error.remedy}`, /secret/);
          return true;
        },
      );
    }
  });
});

describe('plainItem returns a number', () => {
  for (const text of [
    ...'0 1 -1 1.5 -0.5 0.1 100 1E+2 1e2 1.50 0.10 007 +5 .5 5. 1E-7 0.0000001 0.000001 1E21 1e+21'.split(' '),
    ...'9007199254740991 9007199254740992 -9007199254740992 9007199254740994 123456789012345680000'.split(' '),
    ...'0.30000000000000004 2.2250738585072014E-308 1E-130 -1E-130 1E+125 -1E125 9.5E+125'.split(' '),
    // More digits than a double needs, but an exact value
    ...'1.000000000000000000000000000000000000 10000000000000000000000000000000000000'.split(' '),
  ]) {
    it(`unchanged as a JavaScript number: ${text}`, () => {
      const number = attributeOf({ N: text });
      assert.equal(typeof number, 'number');
      assert.equal(exact(String(number)), exact(text));
    });
  }

  for (const text of [
    ...'9007199254740993 -9007199254740993 12345678901234567890 0.1000000000000000055511151231257827'.split(' '),
    ...'99999999999999999999999999999999999999 -99999999999999999999999999999999999999'.split(' '),
    ...'1234567890123456789012345678.9012345678 1.2345678901234567890123456789012345678E-100'.split(' '),
    ...'9.9999999999999999999999999999999999999E+125 123456789012345678000 0.12345678901234567890'.split(' '),
    // Outside of the range of a double and of DynamoDB
    ...'1E400 1E-400'.split(' '),
  ]) {
    it(`as a NumberValue because JavaScript would round it: ${text}`, () => {
      const number = attributeOf({ N: text });
      assert.ok(number instanceof NumberValue);
      assert.equal(number.toString(), text);
      assert.notEqual(exact(String(Number(text))), exact(text));
    });
  }

  it('without a sign if it is zero', () => {
    for (const text of ['0', '-0', '-0.0', '0.0', '0E10']) assert.ok(Object.is(attributeOf({ N: text }), 0), text);
  });

  it('that equals the stored number for 5,000 random numbers', () => {
    const random = seeded(4711);
    let rounded = 0;
    for (let count = 0; count < 5_000; count += 1) {
      const digits = Array.from({ length: 1 + Math.floor(random() * 38) }, () => Math.floor(random() * 10)).join('');
      const point = Math.floor(random() * (digits.length + 1));
      const exponent = random() < 0.5 ? '' : `E${Math.floor(random() * 180) - 100}`;
      const text = `${random() < 0.5 ? '-' : ''}${digits.slice(0, point)}.${digits.slice(point)}${exponent}`;
      const number = attributeOf({ N: text });
      const same = exact(String(Number(text))) === exact(text);
      assert.equal(number instanceof NumberValue, !same, text);
      assert.equal(exact(String(number)), exact(text));
      rounded += same ? 0 : 1;
    }
    assert.ok(rounded > 1_000 && rounded < 4_500, String(rounded));
  });
});

it('plainItem returns every item of random pages correctly', () => {
  const random = seeded(7);
  for (let count = 0; count < 300; count += 1) {
    for (const entries of randomPage(random, { rawSeparators: false, loneSurrogates: true }).items) {
      assert.deepEqual(comparable(plainItem(dynamoDbJsonOf(entries))), comparableEntries(entries));
    }
  }
});

/** Returns the exact value of a decimal as a fraction in lowest terms, using only integers. */
function exact(text: string): string {
  const [, sign, whole = '', fraction = '', power = '0'] = /^([-+]?)(\d*)\.?(\d*)(?:e([-+]?\d+))?$/i.exec(text) ?? [];
  if (whole + fraction === '') return text;
  const exponent = Number(power) - fraction.length;
  let numerator = BigInt(`${sign === '-' ? '-' : ''}${whole}${fraction}`);
  let denominator = 1n;
  if (exponent > 0) numerator *= 10n ** BigInt(exponent);
  else denominator = 10n ** BigInt(-exponent);
  for (const prime of [2n, 5n]) {
    while (numerator % prime === 0n && denominator % prime === 0n) {
      numerator /= prime;
      denominator /= prime;
    }
  }
  return numerator === 0n ? '0/1' : `${numerator}/${denominator}`;
}

function nullPrototype(members: Record<string, unknown>): object {
  return Object.assign(Object.create(null) as object, members);
}

/** Returns the item without prototypes and classes and with sorted names. */
function comparable(value: unknown): unknown {
  if (value instanceof NumberValue) return { number: exact(value.toString()), isRounded: true };
  if (typeof value === 'number') return { number: exact(String(value)), isRounded: false };
  if (value instanceof Uint8Array) return { base64: Buffer.from(value).toString('base64') };
  if (value instanceof Set) return { set: distinct(Array.from(value, comparable)) };
  if (Array.isArray(value)) return value.map(comparable);
  if (typeof value !== 'object' || value === null) return value;
  return { entries: sortedByName(Object.entries(value).map(([name, inner]) => [name, comparable(inner)])) };
}

/** Returns the same form from the entries of the page generator. */
function comparableEntries(entries: Entries): unknown {
  return { entries: sortedByName(entries.map(({ name, value }) => [name.value, comparableAttribute(value)])) };
}

function comparableAttribute(value: Attribute): unknown {
  const scalar = (type: string, text: string): unknown => {
    if (type.startsWith('N')) return { number: exact(text), isRounded: exact(String(Number(text))) !== exact(text) };
    return type.startsWith('B') ? { base64: text } : text;
  };
  switch (value.type) {
    case 'SS':
    case 'NS':
    case 'BS':
      return { set: distinct(value.texts.map((text) => scalar(value.type, text.value))) };
    case 'BOOL':
      return value.value;
    case 'NULL':
      return null;
    case 'L':
      return value.elements.map(comparableAttribute);
    case 'M':
      return comparableEntries(value.entries);
    default:
      return scalar(value.type, value.text.value);
  }
}

/** Removes duplicates. The generator can put a number twice into a set in two notations, which DynamoDB never does. */
function distinct(values: readonly unknown[]): unknown[] {
  return [...new Map(values.map((value) => [JSON.stringify(value), value])).values()];
}

/** Sorts entries by name. The last entry of a name counts, as in an object. */
function sortedByName(entries: readonly (readonly [string, unknown])[]): unknown {
  return [...new Map(entries)].sort(([a], [b]) => (a < b ? -1 : 1));
}
