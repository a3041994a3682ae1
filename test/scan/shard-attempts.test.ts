// Import this first: it sets the time scale.
import '../aws/shorter-waits.ts';
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { DeleteObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { newExportId, shardNames } from '../../src/manifest/export-id.ts';
import { copyLayout } from '../../src/manifest/layout.ts';
import { parseShardManifest, type ShardManifest } from '../../src/manifest/shard-manifest.ts';
import type { ScanRequest } from '../../src/scan/scan-request.ts';
import { s3Error } from '../emulators/faults.ts';
import type { Item } from '../emulators/source.ts';
import { assertSameItems } from '../fixtures/items.ts';
import { type Hold, holdFirst, type SeesRequest } from '../fixtures/second-attempt.ts';
import { fewOf, slowTest } from '../run/effort.ts';
import { copiedObjects, itemsIn, itemsOf, openScanFixture, type ScanFixture } from './scan-fixture.ts';

const EXPORT_ID = newExportId(new Date());
const LAYOUT = copyLayout('backups', EXPORT_ID);
const SHARD = { index: 1, count: 1, name: '1-of-1', exportId: EXPORT_ID, settings: { table: '00' } };
const DATA = `${LAYOUT.data}${shardNames(1)}`;
const MANIFEST = `${LAYOUT.root}manifest-shard-1-of-1.json`;
const RUN = `backups/AWSDynamoDB/_resume/${EXPORT_ID}/1-of-1/run.json`;

/** A copy of one shard, so that the shard contains the whole table. */
function attemptAt(attempt: number, change: Partial<ScanRequest> = {}): Partial<ScanRequest> {
  return {
    shard: { ...SHARD, attempt },
    scan: { request: { Limit: 3 }, shard: { segment: 0, totalSegments: 1 } },
    totalSegments: 2,
    fileSize: 10_000,
    ...change,
  };
}

const SMALL = { items: itemsOf(60, 2_000), change: {} };
/** One multipart upload per segment. */
const LARGE = {
  items: itemsOf(60, 300_000),
  change: { compression: 'none', fileSize: 32 * 1024 * 1024 } as const,
};

/** Lets the next attempt start over, as if a file of the checkpoints were damaged. The owner keeps the run lock. */
async function breakRun({ store, bucket }: ScanFixture): Promise<void> {
  const file = JSON.parse((await store.read(bucket, RUN)).toString());
  const Body = JSON.stringify({ ...file, run: file.run && { ...file.run, broken: true } });
  await store.client.send(new PutObjectCommand({ Bucket: bucket, Key: RUN, Body }));
}

/** Asserts that the objects of the shard are those of its manifest, apart from those that finish deletes. */
async function assertWhole(fixture: ScanFixture, items: readonly Item[]): Promise<ShardManifest> {
  const { store, bucket } = fixture;
  const shard = { exportId: EXPORT_ID, layout: LAYOUT };
  const manifest = parseShardManifest(await store.read(bucket, MANIFEST), shard, SHARD, (_, problem) =>
    assert.fail(problem),
  );
  const keys = (await store.list(bucket, LAYOUT.data)).map(({ key }) => key);
  const late = new Set(manifest.givenUp);
  assert.deepEqual(
    keys.filter((key) => !late.has(key)),
    manifest.files.map(({ key }) => key),
  );
  const objects = await copiedObjects(fixture, { files: manifest.files });
  assert.equal(itemsIn(objects).length, items.length);
  assertSameItems(itemsIn(objects), await fixture.source.readItems(fixture.table));
  return manifest;
}

function injectInto({ store }: ScanFixture, ...holds: readonly Hold[]): void {
  store.inject(async (request) => {
    for (const hold of holds) if (await hold.pass(request)) break;
    return undefined;
  });
}

interface HeldRequest {
  readonly sees: SeesRequest;
  readonly table: typeof SMALL | typeof LARGE;
}

let seen = 0;
const HELD: Readonly<Record<string, HeldRequest>> = {
  'the PUT of a data object': {
    sees: ({ operation, key }) => operation === 'PutObject' && key.startsWith(DATA) && ++seen % 4 === 0,
    table: SMALL,
  },
  CompleteMultipartUpload: { sees: ({ operation }) => operation === 'CompleteMultipartUpload', table: LARGE },
  UploadPart: { sees: ({ operation }) => operation === 'UploadPart', table: LARGE },
  'the listing of its objects before the manifest': {
    sees: ({ operation, query }) => operation === 'ListObjectsV2' && query.get('prefix') === DATA && ++seen % 2 === 0,
    table: SMALL,
  },
  'the PUT of its manifest': {
    sees: ({ operation, key }) => operation === 'PutObject' && key === MANIFEST,
    table: SMALL,
  },
};

for (const [behavior, startsOver] of [
  ['resumes', false],
  ['starts over', true],
] as const) {
  suite(`a shard whose second attempt ${behavior}`, () => {
    for (const [name, { sees, table }] of fewOf(Object.entries(HELD), 2)) {
      test(`contains every item once if ${name} by the first attempt arrives after the second has ended`, async () => {
        seen = 0;
        const { items, change } = table;
        await using fixture = await openScanFixture(items);
        const hold = holdFirst(sees);
        injectInto(fixture, hold);
        const first = fixture.run(attemptAt(1, change));
        const { key } = await hold.held;
        if (startsOver) await breakRun(fixture);
        const second = await fixture.run(attemptAt(2, change));
        assert.equal(second.error, undefined);
        const { givenUp, lateUntil } = await assertWhole(fixture, items);
        hold.release();
        const { error } = await first;
        assert.equal((error as { code?: string }).code, 'TAKEN_OVER', String(error));
        await assertWhole(fixture, items);
        if (startsOver && key.startsWith(DATA) && name !== 'UploadPart') {
          assert.ok(givenUp.includes(key));
          assert.ok(lateUntil > Date.now(), `${lateUntil}`);
        }
      });
    }

    for (const [name, { sees, table }] of Object.entries(HELD)) {
      slowTest(`contains every item once if ${name} by the first attempt arrives while the second copies`, async () => {
        seen = 0;
        const { items, change } = table;
        await using fixture = await openScanFixture(items);
        const one = holdFirst(sees);
        const two = holdFirst(({ operation, key }) => operation === 'PutObject' && key === MANIFEST);
        injectInto(fixture, one);
        const first = fixture.run(attemptAt(1, change));
        await one.held;
        if (startsOver) await breakRun(fixture);
        injectInto(fixture, two);
        const second = fixture.run(attemptAt(2, change));
        await two.held;
        one.release();
        assert.equal(((await first).error as { code?: string }).code, 'TAKEN_OVER');
        two.release();
        assert.equal((await second).error, undefined);
        await assertWhole(fixture, items);
      });
    }
  });
}

suite('a shard whose second attempt starts over without knowing what the first has sent', () => {
  const DAMAGES: Readonly<Record<string, (fixture: ScanFixture) => Promise<unknown>>> = {
    'run.json was deleted': ({ store, bucket }) =>
      store.client.send(new DeleteObjectCommand({ Bucket: bucket, Key: RUN })),
    'run.json was damaged': ({ store, bucket }) =>
      store.client.send(new PutObjectCommand({ Bucket: bucket, Key: RUN, Body: 'damaged' })),
    'a checkpoint was damaged': async ({ store, bucket }) => {
      const [first] = await store.list(bucket, RUN.replace('run.json', '1/'));
      await store.client.send(new PutObjectCommand({ Bucket: bucket, Key: first?.key ?? '', Body: 'damaged' }));
    },
  };
  for (const [what, damage] of Object.entries(DAMAGES)) {
    test(`cannot be finished while an object of the first may arrive if ${what}`, async () => {
      seen = 0;
      const { items } = SMALL;
      await using fixture = await openScanFixture(items);
      const hold = holdFirst(({ operation, key }) => operation === 'PutObject' && key.startsWith(DATA) && ++seen === 4);
      injectInto(fixture, hold);
      // With one segment, the first attempt writes nothing else meanwhile.
      const change = { totalSegments: 1 };
      const first = fixture.run(attemptAt(1, change));
      await hold.held;
      await damage(fixture);
      assert.equal((await fixture.run(attemptAt(2, change))).error, undefined);
      const { lateUntil } = await assertWhole(fixture, items);
      assert.ok(lateUntil > Date.now(), `${lateUntil}`);
      hold.release();
      assert.equal(((await first).error as { code?: string }).code, 'TAKEN_OVER');
    });
  }
});

suite('a shard whose second attempt starts over while a third takes over', () => {
  const held: Readonly<Record<string, SeesRequest>> = {
    'lists the objects to delete': ({ operation, query }) =>
      operation === 'ListObjectsV2' && query.get('prefix') === DATA,
    'deletes the objects of the first': ({ operation }) => operation === 'DeleteObjects',
    'forgets the first': ({ operation, key, headers }) =>
      operation === 'PutObject' && key === RUN && headers['if-match'] !== undefined && ++seen === 3,
  };
  for (const [name, sees] of fewOf(Object.entries(held), 1)) {
    test(`contains every item once if the second is held when it ${name}`, async () => {
      seen = 0;
      const { items } = SMALL;
      await using fixture = await openScanFixture(items);
      // The first attempt fails after a few objects.
      let puts = 0;
      fixture.store.inject(({ operation, key }) =>
        operation === 'PutObject' && key.startsWith(DATA) && ++puts > 4 ? s3Error('AccessDenied', 403) : undefined,
      );
      assert.notEqual((await fixture.run(attemptAt(1))).error, undefined);
      await breakRun(fixture);
      const hold = holdFirst(sees);
      injectInto(fixture, hold);
      const second = fixture.run(attemptAt(2));
      await hold.held;
      const third = await fixture.run(attemptAt(3));
      assert.equal(third.error, undefined);
      await assertWhole(fixture, items);
      hold.release();
      assert.equal(((await second).error as { code?: string }).code, 'TAKEN_OVER');
      await assertWhole(fixture, items);
    });
  }
});

for (const [when, items] of [
  ['before', SMALL.items],
  ['after', SMALL.items],
  ['before', []],
] as const) {
  test(`a manifest of ${items.length} items that arrives ${when} a later attempt takes its key describes no deleted object`, async () => {
    await using fixture = await openScanFixture(items);
    const one = holdFirst(({ operation, key }) => operation === 'PutObject' && key === MANIFEST);
    injectInto(fixture, one);
    const first = fixture.run(attemptAt(1));
    await one.held;
    await breakRun(fixture);
    const isTaking: SeesRequest = ({ operation, key }) => operation === 'PutObject' && key === MANIFEST;
    const two = holdFirst(when === 'before' ? isTaking : ({ operation }) => operation === 'DeleteObjects');
    injectInto(fixture, two);
    const second = fixture.run(attemptAt(2));
    await two.held;
    one.release();
    assert.equal(((await first).error as { code?: string }).code, 'TAKEN_OVER');
    // While the second attempt is held, the copy must not look complete if objects of it can still be deleted.
    const manifest = (await fixture.store.list(fixture.bucket, MANIFEST)).at(0);
    assert.equal((manifest?.size ?? 0) > 0, when === 'before');
    two.release();
    const { copy, error } = await second;
    assert.equal(error, undefined);
    assert.equal('wasComplete' in copy && copy.wasComplete, when === 'before');
    assert.deepEqual((await assertWhole(fixture, items)).givenUp, []);
  });
}

test('an attempt that has lost the run lock does not send the request for a data object again', async () => {
  const { items } = SMALL;
  await using fixture = await openScanFixture(items);
  const { store } = fixture;
  // With one segment, no other request of the first attempt detects the loss.
  const change = { totalSegments: 1 };
  let first: string | undefined;
  store.inject(async ({ operation, key }) => {
    if (operation !== 'PutObject' || !key.startsWith(DATA) || first !== undefined) return undefined;
    first = key;
    await breakRun(fixture);
    assert.equal((await fixture.run(attemptAt(2, change))).error, undefined);
    return s3Error('SlowDown', 503);
  });
  const { error } = await fixture.run(attemptAt(1, change));
  assert.equal((error as { code?: string }).code, 'TAKEN_OVER');
  // Its signature would be newer than the run lock, so that it could arrive after `lateUntil`.
  const sent = store.requests.filter(({ operation, key }) => operation === 'PutObject' && key === first);
  assert.equal(sent.length, 1);
  await assertWhole(fixture, items);
});

test('a process that claims a shard after another one has completed it writes nothing of it', async () => {
  const { items } = SMALL;
  await using fixture = await openScanFixture(items);
  const { store, bucket } = fixture;
  const hold = holdFirst(({ operation, key }) => operation === 'PutObject' && key.endsWith('/request.json'));
  injectInto(fixture, hold);
  const first = fixture.run(attemptAt(1));
  await hold.held;
  const second = await fixture.run(attemptAt(1));
  assert.equal(second.error, undefined);
  const stored = await store.list(bucket, LAYOUT.root);
  const scans = fixture.scans().length;
  hold.release();
  const { copy, error } = await first;
  assert.equal(error, undefined);
  assert.ok('wasComplete' in copy && copy.wasComplete);
  assert.equal(fixture.scans().length, scans);
  assert.deepEqual(await store.list(bucket, LAYOUT.root), stored);
  assert.deepEqual(await store.list(bucket, RUN), []);
});
