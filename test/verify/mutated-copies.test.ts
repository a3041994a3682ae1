import '../aws/shorter-waits.ts';
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { integer, pick, type Random, seeded } from '../fixtures/random-pages.ts';
import { objectsOf } from '../manifest/stored-copies.ts';
import { byEffort } from '../run/effort.ts';
import { MemoryStore } from './memory-store.ts';
import { type Format, ROOT, type Verification, verifiableCopy, verify } from './verifiable-copy.ts';

const SEED = Number(process.env['MUTATIONS_SEED'] ?? 16);
const MUTATIONS = byEffort({ quick: 200, thorough: 1_000 });
const CHECKSUMS = `${ROOT}manifest-sha256.txt`;

/** Objects of copies in several formats and compressions, with manifest-sha256.txt. */
const COPIES = (
  [
    ['DYNAMODB_JSON', 'gzip'],
    ['DYNAMODB_JSON', 'zstd'],
    ['DYNAMODB_JSON', 'none'],
    ['ION', 'gzip'],
    ['JSON', 'none'],
    ['CUSTOM', 'none'],
  ] as const satisfies readonly (readonly [Format, string])[]
).map(([format, compression]) => objectsOf(verifiableCopy({ format, compression })));

type Objects = Map<string, Buffer>;

/** Changes one byte of one object, or one object. Returns a description. */
type Mutate = (objects: Objects, key: string, random: Random) => string;

/** Changes the content of the object. */
function content(name: string, change: (bytes: Buffer, at: number, random: Random) => Buffer): Mutate {
  return (objects, key, random) => {
    const bytes = objects.get(key) ?? Buffer.alloc(0);
    const at = integer(random, 0, bytes.length - 1);
    objects.set(key, change(Buffer.from(bytes), at, random));
    return `${name} at ${at} of ${bytes.length}`;
  };
}

const MUTATIONS_OF_BYTES: readonly Mutate[] = [
  content('bit flipped', (bytes, at, random) => {
    bytes[at] = (bytes[at] as number) ^ (1 << integer(random, 0, 7));
    return bytes;
  }),
  content('byte replaced', (bytes, at, random) => {
    bytes[at] = ((bytes[at] as number) + integer(random, 1, 255)) % 256;
    return bytes;
  }),
  content('byte removed', (bytes, at) => Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + 1)])),
  content('byte added', (bytes, at, random) =>
    Buffer.concat([bytes.subarray(0, at), Buffer.of(integer(random, 0, 255)), bytes.subarray(at)]),
  ),
  content('byte appended', (bytes, _, random) => Buffer.concat([bytes, Buffer.of(integer(random, 0, 255))])),
  // Upper-case hexadecimal digits and base64 of other bits mean the same to lenient readers.
  content('case of a letter changed', (bytes, at) => {
    const letter = bytes.findIndex((byte, index) => index >= at && (byte | 0x20) >= 0x61 && (byte | 0x20) <= 0x66);
    const index = letter < 0 ? at : letter;
    bytes[index] = (bytes[index] as number) ^ 0x20;
    return bytes;
  }),
];

const MUTATIONS_OF_OBJECTS: readonly Mutate[] = [
  content('truncated', (bytes, at) => bytes.subarray(0, at)),
  content('emptied', () => Buffer.alloc(0)),
  content('doubled', (bytes) => Buffer.concat([bytes, bytes])),
  content('line feeds changed', (bytes) => Buffer.from(bytes.toString('latin1').replace(/\n|$/, '\r\n'), 'latin1')),
  content('lines reversed', (bytes) => {
    const lines = bytes.toString('latin1').split('\n');
    const reversed = lines.length > 2 ? lines.slice(0, -1).reverse().concat('') : ['x', ...lines];
    return Buffer.from(reversed.join('\n'), 'latin1');
  }),
  (objects, key) => {
    objects.delete(key);
    return 'deleted';
  },
  (objects, key, random) => {
    const [other, bytes] = pick(
      random,
      [...objects].filter(([, one]) => !one.equals(objects.get(key) as Buffer)),
    );
    objects.set(other, objects.get(key) as Buffer);
    objects.set(key, bytes);
    return `swapped with ${other}`;
  },
  (objects, key, random) => {
    const [other, bytes] = pick(
      random,
      [...objects].filter(([, one]) => !one.equals(objects.get(key) as Buffer)),
    );
    objects.set(key, bytes);
    return `replaced by ${other}`;
  },
  (objects, key) => {
    objects.set(`${ROOT}data/${key.split('/').at(-1)?.replace(/^./, 'z')}`, objects.get(key) as Buffer);
    return 'copied to another name in data/';
  },
];

const coveredBy = (objects: ReadonlyMap<string, unknown>) =>
  [...objects.keys()].filter((key) => key !== `${ROOT}_started`);

function isFound({ verified, error }: Verification): boolean {
  assert.ok(verified || error);
  if (!error) return false;
  assert.match(error.code ?? '', /^(?:COPY_DAMAGED|COPY_NOT_FOUND)$/, error.stack);
  assert.doesNotMatch(error.message, /item-\d|café/);
  return true;
}

test('the copies are intact before they are changed', async () => {
  for (const objects of COPIES) {
    const { error, verified } = await verify(new MemoryStore(objects));
    assert.ifError(error);
    assert.equal(verified?.hasChecksums, true);
  }
});

test(`${MUTATIONS} seeded changes of one byte or one object of a copy are all found`, async (t) => {
  const passed: string[] = [];
  let ofChecksums = 0;
  for (let i = 0; i < MUTATIONS; i += 1) {
    const random = seeded(SEED * 1_000_000 + i);
    const store = new MemoryStore(pick(random, COPIES));
    const key = pick(random, coveredBy(store.objects));
    const mutate = pick(random, random() < 0.6 ? MUTATIONS_OF_BYTES : MUTATIONS_OF_OBJECTS);
    const how = mutate(store.objects, key, random);
    if (key === CHECKSUMS) ofChecksums += 1;
    if (!isFound(await verify(store))) passed.push(`${i}: ${key} ${how}`);
    store.bucket.close();
  }
  assert.deepEqual(passed, []);
  assert.ok(ofChecksums > MUTATIONS / 50);
  t.diagnostic(`seed ${SEED}; ${ofChecksums} changes of manifest-sha256.txt`);
});

test('flipped bits of manifest-sha256.txt are found', async () => {
  const [objects = new Map<string, Buffer>()] = COPIES;
  const original = Buffer.from(objects.get(CHECKSUMS) ?? '');
  const store = new MemoryStore(objects);
  for (let bit = 0; bit < original.length * 8; bit += byEffort({ quick: 97, thorough: 7 })) {
    const bytes = Buffer.from(original);
    bytes[bit >> 3] = (bytes[bit >> 3] as number) ^ (1 << (bit & 7));
    store.objects.set(CHECKSUMS, bytes);
    assert.ok(isFound(await verify(store)), `bit ${bit}`);
  }
});
