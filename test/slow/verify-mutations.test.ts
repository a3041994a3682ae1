import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DeleteObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { largeItems, startServers } from '../fixtures/pair.ts';
import { integer, pick, type Random, seeded } from '../fixtures/random-pages.ts';
import { assertVerified, openVerifyPair } from '../fixtures/verify-pair.ts';

await startServers();

const MUTATIONS = 20;

/** Contents of objects by key. An object without content is deleted. */
type Mutation = Readonly<Record<string, Buffer | undefined>>;

/** Changes of one copy, each of one byte or one object. */
const KINDS: Readonly<Record<string, (objects: ReadonlyMap<string, Buffer>, random: Random) => Mutation>> = {
  'a flipped bit': (objects, random) => {
    const key = pick(random, [...objects.keys()]);
    const content = Buffer.from(objects.get(key) ?? '');
    const at = integer(random, 0, content.length - 1);
    content[at] = (content[at] ?? 0) ^ (1 << integer(random, 0, 7));
    return { [key]: content };
  },
  'a missing byte': (objects, random) => {
    const key = pick(random, [...objects.keys()]);
    const content = objects.get(key) ?? Buffer.alloc(0);
    const at = integer(random, 0, content.length - 1);
    return { [key]: Buffer.concat([content.subarray(0, at), content.subarray(at + 1)]) };
  },
  'an additional byte': (objects, random) => {
    const key = pick(random, [...objects.keys()]);
    const content = objects.get(key) ?? Buffer.alloc(0);
    const at = integer(random, 0, content.length);
    const byte = Buffer.from([integer(random, 0, 255)]);
    return { [key]: Buffer.concat([content.subarray(0, at), byte, content.subarray(at)]) };
  },
  'a missing object': (objects, random) => ({ [pick(random, [...objects.keys()])]: undefined }),
  'an additional object': (objects, random) => {
    const key = pick(random, dataKeys(objects));
    return {
      [key.replace(/[^/]+$/, (name) => `${name.startsWith('z') ? 'y' : 'z'}${name.slice(1)}`)]: objects.get(key),
    };
  },
  'two exchanged objects': (objects, random) => {
    const first = pick(random, dataKeys(objects));
    const second = pick(
      random,
      dataKeys(objects).filter((key) => key !== first),
    );
    return { [first]: objects.get(second), [second]: objects.get(first) };
  },
};

function dataKeys(objects: ReadonlyMap<string, Buffer>): string[] {
  return [...objects.keys()].filter((key) => key.includes('/data/'));
}

test(`the verify Action detects each of ${MUTATIONS} random changes of a copy`, { timeout: 300_000 }, async () => {
  await using verifying = await openVerifyPair({
    items: largeItems(40, 2_000),
    copyInputs: { 'total-segments': '3', 'file-size': '64KiB' },
  });
  const { pair, keys, verify } = verifying;
  const { store, bucket } = pair;
  // manifest-sha256.txt covers all objects of the copy except the marker.
  const covered = keys.filter((key) => !key.endsWith('/_started'));
  const objects = new Map<string, Buffer>();
  for (const key of covered) objects.set(key, await store.read(bucket, key));
  assert.ok(dataKeys(objects).length >= 2);
  const write = (Key: string, Body: Buffer | undefined) =>
    Body
      ? store.client.send(new PutObjectCommand({ Bucket: bucket, Key, Body }))
      : store.client.send(new DeleteObjectCommand({ Bucket: bucket, Key }));
  for (let seed = 1; seed <= MUTATIONS; seed += 1) {
    const random = seeded(Math.imul(seed, 0x9e3779b1));
    const kind = Object.keys(KINDS)[seed % Object.keys(KINDS).length] ?? '';
    const mutation = KINDS[kind]?.(objects, random) ?? {};
    for (const [key, content] of Object.entries(mutation)) await write(key, content);
    await using run = await verify();
    const what = `${kind}, seed ${seed}: ${Object.keys(mutation).join(', ')}`;
    assert.equal(run.exitCode, 1, `not detected: ${what}\n${run.log}`);
    const codes = run.commands.filter(({ name }) => name === 'error').map(({ properties }) => properties['title']);
    assert.match(codes.join(), /^COPY_(?:DAMAGED|NOT_FOUND)$/, what);
    assert.equal(run.outputs['verified'], undefined);
    for (const key of Object.keys(mutation)) await write(key, objects.get(key));
  }
  await using unchanged = await verify();
  assertVerified(unchanged);
});
