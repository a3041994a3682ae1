/**
 * Reference implementation of the formats, slow and simple. It derives the exact text of lines from the items of the
 * generator, and the meaning of corrupted pages from JSON.parse.
 */
import { createRequire } from 'node:module';
import type { Attribute, Entries, Text } from '../fixtures/random-pages.ts';

// The ES modules of ion-js import each other without file extensions, which Node does not support.
const ion: typeof import('ion-js') = createRequire(import.meta.url)('ion-js');

/** A value in a normalized form, for comparisons between formats. Maps keep their order, numbers are canonical. */
export type Meaning =
  | readonly ['S' | 'B' | 'N', string]
  | readonly ['BOOL', boolean]
  | readonly ['NULL']
  | readonly ['SS' | 'BS' | 'NS', readonly string[]]
  | readonly ['L', readonly Meaning[]]
  | readonly ['M', readonly (readonly [string, Meaning])[]];

/** Returns the text that DynamoDB sends for an item, without whitespace and raw line separators. */
export function dynamoDbJsonOf(entries: Entries): string {
  return `{${entries.map(({ name, value }) => `${quoted(name)}:{"${value.type}":${contentOf(value)}}`).join()}}`;
}

function contentOf(value: Attribute): string {
  switch (value.type) {
    case 'BOOL':
      return String(value.value);
    case 'NULL':
      return 'true';
    case 'L':
      return `[${value.elements.map((element) => `{"${element.type}":${contentOf(element)}}`).join()}]`;
    case 'M':
      return dynamoDbJsonOf(value.entries);
    case 'SS':
    case 'NS':
    case 'BS':
      return `[${value.texts.map(quoted).join()}]`;
    default:
      return quoted(value.text);
  }
}

/** Returns an item in the format JSON. Its numbers must be valid JSON numbers. */
export function jsonOf(entries: Entries): string {
  return `{${entries.map(({ name, value }) => `${quoted(name)}:${jsonOfValue(value)}`).join()}}`;
}

function jsonOfValue(value: Attribute): string {
  switch (value.type) {
    case 'N':
      return value.text.value;
    case 'NS':
      return `[${value.texts.map((text) => text.value).join()}]`;
    case 'NULL':
      return 'null';
    case 'L':
      return `[${value.elements.map(jsonOfValue).join()}]`;
    case 'M':
      return jsonOf(value.entries);
    default:
      return contentOf(value);
  }
}

function quoted({ spelled }: Text): string {
  const escapes: Record<string, string> = { '\u0085': '\\u0085', '\u2028': '\\u2028', '\u2029': '\\u2029' };
  return `"${spelled.replace(/[\u0085\u2028\u2029]/g, (separator) => escapes[separator] as string)}"`;
}

/** Parses JSON, with every number as its canonical digits. */
export function parseWithDigits(line: string): unknown {
  const withSource = JSON.parse as (
    text: string,
    reviver: (this: unknown, key: string, value: unknown, context: { source?: string }) => unknown,
  ) => unknown;
  return withSource(line, (_key, value, { source }) =>
    typeof value === 'number' ? { number: canonical(source as string) } : value,
  );
}

/** Returns an item in the format JSON as objects. */
export function plain(item: Record<string, Record<string, unknown>>): unknown {
  return Object.fromEntries(Object.entries(item).map(([name, value]) => [name, plainValue(value)]));
}

function plainValue(typed: Record<string, unknown>): unknown {
  const [[type, content] = ['']] = Object.entries(typed);
  switch (type) {
    case 'N':
      return { number: canonical(content as string) };
    case 'NS':
      return (content as string[]).map((number) => ({ number: canonical(number) }));
    case 'NULL':
      return null;
    case 'L':
      return (content as Record<string, unknown>[]).map(plainValue);
    case 'M':
      return plain(content as Record<string, Record<string, unknown>>);
    default:
      return content;
  }
}

export function meaningOfEntries(entries: Entries): Meaning {
  return ['M', entries.map(({ name, value }) => [name.value, meaningOf(value)])];
}

function meaningOf(value: Attribute): Meaning {
  switch (value.type) {
    case 'BOOL':
      return ['BOOL', value.value];
    case 'NULL':
      return ['NULL'];
    case 'N':
      return ['N', canonical(value.text.value)];
    case 'NS':
      return ['NS', value.texts.map((text) => canonical(text.value))];
    case 'L':
      return ['L', value.elements.map(meaningOf)];
    case 'M':
      return meaningOfEntries(value.entries);
    case 'SS':
    case 'BS':
      return [value.type, value.texts.map((text) => text.value)];
    default:
      return [value.type, value.text.value];
  }
}

/** Returns the meaning of an item from JSON.parse: the last of attributes with the same name, integer-like names first. */
export function meaningOfParsed(item: object): Meaning {
  return ['M', Object.entries(item).map(([name, value]) => [name, meaningOfParsedValue(value)])];
}

function meaningOfParsedValue(typed: Record<string, unknown>): Meaning {
  const [[type, content] = ['']] = Object.entries(typed);
  switch (type) {
    case 'NULL':
      return ['NULL'];
    case 'N':
      return ['N', canonical(content as string)];
    case 'NS':
      return ['NS', (content as string[]).map(canonical)];
    case 'L':
      return ['L', (content as Record<string, unknown>[]).map(meaningOfParsedValue)];
    case 'M':
      return meaningOfParsed(content as object);
    case 'B':
      return ['B', bytesOf(content as string)];
    case 'BS':
      return ['BS', (content as string[]).map(bytesOf)];
    default:
      return [type, content] as unknown as Meaning;
  }
}

/** Returns base64 in its canonical form. Corrupted base64 can have unused bits that are set. */
function bytesOf(base64: string): string {
  return Buffer.from(base64, 'base64').toString('base64');
}

/** Returns the meaning with sorted entries, and only the last of entries with the same name. */
export function unordered(meaning: Meaning): Meaning {
  if (meaning[0] === 'L') return ['L', meaning[1].map(unordered)];
  if (meaning[0] !== 'M') return meaning;
  const entries = [...new Map(meaning[1].map(([name, value]) => [name, unordered(value)]))];
  return ['M', entries.sort(([a], [b]) => (a < b ? -1 : 1))];
}

/** Reads a line of ION with ion-js. */
export function meaningOfIon(line: string): Meaning {
  const reader = ion.makeReader(line);
  reader.next();
  reader.stepIn();
  reader.next();
  if (reader.fieldName() !== 'Item') throw new Error('the first field is not Item');
  const meaning = meaningOfIonValue(reader);
  if (reader.next() !== null) throw new Error('there are fields after Item');
  reader.stepOut();
  if (reader.next() !== null) throw new Error('the line has more than one value');
  return meaning;
}

type IonReader = ReturnType<typeof ion.makeReader>;

function meaningOfIonValue(reader: IonReader): Meaning {
  const [annotation] = reader.annotations();
  switch (reader.type()?.name) {
    case 'null':
      return ['NULL'];
    case 'bool':
      return ['BOOL', reader.booleanValue() as boolean];
    case 'string':
      return ['S', reader.stringValue() as string];
    case 'decimal': {
      const decimal = reader.decimalValue();
      return ['N', `${decimal?.getCoefficient()}e${decimal?.getExponent()}`];
    }
    case 'blob':
      return ['B', Buffer.from(reader.uInt8ArrayValue() as Uint8Array).toString('base64')];
    case 'list': {
      const elements = readContainer(reader, () => meaningOfIonValue(reader));
      if (annotation === undefined) return ['L', elements];
      return [annotation.replace('$dynamodb_', ''), elements.map(([, content]) => content)] as unknown as Meaning;
    }
    case 'struct':
      return ['M', readContainer(reader, () => [reader.fieldName() as string, meaningOfIonValue(reader)])];
    default:
      throw new Error(`not a DynamoDB type: ${reader.type()?.name}`);
  }
}

function readContainer<T>(reader: IonReader, read: () => T): T[] {
  const found: T[] = [];
  reader.stepIn();
  while (reader.next() !== null) found.push(read());
  reader.stepOut();
  return found;
}

/** Returns coefficient and exponent without trailing zeros, like BigDecimal.stripTrailingZeros in Java: `600` is `6e2`. */
export function canonical(number: string): string {
  const [, sign, whole = '', fraction = '', exponent = '0'] =
    /^([+-]?)(\d*)\.?(\d*)(?:[eE]([+-]?\d+))?$/.exec(number) ?? [];
  if (whole + fraction === '') throw new Error('not a number');
  let coefficient = BigInt(whole + fraction);
  let power = BigInt(exponent) - BigInt(fraction.length);
  if (coefficient === 0n) return '0e0';
  for (; coefficient % 10n === 0n; coefficient /= 10n) power += 1n;
  return `${sign === '-' ? '-' : ''}${coefficient}e${power}`;
}
