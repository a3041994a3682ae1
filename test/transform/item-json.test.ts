import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { runInNewContext } from 'node:vm';
import { NumberValueImpl as NumberValue } from '@aws-sdk/util-dynamodb';
import type { KeyDefinition } from '../../src/format/check-lines.ts';
import { itemJson } from '../../src/transform/item-json.ts';
import { plainItem } from '../../src/transform/plain-item.ts';
import { InvalidResult } from '../../src/transform/result-encoder.ts';
import { integer, seeded } from '../fixtures/random-pages.ts';

const SECRET = 'patient-4711';

/** Returns the JSON of a value in an item without keys. */
function jsonOf(value: unknown): string {
  return itemJson({ a: value }, []).replace(/^\{"a":(.*)\}$/, '$1');
}

/** Returns the message for an item that cannot be written. It contains nothing of the item. */
function problemOf(item: unknown, keys: readonly KeyDefinition[] = []): string {
  try {
    itemJson(item, keys);
  } catch (error) {
    assert.ok(error instanceof InvalidResult, String(error));
    assert.match(error.message, /^returned /);
    assert.match(error.remedy, /^[A-Z].*because it may contain data\.$/);
    assert.doesNotMatch(`${error.message} ${error.remedy}`, /patient|4711/);
    return error.message;
  }
  return assert.fail('the item was written');
}

describe('itemJson writes', () => {
  for (const [what, value, expected] of [
    ['a string', 'text "quoted"\n', '{"S":"text \\"quoted\\"\\n"}'],
    ['an empty string', '', '{"S":""}'],
    ['an unpaired surrogate', 'a\ud83d', '{"S":"a\\ud83d"}'],
    ['a number', 1.5, '{"N":"1.5"}'],
    ['a negative zero', -0, '{"N":"0"}'],
    ['a small number without an exponent', 1.5e-7, '{"N":"0.00000015"}'],
    ['a large number without an exponent', -1e21, '{"N":"-1000000000000000000000"}'],
    ['the largest number', 9.5e125, `{"N":"95${'0'.repeat(124)}"}`],
    ['the smallest number', 1e-130, `{"N":"0.${'0'.repeat(129)}1"}`],
    ['a NumberValue', NumberValue.from(`1.${'2'.repeat(37)}`), `{"N":"1.${'2'.repeat(37)}"}`],
    ['a NumberValue in another notation', NumberValue.from('+1.5e2'), '{"N":"150"}'],
    [
      'a BigInt with 38 digits',
      12345678901234567890123456789012345678n,
      `{"N":"12345678901234567890123456789012345678"}`,
    ],
    ['a BigInt with trailing zeros', 10n ** 125n, `{"N":"1${'0'.repeat(125)}"}`],
    ['a boolean', false, '{"BOOL":false}'],
    ['null', null, '{"NULL":true}'],
    ['a Buffer', Buffer.of(0, 1, 255), '{"B":"AAH/"}'],
    ['a part of a Uint8Array', Uint8Array.of(9, 0, 1, 9).subarray(1, 3), '{"B":"AAE="}'],
    ['bytes of another realm', runInNewContext('new Uint8Array([65])'), '{"B":"QQ=="}'],
    ['empty bytes', new Uint8Array(0), '{"B":""}'],
    ['a set of strings', new Set(['b', '', 'a']), '{"SS":["b","","a"]}'],
    ['a set of numbers', new Set([3, 4n, NumberValue.from('9007199254740993')]), '{"NS":["3","4","9007199254740993"]}'],
    ['a set of bytes', new Set([Buffer.of(0), Buffer.of()]), '{"BS":["AA==",""]}'],
    ['a set of another realm', runInNewContext('new Set(["a"])'), '{"SS":["a"]}'],
    ['a list', ['x', [], [null]], '{"L":[{"S":"x"},{"L":[]},{"L":[{"NULL":true}]}]}'],
    ['a map', { m: {}, n: 1 }, '{"M":{"m":{"M":{}},"n":{"N":"1"}}}'],
    ['a map of another realm', runInNewContext('({ n: 1 })'), '{"M":{"n":{"N":"1"}}}'],
    ['a map with a symbol', { [Symbol('s')]: 1, n: 1 }, '{"M":{"n":{"N":"1"}}}'],
  ] as const) {
    it(what, () => assert.equal(jsonOf(value), expected));
  }

  it('the same object twice, if it does not contain itself', () => {
    const shared = { n: 1 };
    assert.equal(jsonOf([shared, shared]), '{"L":[{"M":{"n":{"N":"1"}}},{"M":{"n":{"N":"1"}}}]}');
  });

  it('names of prototype members as ordinary attribute names', () => {
    const item = plainItem(
      '{"__proto__":{"M":{"__proto__":{"S":"own"}}},"constructor":{"S":"x"},"toString":{"NULL":true}}',
    );
    const expected = '{"__proto__":{"M":{"__proto__":{"S":"own"}}},"constructor":{"S":"x"},"toString":{"NULL":true}}';
    assert.equal(itemJson(item, []), expected);
    assert.equal(itemJson({ ...item }, []), expected);
    assert.equal(itemJson(Object.fromEntries(Object.entries(item)), []), expected);
  });

  it('every number of 10,000 random ones with the value that the item had', () => {
    const random = seeded(19);
    for (let count = 0; count < 10_000; count += 1) {
      const digits = Array.from({ length: integer(random, 1, 38) }, () => integer(random, 0, 9)).join('');
      const text = `${random() < 0.5 ? '-' : ''}${digits}E${integer(random, -130, 87)}`;
      const written = /"N":"(.*)"/.exec(itemJson(plainItem(`{"a":{"N":"${text}"}}`), []))?.[1] ?? '';
      assert.match(written, /^-?(0|[1-9]\d*)(\.\d+)?$/);
      assert.equal(scaled(written), scaled(text), text);
    }
  });

  it('31 maps in each other, and the largest item', () => {
    assert.match(jsonOf(nested(31)), /\{"S":"innermost"\}/);
    assert.match(jsonOf(nested(31, {})), /\{"M":\{\}\}/);
    assert.equal(itemJson({ pk: 'x'.repeat(409_598) }, []).length, 409_598 + '{"pk":{"S":""}}'.length);
    // 4 bytes each in UTF-8
    assert.ok(itemJson({ pk: '😀'.repeat(102_399) }, []));
    assert.ok(itemJson({ list: Array.from({ length: 204_000 }, () => true) }, []));
  });
});

/** Returns a number as an integer, multiplied by 10^300. */
function scaled(text: string): bigint {
  const [, sign, whole = '', fraction = '', exponent = '0'] = /^(-?)(\d+)\.?(\d*)(?:E(-?\d+))?$/.exec(text) ?? [];
  return BigInt(`${sign}${whole}${fraction}`) * 10n ** BigInt(300 - fraction.length + Number(exponent));
}

/** Returns a value in `levels` maps. */
function nested(levels: number, innermost: unknown = 'innermost'): unknown {
  return levels === 0 ? innermost : { m: nested(levels - 1, innermost) };
}

describe('itemJson rejects', () => {
  class Patient {}
  const cycle: Record<string, unknown> = {};
  cycle['list'] = [cycle];
  for (const [what, value, expected] of [
    ['undefined', undefined, /^returned an item that contains undefined \(attribute 2\)$/],
    ['a function', () => SECRET, /contains a function/],
    ['a symbol', Symbol(SECRET), /contains a symbol/],
    ['NaN', Number.NaN, /contains NaN or Infinity/],
    ['Infinity', Number.NEGATIVE_INFINITY, /contains NaN or Infinity/],
    ['a number that is too large', 4711e126, /contains a number that is outside the range/],
    ['a number that is too small', 4711e-140, /contains a number that is outside the range/],
    ['a BigInt with 39 digits', 4711n * 10n ** 36n + 1n, /contains a number that has more than 38 significant digits/],
    ['a NumberValue with other text', NumberValue.from(SECRET), /contains a number that is not a decimal number/],
    ['a Date', new Date(4711), /contains an object of the class Date/],
    ['a Map', new Map([[SECRET, 1]]), /contains an object of the class Map/],
    ['an instance of a class', new Patient(), /contains an object of the class Patient/],
    ['a boxed string', new String(SECRET), /contains an object of the class String/],
    ['an ArrayBuffer', new ArrayBuffer(1), /contains an object of the class ArrayBuffer/],
    ['a typed array other than Uint8Array', Uint16Array.of(4711), /contains an object of the class Uint16Array/],
    ['a promise', Promise.resolve(SECRET), /contains an object of the class Promise/],
    [
      'an object whose prototype is an item',
      Object.create(plainItem(`{"constructor":{"M":{"name":{"S":"patient"}}}}`)),
      /contains an object that is not a plain object/,
    ],
    ['an empty set', new Set(), /contains an empty set/],
    ['a set of strings and numbers', new Set([SECRET, 4711]), /contains a set with elements of different types/],
    ['a set of numbers and bytes', new Set([4711, Buffer.of(1)]), /contains a set with elements of different types/],
    [
      'a set of booleans',
      new Set([true]),
      /contains a set with an element that is not a string, a number or a Uint8Array/,
    ],
    ['a set with null', new Set(['a', null]), /contains a set with elements of different types/],
    ['a set with equal numbers', new Set([1, NumberValue.from('1.0')]), /contains a set with equal elements/],
    ['a set with equal bytes', new Set([Buffer.of(1), Buffer.of(1)]), /contains a set with equal elements/],
    [
      'an object that contains itself',
      cycle,
      /contains an object that contains itself \(attribute 2, element 1, element 1\)$/,
    ],
    [
      '33 levels',
      nested(32),
      /contains a value that is nested deeper than 32 levels \(attribute 2(, element 1){8}, \.\.\.\)$/,
    ],
    ['a hole in an array', Array(1), /contains undefined \(attribute 2, element 1\)/],
  ] as const) {
    it(what, () => {
      assert.match(problemOf({ [SECRET]: SECRET, value }), expected);
    });
  }

  for (const [what, result, expected] of [
    ['a string', SECRET, /^returned a string instead of an item$/],
    ['undefined', undefined, /^returned undefined instead of an item$/],
    ['bytes', Buffer.from(SECRET), /^returned an object of the class Buffer instead of an item$/],
    ['a list', [SECRET], /^returned an array instead of an item$/],
    ['a function', () => SECRET, /^returned a function instead of an item$/],
    ['a number', 4711, /^returned a number instead of an item$/],
    ['a set', new Set([SECRET]), /^returned an object of the class Set instead of an item$/],
  ] as const) {
    it(`${what} instead of an item`, () => {
      assert.match(problemOf(result), expected);
    });
  }

  it('a name that is empty or longer than 65,535 bytes, at any depth', () => {
    for (const name of ['', 'x'.repeat(65_536), 'é'.repeat(32_768)]) {
      for (const [item, position] of [
        [{ [SECRET]: SECRET, [name]: 'x' }, 'attribute 2'],
        [{ [SECRET]: { [name]: SECRET } }, 'attribute 1, element 1'],
      ] as const) {
        const expected = `returned an item that contains a name that is empty or longer than 65,535 bytes (${position})`;
        assert.equal(problemOf(item), expected);
      }
    }
    assert.ok(itemJson({ ['x'.repeat(65_535)]: 1 }, []));
  });

  it('an item of more than 400 KB', () => {
    for (const item of [
      { pk: 'x'.repeat(409_599) },
      { pk: '😀'.repeat(102_400) },
      { pk: new Uint8Array(409_600) },
      { list: Array.from({ length: 205_000 }, () => true) },
      { list: Array.from({ length: 410_000 }, () => null) },
    ]) {
      assert.match(problemOf(item), /^returned an item of more than 400 KB/);
    }
  });

  it('the deepest invalid value, and names its position', () => {
    const item = { a: 1, b: [0, { c: new Set(['x']), [SECRET]: [[undefined]] }] };
    assert.match(problemOf(item), /\(attribute 2, element 2, element 2, element 1, element 1\)$/);
    assert.match(problemOf({ a: [[1], [2]], b: undefined }), /\(attribute 2\)$/);
  });
});

describe('itemJson keeps the key attributes', () => {
  const keys: readonly KeyDefinition[] = [
    { name: 'pk', type: 'S' },
    { name: 'sk', type: 'N' },
  ];

  it('and accepts other values of the same type', () => {
    assert.ok(itemJson({ sk: 7n, pk: 'masked' }, keys));
    assert.ok(itemJson({ pk: 'x'.repeat(2048) }, [{ name: 'pk', type: 'S' }]));
    assert.ok(
      itemJson({ pk: Buffer.of(1), sk: 'x'.repeat(1024) }, [
        { name: 'pk', type: 'B' },
        { name: 'sk', type: 'S' },
      ]),
    );
    assert.ok(itemJson(JSON.parse('{"__proto__":"a"}'), [{ name: '__proto__', type: 'S' }]));
  });

  for (const [what, item, expected] of [
    ['missing', { pk: SECRET }, /^returned an item without the key attribute "sk"$/],
    ['inherited', { pk: SECRET, __proto__: { sk: 1 } }, /instead of an item$/],
    ['of another type', { pk: SECRET, sk: '4711' }, /whose key attribute "sk" has the type S instead of N$/],
    ['null', { pk: null, sk: 1 }, /whose key attribute "pk" has the type NULL instead of S$/],
    ['in a map', { map: { pk: 'a', sk: 1 } }, /without the key attribute "pk"$/],
    ['empty', { pk: '', sk: 1 }, /whose key attribute "pk" is empty$/],
    ['too long', { pk: 'é'.repeat(1025), sk: 1 }, /whose key attribute "pk" is longer than 2,048 bytes$/],
  ] as const) {
    it(`and rejects a key attribute that is ${what}`, () => assert.match(problemOf(item, keys), expected));
  }

  it('and rejects a sort key of more than 1,024 bytes and an empty binary', () => {
    const sort: readonly KeyDefinition[] = [
      { name: 'pk', type: 'B' },
      { name: 'sk', type: 'S' },
    ];
    assert.match(problemOf({ pk: Buffer.of(1), sk: 'x'.repeat(1025) }, sort), /"sk" is longer than 1,024 bytes$/);
    assert.match(problemOf({ pk: Buffer.of(), sk: 'x' }, sort), /"pk" is empty$/);
  });
});
