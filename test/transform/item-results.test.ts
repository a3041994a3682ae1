import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { CopyError } from '../../src/errors.ts';
import { FORMATS, type FormatName } from '../../src/format/formats.ts';
import { LineBuffer } from '../../src/format/lines.ts';
import { itemResults } from '../../src/transform/item-results.ts';
import { type Attribute, type Entries, randomPage, seeded, type Text } from '../fixtures/random-pages.ts';
import {
  meaningOfEntries,
  meaningOfIon,
  meaningOfParsed,
  parseWithDigits,
  plain,
  unordered,
} from '../format/reference.ts';
import { failureOf, linesOf, processed, SECRET } from './transformed.ts';

const NAMES = Object.keys(FORMATS) as FormatName[];

/** Returns the lines of items, as a copy without a module writes them. */
function linesIn(format: FormatName, items: readonly string[]): string {
  const lines = new LineBuffer(Buffer.alloc(16));
  FORMATS[format].transcode(Buffer.from(`${items.join()}]`), 0, lines);
  return lines.lines().toString();
}

/** Returns the lines that a module writes that returns its argument. */
async function unchanged(format: FormatName, items: readonly string[]): Promise<string> {
  const lines = Buffer.from(linesIn('DYNAMODB_JSON', items));
  const results = itemResults(FORMATS[format].transcode, []);
  const written = await processed((item) => item, lines, undefined, undefined, results);
  assert.deepEqual([written.itemCount, written.droppedCount], [items.length, 0]);
  return written.text;
}

/** Returns the items of random pages, as DynamoDB could return them. */
function randomItems(seed: number, loneSurrogates: boolean): Entries[] {
  const random = seeded(seed);
  return Array.from({ length: 150 }, () => randomPage(random, { loneSurrogates }).items.map(storable)).flat();
}

/**
 * Returns an item as DynamoDB would store it: names that are not empty, numbers without exponents, sets without equal
 * elements.
 */
function storable(entries: Entries): Entries {
  const named = entries.filter(({ name }) => name.value !== '');
  return named.map(({ name, value }) => ({ name, value: storableValue(value) }));
}

function storableValue(value: Attribute): Attribute {
  switch (value.type) {
    case 'N':
      return { ...value, text: storableNumber(value.text) };
    case 'NS':
      return { ...value, texts: distinct(value.texts.map(storableNumber)) };
    case 'SS':
    case 'BS':
      return { ...value, texts: distinct(value.texts) };
    case 'L':
      return { ...value, elements: value.elements.map(storableValue) };
    case 'M':
      return { ...value, entries: storable(value.entries) };
    default:
      return value;
  }
}

function distinct(texts: readonly Text[]): readonly Text[] {
  return [...new Map(texts.map((text) => [text.value, text])).values()];
}

/** Uses integers only, so that it has nothing in common with the code that it tests. */
function storableNumber({ value }: Text): Text {
  const [, sign, whole = '', fraction = '', exponent = '0'] =
    /^(-?)(\d+)\.?(\d*)(?:[eE]([+-]?\d+))?$/.exec(value) ?? [];
  const digits = (whole + fraction).replace(/^0+/, '').slice(0, 38).replace(/0+$/, '');
  const first = whole.length - 1 - (/^0*/.exec(whole + fraction)?.[0].length ?? 0) + Number(exponent);
  let text = '0';
  if (digits !== '' && first >= -130 && first <= 125) {
    const places = `${'0'.repeat(130)}${digits}`.padEnd(130 + Math.max(digits.length, first + 1), '0');
    const point = 130 + first + 1;
    const after = places.slice(point).replace(/0+$/, '');
    text = `${sign}${places.slice(0, point).replace(/^0+(?=.)/, '') || '0'}${after && `.${after}`}`;
  }
  return { value: text, spelled: text };
}

/** Returns an item in DynamoDB JSON, with the escape sequences of JSON.stringify. */
function jsonOf(entries: Entries): string {
  return `{${entries.map(({ name, value }) => `${JSON.stringify(name.value)}:${jsonOfValue(value)}`).join()}}`;
}

function jsonOfValue(value: Attribute): string {
  const content = () => {
    switch (value.type) {
      case 'BOOL':
        return String(value.value);
      case 'NULL':
        return 'true';
      case 'L':
        return `[${value.elements.map(jsonOfValue).join()}]`;
      case 'M':
        return jsonOf(value.entries);
      case 'SS':
      case 'NS':
      case 'BS':
        return JSON.stringify(value.texts.map((text) => text.value));
      default:
        return JSON.stringify(value.text.value);
    }
  };
  return `{"${value.type}":${content()}}`;
}

/** Objects of JavaScript do not keep the order of names that look like integers. */
function keepsOrder(entries: Entries): boolean {
  return !/"\d+":/.test(jsonOf(entries));
}

describe('a module that returns its argument', () => {
  for (const format of NAMES) {
    it(`writes random items like a copy without a module, byte for byte, in ${format}`, async () => {
      const items = randomItems(19, format !== 'ION')
        .filter(keepsOrder)
        .map(jsonOf);
      assert.ok(items.length > 200, `${items.length} items`);
      assert.equal(await unchanged(format, items), linesIn(format, items));
    });
  }

  it('writes the items of the generator in DYNAMODB_JSON', async () => {
    const items = randomItems(20, true);
    const lines = (await unchanged('DYNAMODB_JSON', items.map(jsonOf))).split('\n').slice(0, -1);
    for (const [index, item] of items.entries()) {
      const { Item } = JSON.parse(lines[index] ?? '') as { Item: object };
      assert.deepEqual(unordered(meaningOfParsed(Item)), unordered(meaningOfEntries(item)));
    }
  });

  it('writes the items of the generator in ION', async () => {
    const items = randomItems(21, false);
    const lines = (await unchanged('ION', items.map(jsonOf))).split('\n').slice(0, -1);
    for (const [index, item] of items.entries()) {
      assert.deepEqual(unordered(meaningOfIon(lines[index] ?? '')), unordered(meaningOfEntries(item)));
    }
  });

  it('writes the items of the generator in JSON', async () => {
    const items = randomItems(22, true).map(jsonOf);
    const lines = (await unchanged('JSON', items)).split('\n').slice(0, -1);
    for (const [index, item] of items.entries()) {
      const expected = plain(JSON.parse(item) as Record<string, Record<string, unknown>>);
      assert.deepEqual(parseWithDigits(lines[index] ?? ''), expected);
    }
  });
});

describe('a module that returns items', () => {
  const results = () => itemResults(FORMATS.DYNAMODB_JSON.transcode, [{ name: 'id', type: 'S' }]);

  it('writes them in order, synchronously or as promises, and leaves out those for which it returns null', async () => {
    for (const wait of [false, true]) {
      const { text, itemCount, droppedCount } = await processed(
        ({ n }) => {
          const result = n === 1 ? null : { id: `masked-${n}`, tags: new Set(['x']) };
          return wait ? sleep(n === 0 ? 10 : 1).then(() => result) : result;
        },
        linesOf(3),
        undefined,
        undefined,
        results(),
      );
      const line = (n: number) => `{"Item":{"id":{"S":"masked-${n}"},"tags":{"SS":["x"]}}}\n`;
      assert.equal(text, line(0) + line(2));
      assert.deepEqual([itemCount, droppedCount], [2, 1]);
    }
  });

  it('can reuse the object that it returned for the item before', async () => {
    const shared = { id: '', bytes: Buffer.alloc(1) };
    const process = (n: unknown) => {
      shared.id = `masked-${n}`;
      shared.bytes[0] = Number(n);
      return shared;
    };
    const expected = ['AA==', 'AQ==', 'Ag=='].map(
      (bytes, n) => `{"Item":{"id":{"S":"masked-${n}"},"bytes":{"B":"${bytes}"}}}\n`,
    );
    const { text } = await processed(({ n }) => process(n), linesOf(3), undefined, undefined, results());
    assert.equal(text, expected.join(''));
  });

  it('writes nothing for a page without items or if it returns null for all', async () => {
    for (const lines of [Buffer.alloc(0), linesOf(3)]) {
      const { text, itemCount } = await processed(() => null, lines, undefined, undefined, results());
      assert.deepEqual([text, itemCount], ['', 0]);
    }
  });

  it('writes pages one after the other with the same encoder', async () => {
    const shared = results();
    for (const count of [3, 500, 1]) {
      const { text } = await processed((item) => item, linesOf(count), undefined, undefined, shared);
      assert.equal(text, linesOf(count).toString());
    }
  });

  for (const [what, process, expected] of [
    ['returns text', () => SECRET, /returned a string instead of an item\.$/],
    ['returns undefined', () => undefined, /returned undefined instead of an item\.$/],
    [
      'resolves to bytes',
      async () => Buffer.from(SECRET),
      /returned an object of the class Buffer instead of an item\.$/,
    ],
    [
      'returns an invalid value',
      () => ({ id: 'x', map: { a: [undefined] } }),
      /undefined \(attribute 2, element 1, element 1\)\.$/,
    ],
    ['changes the type of a key', () => ({ id: 4711 }), /whose key attribute "id" has the type N instead of S\.$/],
    ['removes a key', () => ({}), /without the key attribute "id"\.$/],
    [
      'returns an item with a getter that throws',
      () => ({
        get id() {
          throw new RangeError(SECRET);
        },
      }),
      /threw an exception \(RangeError, line \d+\)\.$/,
    ],
  ] as const) {
    it(`fails the copy if it ${what}`, async () => {
      assert.match((await failureOf(process, import.meta.url, results())).message, expected);
    });
  }

  it('fails with ION_VALUE_INVALID for an unpaired surrogate in ION', async () => {
    const ion = itemResults(FORMATS.ION.transcode, []);
    await assert.rejects(
      processed(() => ({ name: `${SECRET}\ud83d` }), undefined, undefined, undefined, ion),
      (error) => error instanceof CopyError && error.code === 'ION_VALUE_INVALID' && !error.message.includes(SECRET),
    );
  });
});

it('a module that returns an object without declaring it gets a hint', async () => {
  const { message, remedy } = await failureOf((item) => item);
  assert.match(message, /returned a value of type object/);
  assert.match(remedy, /export const output = 'item'/);
  assert.doesNotMatch((await failureOf(() => 4711)).remedy, /output/);
});
