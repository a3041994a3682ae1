/**
 * Random Scan responses: every type, every spelling of a string, and the items they hold, to compare with.
 * The same seed gives the same pages.
 */

/** A number from 0 up to, but not, 1. */
export type Random = () => number;

/** A string, and how the page spells it between its quotes. */
export interface Text {
  readonly value: string;
  readonly spelled: string;
}

export type Attribute =
  | { readonly type: 'S' | 'N' | 'B'; readonly text: Text }
  | { readonly type: 'SS' | 'NS' | 'BS'; readonly texts: readonly Text[] }
  | { readonly type: 'BOOL'; readonly value: boolean }
  | { readonly type: 'NULL' }
  | { readonly type: 'L'; readonly elements: readonly Attribute[] }
  | { readonly type: 'M'; readonly entries: Entries };

/** The attributes of an item or the entries of a map, in their order, which an object would not keep. */
export type Entries = readonly { readonly name: Text; readonly value: Attribute }[];

export interface RandomPage {
  /** The whole response. */
  readonly bytes: Buffer;
  /** Index just past the `[` of `"Items":[`. */
  readonly start: number;
  /** Index just past the `]` that ends the items. */
  readonly end: number;
  readonly items: readonly Entries[];
}

export interface PageOptions {
  /** Most items; default 8. */
  readonly items?: number;
  /** Whitespace between tokens, in any amount; default false, as DynamoDB sends it. */
  readonly whitespace?: boolean;
  /** Raw U+0085, U+2028 and U+2029 in strings; default true. */
  readonly rawSeparators?: boolean;
  /** Escapes of half a surrogate pair; default false. */
  readonly loneSurrogates?: boolean;
  /**
   * Names that hold a backslash; default false. Once JSON.parse has read one, it may read another name with an escape in
   * it as that one (nodejs/node#63785): only for tests that do not compare with what it reads.
   */
  readonly backslashesInNames?: boolean;
  /** Numbers that are none in JSON, such as `.5` and `007`; default false. */
  readonly oddNumbers?: boolean;
}

/** Mulberry32: small, fast, and good enough to choose tests. */
export function seeded(seed: number): Random {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

export function randomPage(random: Random, options: PageOptions = {}): RandomPage {
  const generator = new PageGenerator(random, options);
  return generator.page();
}

/** From `least` to `most`, both included. */
export function integer(random: Random, least: number, most: number): number {
  return least + Math.floor(random() * (most - least + 1));
}

export function pick<T>(random: Random, from: readonly T[]): T {
  return from[integer(random, 0, from.length - 1)] as T;
}

const SEPARATORS = ['\u0085', '\u2028', '\u2029'];
const LONE_SURROGATES = ['\ud83d', '\ude00', '\udfff', '\ud800'];
const CHARACTERS = [
  ...'abcXYZ019 _-.:,;{}[]()<>"\\/\'`$%#@!?&=+*|~^',
  ...'\0\x01\x07\b\t\n\v\f\r\x1b\x1f\x7f',
  ...'\u0080\u009f\u00a0éßñΩЖ中字\u2027\u202a\ufeff\ufffd\uffff😀🏳\u{10ffff}',
];
const WORDS = ['', 'a b', ...'id },{ "Items":[ {"S":"x"} ] \\ \\u0041 true \'\' :// {{ }}'.split(' ')];
const NAMES = [
  ...'pk sk name a.b created-at aws:rep:region 0 1 10 2 -1 A _ a/b 9a é S N Item'.split(' '),
  ...'null true false nan null.int +inf nulls Null $1 $ion_1_0 $ $dynamodb_SS'.split(' '),
  ...["it's", 'say "x"', 'back\\slash', 'new\nline', 'emoji 😀', '__proto__', 'constructor', 'toString'],
];
const NUMBERS = [
  ...'0 1 -1 10 103 600 2000 1.5 -0.5 0.1 0.000001 0.0000001 12.340 100.00 -0 0.0 0E10 -0.00 0.10 1230E-3'.split(' '),
  ...'1E-130 9.9E+125 1e5 -1.5e-7 1E+38 12345678901234567890123456789012345678'.split(' '),
  ...'0.00000000000000000000000000000000000001 99999999999999999999999999999999999999E+87'.split(' '),
];
const ODD_NUMBERS = '.5 5. +1 007 -.5 00 +0.50 1.E5 -007.70e-3 .0 -00.'.split(' ');

class PageGenerator {
  private readonly random: Random;
  private readonly options: PageOptions;
  private readonly characters: readonly string[];

  constructor(random: Random, options: PageOptions) {
    this.random = random;
    this.options = options;
    this.characters = [...CHARACTERS, ...SEPARATORS, ...(options.loneSurrogates ? LONE_SURROGATES : [])];
  }

  page(): RandomPage {
    const items = this.several(this.options.items ?? 8, () => this.entries(0));
    const before = [
      '{',
      ...(this.chance(0.7) ? ['"Count"', ':', String(items.length), ','] : []),
      ...(this.chance(0.3) ? ['"Note"', ':', '"\\"Items\\":["', ','] : []),
      ...['"Items"', ':', '['],
    ];
    const rest = [...commaBetween(items.map(tokensOfEntries)), ']'];
    const after = [',', '"ScannedCount"', ':', String(items.length), ...(this.chance(0.5) ? AFTER : []), '}'];

    const head = Buffer.from(this.join(before));
    const body = Buffer.from(this.join(rest));
    const tail = Buffer.from(this.join(after));
    const bytes = Buffer.concat([head, body, tail]);
    return { bytes, start: head.length, end: head.length + body.length, items };
  }

  private chance(probability: number): boolean {
    return this.random() < probability;
  }

  private several<T>(most: number, make: () => T): T[] {
    return Array.from({ length: integer(this.random, 0, most) }, make);
  }

  private entries(depth: number): Entries {
    const names = new Map<string, Text>();
    for (const name of this.several(depth === 0 ? 9 : 4, () => this.name())) names.set(name.value, name);
    return [...names.values()].map((name) => ({ name, value: this.attribute(depth) }));
  }

  private attribute(depth: number): Attribute {
    const flat = ['S', 'S', 'N', 'N', 'B', 'BOOL', 'NULL', 'SS', 'NS', 'BS'] as const;
    const type = depth < 4 && this.chance(0.25) ? pick(this.random, ['L', 'M'] as const) : pick(this.random, flat);
    switch (type) {
      case 'BOOL':
        return { type, value: this.chance(0.5) };
      case 'NULL':
        return { type };
      case 'L':
        return { type, elements: this.several(4, () => this.attribute(depth + 1)) };
      case 'M':
        return { type, entries: this.entries(depth + 1) };
      case 'SS':
      case 'NS':
      case 'BS': {
        const makeOne = this.scalars[type[0] as 'S' | 'N' | 'B'];
        return { type, texts: [makeOne(), ...this.several(3, makeOne)] };
      }
      default:
        return { type, text: this.scalars[type]() };
    }
  }

  private readonly scalars = { S: () => this.text(), N: () => this.number(), B: () => this.base64() };

  private name(): Text {
    const name = this.chance(0.7) ? this.spell(pick(this.random, NAMES), 0.05) : this.text();
    return name.value.includes('\\') && !this.options.backslashesInNames ? this.name() : name;
  }

  private text(): Text {
    const escaped = pick(this.random, [0, 0, 0.05, 0.5, 1]);
    if (this.chance(0.2)) return this.spell(pick(this.random, WORDS), escaped);
    const length = integer(this.random, 0, this.chance(0.1) ? 300 : 24);
    // Long plain runs as well as strings made of nothing but special characters.
    const plain = pick(this.random, [0, 0.9, 1]);
    let value = '';
    for (let i = 0; i < length; i += 1) value += this.chance(plain) ? 'e' : pick(this.random, this.characters);
    return this.spell(value, escaped);
  }

  /** @param escaped share of the characters that are spelled as escapes without need */
  private spell(value: string, escaped: number): Text {
    let spelled = '';
    for (const character of value) spelled += this.spellCharacter(character, escaped);
    return { value, spelled };
  }

  private spellCharacter(character: string, escaped: number): string {
    const short = SHORT_ESCAPES[character];
    const lone = character.length === 1 && character >= '\ud800' && character <= '\udfff';
    const separator = this.options.rawSeparators === false && SEPARATORS.includes(character);
    const raw = character >= ' ' && character !== '"' && character !== '\\' && !lone && !separator;
    if (raw && !this.chance(escaped)) return character;
    if (short && this.chance(0.7)) return short;
    let spelled = '';
    for (let i = 0; i < character.length; i += 1) {
      const digits = character.charCodeAt(i).toString(16).padStart(4, '0');
      spelled += `\\u${this.chance(0.5) ? digits : digits.toUpperCase()}`;
    }
    return spelled;
  }

  private number(): Text {
    const text = this.numberText();
    return { value: text, spelled: text };
  }

  private numberText(): string {
    if (this.options.oddNumbers && this.chance(0.3)) return pick(this.random, ODD_NUMBERS);
    if (this.chance(0.4)) return pick(this.random, NUMBERS);
    const sign = this.chance(0.3) ? '-' : '';
    const whole = this.digits(19).replace(/^0+(?=.)/, '');
    const fraction = this.chance(0.4) ? `.${this.digits(19)}` : '';
    const exponent = this.chance(0.2) ? `${pick(this.random, ['e', 'E', 'E+', 'e-', 'E-'])}${this.digits(2)}` : '';
    return sign + whole + fraction + exponent;
  }

  private digits(most: number): string {
    const digits = Array.from({ length: integer(this.random, 1, most) }, () => integer(this.random, 0, 9)).join('');
    return this.chance(0.2) ? `${digits}000` : digits;
  }

  private base64(): Text {
    const bytes = Buffer.from(this.several(this.chance(0.1) ? 200 : 12, () => integer(this.random, 0, 255)));
    return this.spell(bytes.toString('base64'), pick(this.random, [0, 0, 0, 0.1]));
  }

  private join(tokens: readonly string[]): string {
    if (!this.options.whitespace) return tokens.join('');
    const share = pick(this.random, [0.01, 0.5, 1]);
    const space = () => (this.chance(share) ? this.several(4, () => pick(this.random, [...' \t\n\r'])).join('') : '');
    return tokens.map((token) => space() + token).join('');
  }
}

function tokensOfEntries(entries: Entries): string[] {
  const parts = entries.map(({ name, value }) => [quoted(name), ':', ...tokensOf(value)]);
  return ['{', ...commaBetween(parts), '}'];
}

function tokensOf(value: Attribute): string[] {
  return ['{', `"${value.type}"`, ':', ...tokensInside(value), '}'];
}

function tokensInside(value: Attribute): string[] {
  switch (value.type) {
    case 'BOOL':
      return [String(value.value)];
    case 'NULL':
      return ['true'];
    case 'L':
      return ['[', ...commaBetween(value.elements.map(tokensOf)), ']'];
    case 'M':
      return tokensOfEntries(value.entries);
    case 'SS':
    case 'NS':
    case 'BS':
      return ['[', ...commaBetween(value.texts.map((text) => [quoted(text)])), ']'];
    default:
      return [quoted(value.text)];
  }
}

function quoted(text: Text): string {
  return `"${text.spelled}"`;
}

function commaBetween(parts: readonly (readonly string[])[]): string[] {
  return parts.flatMap((part, index) => (index === 0 ? part : [',', ...part]));
}

const SHORT_ESCAPES: Readonly<Record<string, string>> = {
  '"': '\\"',
  '\\': '\\\\',
  '/': '\\/',
  '\b': '\\b',
  '\f': '\\f',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
};

const AFTER = [',', '"LastEvaluatedKey"', ':', '{', '"pk"', ':', '{', '"S"', ':', '"],\\"Items\\":[{}]"', '}', '}'];
