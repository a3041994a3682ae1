import assert from 'node:assert/strict';
import test from 'node:test';
import { CopyError } from '../../src/errors.ts';
import {
  formatShardManifest,
  parseShardManifest,
  type ShardManifest,
  shardDataPrefix,
  shardManifestKey,
} from '../../src/manifest/shard-manifest.ts';
import { keyOfShard, SHARD, SHARD_MANIFEST, SHARDED_COPY } from '../fixtures/shard-manifest.ts';

const { layout } = SHARDED_COPY;

function parse(content: Buffer, shard = SHARD): ShardManifest {
  return parseShardManifest(content, SHARDED_COPY, shard, (key, problem) => {
    return new CopyError('COPY_DAMAGED', `${key}: ${problem}`, 'Test.');
  });
}

/** Returns the JSON of SHARD_MANIFEST with other members. */
function changed(members: object): Buffer {
  return Buffer.from(JSON.stringify({ ...JSON.parse(formatShardManifest(SHARD_MANIFEST).toString()), ...members }));
}

test('a shard manifest is read as it was written', () => {
  const content = formatShardManifest(SHARD_MANIFEST);
  assert.deepEqual(parse(content), SHARD_MANIFEST);
  const empty: ShardManifest = {
    ...SHARD_MANIFEST,
    scope: 'transformed',
    tableId: null,
    tableCreated: null,
    processFuncSha256: null,
    encryption: { algorithm: null, kmsKeyId: null },
    counts: { itemCount: 0, droppedCount: 0, scannedCount: 0, uncompressedBytes: 0, consumedReadCapacity: 0 },
    files: [],
    givenUp: [],
    lateUntil: 0,
  };
  assert.deepEqual(parse(formatShardManifest(empty)), empty);
});

test('equal shards have equal manifests, byte for byte, whatever the order of their members', () => {
  const reversed = Object.fromEntries(Object.entries(SHARD_MANIFEST).reverse()) as unknown as ShardManifest;
  const files = SHARD_MANIFEST.files.map((file) => Object.fromEntries(Object.entries(file).reverse()));
  const content = formatShardManifest({ ...reversed, files: files as unknown as ShardManifest['files'] });
  assert.equal(content.toString(), formatShardManifest(SHARD_MANIFEST).toString());
});

test('the keys of a shard contain its number', () => {
  assert.equal(shardManifestKey(layout, SHARD), `${layout.root}manifest-shard-3-of-8.json`);
  assert.equal(shardDataPrefix(layout, SHARD), `${layout.data}ac`);
});

const [first, second] = SHARD_MANIFEST.files;
const neighbor = `${layout.data}ad${'b'.repeat(23)}a.json.gz`;

for (const [what, members, problem] of [
  ['has another version', { version: 2 }, 'has a missing or invalid member: version'],
  ['belongs to another copy', { exportId: '01795000000000-ffffffff' }, 'has a missing or invalid member: exportId'],
  ['is of another shard', { shard: '4-of-8' }, 'has a missing or invalid member: shard'],
  ['has no hash of the request', { request: undefined }, 'has a missing or invalid member: request'],
  [
    'has the segments of another shard',
    { segments: { first: 64, count: 64, total: 512 } },
    'has a missing or invalid member: segments.first',
  ],
  [
    'has segments that do not add up to all',
    { segments: { first: 128, count: 64, total: 513 } },
    'has a missing or invalid member: segments.total',
  ],
  [
    'names an object of another shard',
    { files: [{ ...first, key: neighbor }, second] },
    'has a missing or invalid member: files[0].key',
  ],
  [
    'names an object outside its folder',
    { files: [{ ...first, key: `other/${first?.key}` }, second] },
    'has a missing or invalid member: files[0].key',
  ],
  ['gives up an object of another shard', { givenUp: [neighbor] }, 'has a missing or invalid member: givenUp[0]'],
  ['names an object twice', { files: [first, first, second] }, 'lists an object twice or out of order'],
  ['names objects out of order', { files: [second, first] }, 'lists an object twice or out of order'],
  ['abandons one of its objects', { givenUp: [keyOfShard('b')] }, 'lists an abandoned object'],
  [
    'has a count that differs from its objects',
    { files: [first] },
    'has an itemCount that differs from its list of objects',
  ],
  ['gives up objects without a time', { lateUntil: 0 }, 'has a missing or invalid member: lateUntil'],
  [
    'has a time that does not exist',
    { endTime: '2026-13-18T11:26:40.123Z' },
    'has a missing or invalid member: endTime',
  ],
] as const) {
  test(`a shard manifest that ${what} is invalid`, () => {
    assert.throws(() => parse(changed(members)), {
      code: 'COPY_DAMAGED',
      message: `${layout.root}manifest-shard-3-of-8.json: ${problem}`,
    });
  });
}

test('the manifest of one shard is invalid under the key of another', () => {
  const content = formatShardManifest(SHARD_MANIFEST);
  assert.throws(() => parse(content, { index: 4, count: 8, name: '4-of-8' }), { code: 'COPY_DAMAGED' });
  assert.throws(() => parse(content, { index: 3, count: 9, name: '3-of-9' }), { code: 'COPY_DAMAGED' });
});
