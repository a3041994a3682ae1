/** Name of an item shape for a replayed table. */
export type ReplayShape = keyof typeof SHAPES;

export type ReplayItem = Record<string, unknown>;

export type MakeItem = (id: string, random: () => number) => ReplayItem;

const SHAPES = {
  /** About 700 bytes with attributes of every type. */
  mixed: (id, random) => mixedItem(id, chooser(random)),
  /** Like `mixed`, but without sets and binaries, which some clients cannot write. */
  plain: (id, random) => {
    const { tags: _tags, signature: _signature, ...item } = mixedItem(id, chooser(random));
    return item;
  },
  /** About 40 bytes: more than 20,000 items per page. */
  tiny: (id, random) => ({ id: { S: id }, n: { N: String(Math.floor(random() * 1000)) } }),
  /** Close to the maximum item size of DynamoDB, 400 KB: long texts and binaries, and a few small attributes. */
  large: (id, random) => largeItem(id, chooser(random)),
  /** Strings of a few KB that contain JSON, so that an escape occurs every few bytes. */
  escaped: (id, random) => escapedItem(id, chooser(random)),
  /** Small maps and lists nested 31 levels deep; the maximum in DynamoDB is 32. */
  deep: (id, random) => ({ id: { S: id }, tree: nested(31, chooser(random)) }),
} as const satisfies Record<string, MakeItem>;

export function itemOfShape(shape: ReplayShape): MakeItem {
  return SHAPES[shape];
}

export function isReplayShape(name: string): name is ReplayShape {
  return Object.hasOwn(SHAPES, name);
}

const WORDS =
  'alpha bravo charlie delta order invoice customer shipped pending "quoted" back\\slash line\nbreak café naïve 東京 😀 2026-11-22T10:00:00Z warehouse-7 sku-1188 refund partial express'.split(
    ' ',
  );

interface Chooser {
  readonly random: () => number;
  /** Returns an integer from 0 to `below` - 1. */
  readonly integer: (below: number) => number;
  /** Returns `count` words separated by spaces. */
  readonly words: (count: number) => string;
  /** Returns `count` random bytes in base64. */
  readonly bytes: (count: number) => string;
}

function chooser(random: () => number): Chooser {
  const integer = (below: number): number => Math.floor(random() * below);
  return {
    random,
    integer,
    words: (count) => Array.from({ length: count }, () => WORDS[integer(WORDS.length)] as string).join(' '),
    bytes: (count) => Buffer.from(Array.from({ length: count }, () => integer(256))).toString('base64'),
  };
}

/** Returns an order of a shop: keys, times, prices, flags, text in several scripts, a list of maps, sets, a binary. */
function mixedItem(id: string, { random, integer, words, bytes }: Chooser): ReplayItem {
  return {
    pk: { S: `customer#${integer(1e9).toString(36)}` },
    sk: { S: `order#${id}` },
    createdAt: { N: String(1_700_000_000_000 + integer(1e10)) },
    total: { N: (integer(1e7) / 100).toFixed(2) },
    exact: {
      N: `${1 + integer(9)}.${String(integer(1e15)).padStart(15, '0')}${String(integer(1e15)).padStart(15, '0')}1`,
    },
    paid: { BOOL: random() < 0.5 },
    coupon: random() < 0.3 ? { NULL: true } : { S: words(1) },
    note: { S: words(8 + integer(36)) },
    tags: { SS: [`a${integer(50)}`, `b${integer(50)}`] },
    lines: {
      L: Array.from({ length: 1 + integer(3) }, () => ({
        M: {
          sku: { S: words(1) },
          count: { N: String(1 + integer(9)) },
          price: { N: (integer(1e5) / 100).toFixed(2) },
        },
      })),
    },
    signature: { B: bytes(24) },
  };
}

function largeItem(id: string, { integer, words, bytes }: Chooser): ReplayItem {
  return {
    id: { S: id },
    version: { N: String(integer(1e6)) },
    text: { S: words(24_000) },
    attachment: { B: bytes(120_000) },
    pages: { L: Array.from({ length: 8 }, () => ({ S: words(1500) })) },
  };
}

function escapedItem(id: string, { integer, words }: Chooser): ReplayItem {
  const record = () => ({
    at: new Date(1.7e12 + integer(1e10)),
    path: `C:\\logs\\${integer(1e6)}`,
    text: words(4),
    ok: null,
  });
  return {
    id: { S: id },
    // Like many applications: JSON in a string, and JSON in a string inside that JSON.
    body: { S: JSON.stringify(Array.from({ length: 8 + integer(16) }, record), undefined, 1) },
    envelope: { S: JSON.stringify({ inner: JSON.stringify(Array.from({ length: 2 + integer(4) }, record)) }) },
    trace: { S: Array.from({ length: 20 }, () => `\tat ${words(1)}(\u0000${integer(1e4)})\r\n`).join('') },
  };
}

function nested(levels: number, choose: Chooser): ReplayItem {
  const { integer, words } = choose;
  if (levels === 0) return { S: words(1) };
  const inner = nested(levels - 1, choose);
  if (integer(4) === 0) return { L: [{ N: String(integer(100)) }, inner] };
  return { M: { k: { S: String(integer(1000)) }, n: { BOOL: integer(2) === 0 }, child: inner } };
}
