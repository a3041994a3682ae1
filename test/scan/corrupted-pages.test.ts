import '../aws/shorter-waits.ts';
import assert from 'node:assert/strict';
import { isUtf8 } from 'node:buffer';
import test from 'node:test';
import { isDeepStrictEqual } from 'node:util';
import { crc32 } from 'node:zlib';
import { explainError } from '../../src/aws/explain-error.ts';
import { transcodeDynamoDbJson } from '../../src/format/dynamodb-json.ts';
import { convertWith } from '../../src/scan/byte-thread.ts';
import { PageBuffers, PageReader } from '../../src/scan/page-reader.ts';
import { clientOfTable } from '../aws/clients-for-tests.ts';
import { startScriptedServer } from '../aws/scripted-server.ts';
import { byEffort } from '../run/effort.ts';
import { unpaced } from './pacing/unpaced.ts';

/** Seed of the corruptions. Set TEST_SEED to use another one. */
const SEED = Number(process.env['TEST_SEED'] ?? 20_261_122);
const MUTATIONS = byEffort({ quick: 200, thorough: 1_000 });
const NEVER = new AbortController().signal;

const ITEMS = [
  { pk: { S: 'plain' }, n: { N: '12345678901234567890.123456789' }, yes: { BOOL: true }, no: { BOOL: false } },
  { pk: { S: '"Items":[{"pk":{"S":"x"}}],"Count":1' }, nothing: { NULL: true } },
  { pk: { S: '},{' }, list: { L: [{ S: ']}' }, { N: '-1E-130' }, { M: { a: { L: [] } } }] } },
  { pk: { S: 'é😀\u2028\n\t\\"/' }, 'ключ é': { S: '' }, b: { B: 'AAEC/w==' }, bs: { BS: ['AA==', '/w=='] } },
  { pk: { S: 'sets' }, ss: { SS: ['a', 'b', 'c'] }, ns: { NS: ['0', '1.5'] }, map: { M: { M: { M: {} } } } },
  { pk: { S: 'same names' }, aa: { S: '1' }, ab: { S: '2' }, ac: { S: '3' }, a: { N: '1' }, 'a b': { N: '2' } },
];
const PAGE = Buffer.from(
  JSON.stringify({
    Count: ITEMS.length,
    ScannedCount: 2 * ITEMS.length,
    Items: ITEMS,
    LastEvaluatedKey: { pk: { S: 'same names' } },
    ConsumedCapacity: { TableName: 'Orders', CapacityUnits: 128.5 },
  }),
);

/** Returns a generator of numbers from 0 to 1, which are the same for the same seed. */
function mulberry32(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Returns a function that corrupts a page: it truncates it, or flips, swaps, removes or repeats bytes, in turn. */
function mutator(random: () => number): (page: Buffer) => Buffer {
  const at = (page: Buffer) => Math.floor(random() * page.length);
  const kinds: readonly ((page: Buffer) => Buffer)[] = [
    (page) => page.subarray(0, at(page)),
    (page) => {
      const flipped = Buffer.from(page);
      const place = at(page);
      flipped.writeUInt8(page.readUInt8(place) ^ (1 << Math.floor(random() * 8)), place);
      return flipped;
    },
    (page) => {
      const swapped = Buffer.from(page);
      const [a, b] = [at(page), at(page)];
      swapped.writeUInt8(page.readUInt8(a), b);
      swapped.writeUInt8(page.readUInt8(b), a);
      return swapped;
    },
    (page) => {
      const swapped = Buffer.from(page);
      const place = at(page.subarray(1));
      swapped.writeUInt8(page.readUInt8(place), place + 1);
      swapped.writeUInt8(page.readUInt8(place + 1), place);
      return swapped;
    },
    (page) => {
      const start = at(page);
      return Buffer.concat([page.subarray(0, start), page.subarray(start + 1 + Math.floor(random() * 40))]);
    },
    (page) => {
      const start = at(page);
      const end = start + 1 + Math.floor(random() * 40);
      return Buffer.concat([page.subarray(0, end), page.subarray(start)]);
    },
  ];
  let turn = 0;
  return (page) => {
    for (;;) {
      const mutated = kinds[turn++ % kinds.length]?.(page) ?? page;
      if (!mutated.equals(page)) return mutated;
    }
  };
}

interface Reference {
  readonly Items: readonly unknown[];
  readonly LastEvaluatedKey?: unknown;
}

/** Returns the page as JSON.parse reads it; undefined if it is malformed or its Count is wrong. */
function reference(page: Buffer): Reference | undefined {
  if (!isUtf8(page)) return undefined;
  try {
    const parsed = JSON.parse(page.toString()) as Reference & { readonly Count?: unknown };
    return Array.isArray(parsed.Items) && parsed.Items.length === parsed.Count ? parsed : undefined;
  } catch {
    return undefined;
  }
}

function itemsOf(lines: Buffer): unknown[] {
  const text = lines.toString();
  if (text !== '' && !text.endsWith('\n')) return ['the last line has no line feed'];
  return text
    .split('\n')
    .slice(0, -1)
    .map((line) => (JSON.parse(line) as { Item: unknown }).Item);
}

const READERS = 4;

/** Reads each corrupted page once. Several readers run in parallel because each retry waits. */
async function readCorrupted(pages: readonly Buffer[], withChecksum: boolean) {
  const corrupted = new Map<string, Buffer>();
  const requests = new Map<string, number>();
  const headers = withChecksum ? { 'x-amz-crc32': String(crc32(PAGE)) } : undefined;
  await using server = await startScriptedServer(({ body }) => {
    // Each reader uses its own table name.
    const { TableName } = JSON.parse(body.toString()) as { TableName: string };
    requests.set(TableName, (requests.get(TableName) ?? 0) + 1);
    const page = corrupted.get(TableName) ?? PAGE;
    corrupted.delete(TableName);
    return { status: 200, body: page, ...(headers && { headers }) };
  });
  using client = clientOfTable(server.endpoint);

  const tally = { retried: 0, accepted: 0 };
  const queue = pages.entries();
  const readAll = async (TableName: string) => {
    const reader = new PageReader(client, convertWith(transcodeDynamoDbJson), new PageBuffers());
    const original = Buffer.from((await reader.read({ TableName }, unpaced(), NEVER)).lines);
    assert.deepEqual(itemsOf(original), ITEMS);
    for (const [i, mutated] of queue) {
      corrupted.set(TableName, mutated);
      requests.set(TableName, 0);
      const page = await reader.read({ TableName }, unpaced(), NEVER);
      const description = `mutation ${i} of seed ${SEED}: ${JSON.stringify(mutated.toString('latin1'))}`;
      if (requests.get(TableName) === 2) {
        tally.retried += 1;
        assert.ok(page.lines.equals(original), description);
        assert.deepEqual(page.lastEvaluatedKey, { pk: { S: 'same names' } }, description);
        continue;
      }
      tally.accepted += 1;
      assert.equal(requests.get(TableName), 1, description);
      assert.equal(withChecksum, false, `accepted although its checksum is wrong: ${description}`);
      const expected = reference(mutated);
      assert.ok(expected, `accepted although it is malformed: ${description}`);
      assert.ok(isDeepStrictEqual(itemsOf(page.lines), expected.Items), description);
      assert.equal(page.itemCount, expected.Items.length, description);
      assert.deepEqual(page.lastEvaluatedKey, expected.LastEvaluatedKey, description);
      // A corrupted value of the key cannot be detected, but a missing key can.
      assert.ok(page.lastEvaluatedKey, `taken for the last page: ${description}`);
    }
  };
  await Promise.all(Array.from({ length: READERS }, (_, i) => readAll(`Orders${i}`)));
  return tally;
}

function corruptedPages(seed: number): Buffer[] {
  const mutate = mutator(mulberry32(seed));
  return Array.from({ length: MUTATIONS / 2 }, () => mutate(PAGE));
}

test(`${MUTATIONS / 2} corrupted pages with a checksum are all requested again`, async (t) => {
  const { retried, accepted } = await readCorrupted(corruptedPages(SEED), true);
  t.diagnostic(`seed ${SEED}: ${retried} retried, ${accepted} accepted`);
  assert.deepEqual([retried, accepted], [MUTATIONS / 2, 0]);
});

test(`${MUTATIONS / 2} corrupted pages without a checksum are requested again or read exactly as they were sent`, async (t) => {
  const { retried, accepted } = await readCorrupted(corruptedPages(SEED + 1), false);
  t.diagnostic(`seed ${SEED + 1}: ${retried} retried, ${accepted} accepted`);
  assert.equal(retried + accepted, MUTATIONS / 2);
  assert.ok(retried > MUTATIONS / 4 && accepted > 0, 'control: some pages are retried and some are accepted');
});

test('a page that is corrupted in every attempt fails with PAGE_CORRUPT after five attempts', async () => {
  const mutate = mutator(mulberry32(SEED + 2));
  const headers = { 'x-amz-crc32': String(crc32(PAGE)) };
  await using server = await startScriptedServer(() => ({ status: 200, headers, body: mutate(PAGE) }));
  using client = clientOfTable(server.endpoint);
  const reader = new PageReader(client, convertWith(transcodeDynamoDbJson), new PageBuffers());
  await assert.rejects(reader.read({ TableName: 'Orders' }, unpaced(), NEVER), (error) => {
    const { code } = explainError(error, { table: { name: 'Orders' }, bucket: 'bucket', sourceRegion: 'us-east-1' });
    return code === 'PAGE_CORRUPT';
  });
  assert.equal(server.requests.length, 5);
});
