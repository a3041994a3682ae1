/**
 * Random attribute values from a small range, so that equal values are frequent, each in a random notation. An
 * independent reference: plain arrays, BigInt and the sort of JavaScript instead of the code under test.
 */
import { integer, pick, type Random } from '../../fixtures/random-pages.ts';

/** A value in a form that is equal for equal values: numbers as coefficient and exponent, sets and names sorted. */
export type Meaning = readonly [type: string, content: unknown];

/** A value and one of its notations in DynamoDB JSON. */
export interface SpelledValue {
  readonly meaning: Meaning;
  readonly json: string;
}

export type SpelledAttributes = ReadonlyMap<string, SpelledValue>;

const TEXTS = [
  '',
  '0',
  '1',
  '1.0',
  'AAEC',
  'AA==',
  'true',
  'a',
  'b',
  'ab',
  '"',
  '\\',
  '\n',
  '\u0000',
  '\u007f',
  'é',
  'e\u0301',
];
const CHARACTERS = ['\u2028', '\ud83d', '\ude00', '😀', '\ufffd', '\uffff', '中', '\u{10ffff}', '\ude00\ud83d'];
const NUMBERS: readonly (readonly [coefficient: bigint, exponent: number])[] = [
  [0n, 0],
  [1n, 0],
  [-1n, 0],
  [1n, 2],
  [101n, 0],
  [15n, -1],
  [1n, -130],
  [1n, 125],
  [9007199254740993n, 0],
  [9007199254740992n, 0],
  [99999999999999999999999999999999999999n, 0],
  [-99999999999999999999999999999999999999n, 88],
  [99999999999999999999999999999999999998n, 0],
];
const BINARIES = ['', '\0', '\0\0', '1', 'a', 'ab', 'abc', '\xff\xfe\xfd\xfc'];
const NAMES = ['a', 'b', 'ab', 'é', '😀', '10', '9', '__proto__', '"', 'S'];

/** Returns an attribute value. */
export function spelledValue(random: Random, depth = 0): SpelledValue {
  const types = ['S', 'N', 'B', 'BOOL', 'NULL', 'SS', 'NS', 'BS', ...(depth < 2 ? ['L', 'M'] : [])];
  const type = pick(random, types);
  const wrapped = (meaning: unknown, content: string): SpelledValue => ({
    meaning: [type, meaning],
    json: `{"${type}":${content}}`,
  });
  const set = (one: () => readonly [string, string]): SpelledValue => {
    const elements = new Map(Array.from({ length: integer(random, 1, 4) }, one));
    return wrapped([...elements.keys()].sort(), `[${[...elements.values()].join()}]`);
  };
  switch (type) {
    case 'S':
      return wrapped(...spelledText(random));
    case 'N':
      return wrapped(...spelledNumber(random));
    case 'B':
      return wrapped(...spelledBinary(random));
    case 'BOOL': {
      const value = random() < 0.5;
      return wrapped(value, String(value));
    }
    case 'NULL':
      return wrapped(null, 'true');
    case 'SS':
      return set(() => spelledText(random));
    case 'NS':
      return set(() => spelledNumber(random));
    case 'BS':
      return set(() => spelledBinary(random));
    case 'L': {
      const elements = Array.from({ length: integer(random, 0, 3) }, () => spelledValue(random, depth + 1));
      return wrapped(
        elements.map(({ meaning }) => meaning),
        `[${elements.map(({ json }) => json).join()}]`,
      );
    }
    default: {
      const attributes = spelledAttributes(random, integer(random, 0, 3), depth + 1);
      return wrapped(meaningOfAttributes(attributes), jsonOfAttributes(random, attributes));
    }
  }
}

export function spelledAttributes(random: Random, count: number, depth = 0): SpelledAttributes {
  return new Map(Array.from({ length: count }, () => [pick(random, NAMES), spelledValue(random, depth)]));
}

/** Returns the same text for equal attributes. */
export function meaningOfAttributes(attributes: SpelledAttributes): string {
  const entries = [...attributes].map(([name, { meaning }]) => [name, meaning]);
  return JSON.stringify(entries.sort(([a], [b]) => ((a as string) < (b as string) ? -1 : 1)));
}

/** Returns the attributes in a random order. */
export function jsonOfAttributes(random: Random, attributes: SpelledAttributes): string {
  const entries = [...attributes].map(([name, { json }]) => `${spell(random, name)}:${json}`);
  return `{${shuffled(random, entries).join()}}`;
}

export function shuffled<T>(random: Random, values: readonly T[]): T[] {
  return values
    .map((value) => ({ value, place: random() }))
    .sort((a, b) => a.place - b.place)
    .map(({ value }) => value);
}

function spelledText(random: Random): [string, string] {
  const text = pick(random, [...TEXTS, ...CHARACTERS]) + pick(random, ['', '', '', 'a', '\ude00']);
  return [text, spell(random, text)];
}

/** Returns a text in a random JSON notation. Half of a surrogate pair is always an escape sequence. */
function spell(random: Random, text: string): string {
  const escapesAll = random() < 0.2;
  const spelled = Array.from(text, (character) => {
    const isLone = /^[\ud800-\udfff]$/.test(character);
    if (!isLone && !escapesAll && random() < 0.8) return JSON.stringify(character).slice(1, -1);
    return character
      .split('')
      .map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
      .map((written) => (random() < 0.5 ? written : `\\u${written.slice(2).toUpperCase()}`))
      .join('');
  });
  return `"${spelled.join('')}"`;
}

function spelledNumber(random: Random): [string, string] {
  const [coefficient, exponent] = pick(random, NUMBERS);
  return [`${coefficient}e${exponent}`, spellNumber(random, coefficient, exponent)];
}

/** Returns a number in a random notation: `100`, `1E2`, `1e+2`, `10.0e1`, `0.01E+4`. */
export function spellNumber(random: Random, coefficient: bigint, exponent: number): string {
  const sign = coefficient < 0n ? '-' : pick(random, ['', '', '+', ...(coefficient === 0n ? ['-'] : [])]);
  const digits = String(coefficient < 0n ? -coefficient : coefficient);
  const point = integer(random, -3, digits.length);
  const trailing = '0'.repeat(integer(random, 0, 3));
  const whole = point > 0 ? digits.slice(0, point) : pick(random, ['', '0', '00']);
  const fraction = (point > 0 ? digits.slice(point) : '0'.repeat(-point) + digits) + trailing;
  const power = exponent + digits.length - point;
  const isPlain = power === 0 && random() < 0.8;
  const plus = power >= 0 ? pick(random, ['', '+']) : '';
  const hasPoint = fraction !== '' || random() < 0.3;
  return JSON.stringify(
    `${sign}${whole}${hasPoint ? `.${fraction}` : ''}${isPlain ? '' : `${pick(random, ['e', 'E'])}${plus}${power}`}`,
  );
}

function spelledBinary(random: Random): [string, string] {
  const base64 = Buffer.from(pick(random, BINARIES), 'latin1').toString('base64');
  return [base64, random() < 0.9 ? `"${base64}"` : spell(random, base64)];
}
