import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DeleteObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { remedies } from '../../src/remedies.ts';
import { Bucket } from '../../src/s3/bucket.ts';
import {
  hashOfSettings,
  type SharedSettings,
  sharedSettingsJson,
  shareSettings,
} from '../../src/scan/share-settings.ts';
import { clientOfBucket } from '../aws/clients-for-tests.ts';
import { openStore } from '../emulators/store.ts';

const KEY = 'p/AWSDynamoDB/_resume/id/request.json';
const SETTINGS: SharedSettings = { table: '11', compression: '22', 'process-func': '33' };
const NEVER = new AbortController().signal;

async function open() {
  await using stack = new AsyncDisposableStack();
  const store = stack.use(await openStore());
  const name = await store.createBucket();
  const bucket = new Bucket({ client: stack.use(clientOfBucket(store.endpoint)), name });
  const resources = stack.move();
  return {
    ...{ store, name },
    share: (settings: SharedSettings) => shareSettings({ bucket, parametersOf: () => ({}) }, KEY, settings, NEVER),
    put: (Body: string) => store.client.send(new PutObjectCommand({ Bucket: name, Key: KEY, Body })),
    [Symbol.asyncDispose]: () => resources.disposeAsync(),
  };
}

test('the hash of the settings does not depend on their order', () => {
  const reversed = Object.fromEntries(Object.entries(SETTINGS).reverse());
  assert.equal(hashOfSettings(reversed), hashOfSettings(SETTINGS));
  assert.match(hashOfSettings(SETTINGS), /^[\da-f]{64}$/);
  assert.notEqual(hashOfSettings({ ...SETTINGS, table: '12' }), hashOfSettings(SETTINGS));
});

test('the first shard stores the settings, and the others have the same encryption', async () => {
  await using shared = await open();
  const results = await Promise.all([shared.share(SETTINGS), shared.share(SETTINGS), shared.share(SETTINGS)]);
  assert.deepEqual(results[1], results[0]);
  assert.deepEqual(results[2], results[0]);
  const stored = await shared.store.read(shared.name, KEY);
  assert.equal(stored.toString(), sharedSettingsJson(SETTINGS).toString());
});

for (const [what, stored, names] of [
  ['two settings differ', JSON.stringify({ ...SETTINGS, table: '0', compression: '0' }), 'table, compression'],
  ['a setting is missing', JSON.stringify({ table: '11', compression: '22' }), 'process-func'],
  [
    'it has others too',
    JSON.stringify({ ...SETTINGS, more: '1' }),
    'settings that this version of the Action does not know',
  ],
  ['it is not JSON', 'garbage', 'table, compression, process-func'],
  ['it is not an object', '[]', 'table, compression, process-func'],
] as const) {
  test(`a shard fails with PLAN_MISMATCH if request.json is there and ${what}`, async () => {
    await using shared = await open();
    await shared.put(stored);
    await assert.rejects(shared.share(SETTINGS), {
      code: 'PLAN_MISMATCH',
      message: `All shards of a copy must have the same settings, but this one differs from another in: ${names}.`,
    });
    assert.equal((await shared.store.read(shared.name, KEY)).toString(), stored, 'request.json stays as it is');
  });
}

test('a shard stores the settings again if request.json disappears', async () => {
  await using shared = await open();
  await shared.share(SETTINGS);
  let deletions = 0;
  shared.store.inject(async ({ operation }) => {
    if (operation === 'HeadObject' && deletions++ === 0) {
      await shared.store.client.send(new DeleteObjectCommand({ Bucket: shared.name, Key: KEY }));
    }
    return undefined;
  });
  await shared.share(SETTINGS);
  assert.equal((await shared.store.read(shared.name, KEY)).toString(), sharedSettingsJson(SETTINGS).toString());
});

test('a shard fails with PLAN_MISMATCH if request.json disappears each time that it has stored it', async () => {
  await using shared = await open();
  shared.store.inject(async ({ operation }) => {
    if (operation === 'HeadObject') {
      await shared.store.client.send(new DeleteObjectCommand({ Bucket: shared.name, Key: KEY }));
    }
    return undefined;
  });
  await assert.rejects(shared.share(SETTINGS), {
    code: 'PLAN_MISMATCH',
    message:
      'All shards of a copy must have the same settings, but this one differs from another in: request.json, which was deleted.',
    remedy: remedies.useSameSettings,
  });
  const stores = shared.store.requests.filter(({ operation }) => operation === 'PutObject');
  assert.equal(stores.length, 3);
});
