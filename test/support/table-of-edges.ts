import type { AttributeValue, CreateTableCommandInput, ScalarAttributeType } from '@aws-sdk/client-dynamodb';
import type { Item } from './source.ts';
import type { SourceName } from './source-servers.ts';

/** An item that tends to hurt. */
interface Edge {
  readonly name: string;
  /** Without the key `pk`, which is the edge's name. */
  readonly attributes: Item;
  /** The doubles that refuse it. */
  readonly notFor?: readonly SourceName[];
}

/** A table whose keys hurt: they come back in LastEvaluatedKey, so a page of one item each is what to read it with. */
export interface EdgeTable {
  readonly name: string;
  readonly definition: Pick<CreateTableCommandInput, 'KeySchema' | 'AttributeDefinitions'>;
  readonly items: readonly Item[];
}

/** The items that hurt and that `server` takes, for a table whose key is the string `pk`. */
export function edgeItems(server: SourceName): Item[] {
  return EDGES.filter((edge) => !edge.notFor?.includes(server)).map((edge) => ({
    pk: { S: edge.name },
    ...edge.attributes,
  }));
}

/**
 * dynalite writes every number out in full, and DynamoDB Local does outside of lists and maps; inside, the latter
 * keeps the spelling it was given. So an exponent in a page is seen only there, and in tests of the formats.
 */
const NUMBERS = [
  '0',
  '-0',
  '0.0',
  '1',
  '-1',
  '1.50',
  '0.1',
  '100',
  '1E+2',
  '1e2',
  '1E-7',
  '0.000001',
  '9007199254740993',
  '12345678901234567890',
  '99999999999999999999999999999999999999',
  '-99999999999999999999999999999999999999',
  '1234567890123456789012345678.9012345678',
  '0.00000000000000000000000000000000000001',
  '1.2345678901234567890123456789012345678E-100',
  '1E-130',
  '-1E-130',
  '1E+125',
  '9.9999999999999999999999999999999999999E+125',
  '-9.9999999999999999999999999999999999999E+125',
];

const DISTINCT_NUMBERS = NUMBERS.filter(
  (number, index) => NUMBERS.findIndex((other) => Number(other) === Number(number)) === index,
);

/** Each is harmless as text, and deadly to whoever looks for the end of an item without parsing. */
const STRINGS: Readonly<Record<string, string>> = {
  empty: '',
  quote: '"',
  backslash: '\\',
  'backslashes before a quote': '\\\\"\\\\\\"',
  'backslash at the end': 'C:\\',
  slash: '</script>',
  'every named escape': '"\\/\b\f\n\r\t',
  'an escape as text': '\\u0041\\n\\"',
  'every control': String.fromCharCode(...Array.from({ length: 32 }, (_, code) => code), 0x7f),
  'line ends of other kinds': 'a\u0085b\u2028c\u2029d\ve\ff',
  'crlf and tabs': 'a\r\nb\tc',
  'end of an item': '},{',
  'end of everything': '"}}]}',
  'start of a page': '{"Items":[{"pk":{"S":"no"}}],"Count":1,"LastEvaluatedKey":{"pk":{"S":"no"}}}',
  'start of a line': '{"Item":{',
  braces: '{[}]{"":[]}',
  'words of JSON': 'null',
  'a number as text': '007',
  'base64 as text': 'AAEC/w==',
  emoji: '😀👩‍👩‍👧‍👦🏳️‍🌈',
  'other scripts': 'Grüße, 世界, שלום, नमस्ते',
  'byte order mark and non-characters': '\uFEFF\uFFFE\uFFFF\u{10FFFF}',
  'combining marks': 'e\u0301 is not é',
  'workflow command': '::error::injected',
  'workflow command after a line end': 'x\n::set-output name=engine::injected\r##[error]injected',
  markdown: '| `x` | <img src=x onerror=alert(1)> [a](javascript:alert(1)) **b** |',
  'ion keywords and annotations': "$ion_1_0 $10 nan::'''long''' {{AAEC}}",
};

const NAMES = [
  '"',
  '\\',
  '.',
  'a.b[0]',
  ' ',
  '\n',
  '\u0000',
  '\u0085\u2028\u2029',
  '😀',
  'é',
  '$',
  '$10',
  '#name',
  ':value',
  "it's",
  '},{',
  '"Items":[',
  'Item',
  'Items',
  'Count',
  'LastEvaluatedKey',
  'S',
  'N',
  'NULL',
  'null',
  'true',
  'nan',
  'constructor',
  'toString',
  'hasOwnProperty',
  // Integer-like names, which an object of JavaScript would put first and in order.
  '10',
  '9',
  '02',
  '-1',
  '1.5',
  '0',
  '4294967295',
  // The same but for their case.
  'case',
  'Case',
  'CASE',
];

const EVERY_BYTE = Uint8Array.from({ length: 256 }, (_, byte) => byte);

const EDGES: readonly Edge[] = [
  { name: 'nothing but its key', attributes: {} },
  { name: 'numbers', attributes: { list: { L: NUMBERS.map((N) => ({ N })) } } },
  { name: 'numbers as attributes', attributes: fromEntries(NUMBERS.map((N, index) => [`n${index}`, { N }])) },
  ...Object.entries(STRINGS).map(([name, S]) => ({ name: `string: ${name}`, attributes: { s: { S } } })),
  { name: 'strings in a list', attributes: { list: { L: Object.values(STRINGS).map((S) => ({ S })) } } },
  { name: 'names', attributes: fromEntries(NAMES.map((name) => [name, { S: name }])) },
  { name: 'names in a map', attributes: { map: { M: fromEntries(NAMES.map((name) => [name, { S: name }])) } } },
  { name: 'a name that is a prototype', attributes: fromEntries([['__proto__', { S: 'own' }]]), notFor: ['dynalite'] },
  { name: 'a long name', attributes: { ['n'.repeat(60_000)]: { S: 'long' } } },
  {
    name: 'binaries',
    attributes: { empty: { B: new Uint8Array() }, every: { B: EVERY_BYTE }, one: { B: Buffer.of(0) } },
  },
  {
    name: 'sets',
    attributes: {
      ss: { SS: Object.values(STRINGS).filter((text) => text !== '') },
      ns: { NS: ['3', '1E-130', '99999999999999999999999999999999999999', '-1.5'] },
      bs: { BS: [EVERY_BYTE, Buffer.of(0), Buffer.of(255, 254)] },
      one: { SS: ['alone'] },
    },
  },
  { name: 'an empty string in a set', attributes: { ss: { SS: ['', 'x'] } } },
  { name: 'an empty binary in a set', attributes: { bs: { BS: [new Uint8Array(), Buffer.of(1)] } } },
  {
    name: 'constants and empties',
    attributes: {
      yes: { BOOL: true },
      no: { BOOL: false },
      nothing: { NULL: true },
      map: { M: {} },
      list: { L: [] },
      inside: { L: [{ M: {} }, { L: [] }, { S: '' }, { NULL: true }] },
    },
  },
  { name: 'an empty name in a map', attributes: { map: { M: { '': { S: 'x' } } } }, notFor: ['dynamodb-local'] },
  { name: 'maps in maps', attributes: { deep: nested(31, (inner) => ({ M: { m: inner } })) } },
  { name: 'lists in lists', attributes: { deep: nested(31, (inner) => ({ L: [inner] })) } },
  { name: 'as large as can be', attributes: { s: { S: 'x'.repeat(409_600 - 'pkas large as can bes'.length) } } },
  { name: 'as many bytes as can be', attributes: { s: { S: `${'😀'.repeat(102_393)}` } } },
  {
    name: 'as many small parts as can be',
    attributes: { list: { L: Array.from({ length: 130_000 }, () => ({ BOOL: true })) } },
  },
  { name: 'a lone high surrogate', attributes: { s: { S: 'a\uD83Db' } } },
  { name: 'a lone low surrogate', attributes: { s: { S: 'a\uDE00b' } } },
];

function nested(levels: number, wrap: (inner: AttributeValue) => AttributeValue): AttributeValue {
  let value: AttributeValue = { S: 'innermost' };
  for (let level = 0; level < levels; level++) {
    value = wrap(value);
  }
  return value;
}

/** Unlike an object literal, this makes an own property of `__proto__` too. */
function fromEntries(entries: readonly (readonly [string, AttributeValue])[]): Item {
  return Object.fromEntries(entries);
}
/** Tables with every type of key; all doubles take all of them. */
export const EDGE_TABLES: readonly EdgeTable[] = [
  {
    name: 'strings',
    definition: keyed({ pk: 'S', sk: 'S' }),
    items: Object.values(STRINGS)
      .filter((text) => text !== '')
      .flatMap((text) => [
        { pk: { S: text }, sk: { S: 'same' } },
        { pk: { S: 'same' }, sk: { S: text } },
      ]),
  },
  {
    name: 'long strings',
    definition: keyed({ pk: 'S', sk: 'S' }),
    items: ['x', 'é', '😀'].map((character) => ({
      pk: { S: character.repeat(2_048 / Buffer.byteLength(character)) },
      sk: { S: character.repeat(1_024 / Buffer.byteLength(character)) },
    })),
  },
  {
    name: 'numbers',
    definition: keyed({ pk: 'N', sk: 'N' }),
    items: DISTINCT_NUMBERS.flatMap((N) => [
      { pk: { N }, sk: { N: '7' } },
      { pk: { N: '7' }, sk: { N } },
    ]),
  },
  {
    name: 'binaries',
    definition: keyed({ pk: 'B', sk: 'B' }),
    items: [EVERY_BYTE, Buffer.of(0), Buffer.of(255), Buffer.of(0, 0), Buffer.from('text')].map((B) => ({
      pk: { B },
      sk: { B },
    })),
  },
];

function keyed(keys: { readonly pk: ScalarAttributeType; readonly sk: ScalarAttributeType }): EdgeTable['definition'] {
  return {
    KeySchema: [
      { AttributeName: 'pk', KeyType: 'HASH' },
      { AttributeName: 'sk', KeyType: 'RANGE' },
    ],
    AttributeDefinitions: [
      { AttributeName: 'pk', AttributeType: keys.pk },
      { AttributeName: 'sk', AttributeType: keys.sk },
    ],
  };
}
