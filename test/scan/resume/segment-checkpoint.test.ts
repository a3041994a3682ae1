import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { DataFile } from '../../../src/manifest/manifests.ts';
import type { FoundObject } from '../../../src/s3/find-object.ts';
import { type SealedObject, storedObject } from '../../../src/s3/s3-objects.ts';
import type { EarlierSegment, PendingObject, SegmentState } from '../../../src/scan/resume/resume-state.ts';
import { SegmentCheckpoint } from '../../../src/scan/resume/segment-checkpoint.ts';
import { settledSegment } from '../../../src/scan/resume/settle-segments.ts';

const NEXT = { pk: { S: 'k1' } };
const LATER = { pk: { S: 'k2' } };

test('an object is named before the owner is looked for, with where the segment stands after it', async () => {
  const { checkpoint, told } = keep(60_000);
  checkpoint.count({ itemCount: 3, scannedCount: 5 });
  await checkpoint.objectPending(sealedObject('a'), 3, NEXT);
  assert.deepEqual(order(told), ['written', 'owner']);
  const [state] = states(told);
  assert.deepEqual(state?.position.startKey, undefined);
  assert.equal(state?.position.counts.itemCount, 0, 'not yet stored');
  assert.deepEqual(state?.pending?.after.startKey, NEXT);
  assert.equal(state?.pending?.after.counts.itemCount, 3);
});

test('without a pause, what is stored is written down with the next page', async () => {
  const { checkpoint, told } = keep(0);
  checkpoint.count({ itemCount: 3 });
  await checkpoint.objectPending(sealedObject('a'), 3, NEXT);
  checkpoint.objectStored(file('a', 3), NEXT);
  await checkpoint.pageDone(NEXT, undefined);
  const state = states(told).at(-1);
  assert.deepEqual(state?.position.startKey, NEXT);
  assert.deepEqual(state?.files, [file('a', 3)]);
  assert.equal(state?.pending, undefined);
});

test('pages that left nothing to store move it on, pages in an open object do not', async () => {
  const { checkpoint, told } = keep(0);
  checkpoint.count({ scannedCount: 10 });
  await checkpoint.pageDone(NEXT, undefined);
  checkpoint.count({ scannedCount: 10, itemCount: 1 });
  await checkpoint.pageDone(LATER, { upload: undefined });
  assert.equal(states(told).length, 1, 'nothing new to tell');
  assert.deepEqual(states(told)[0]?.position.startKey, NEXT);
  assert.equal(states(told)[0]?.position.counts.scannedCount, 10);
});

test('it is written no more often than the pause says, unless an upload has begun', async () => {
  const { checkpoint, told } = keep(60_000);
  for (let page = 0; page < 5; page += 1) await checkpoint.pageDone(NEXT, undefined);
  await checkpoint.pageDone(NEXT, { upload: undefined });
  assert.equal(told.length, 0);
  const upload = { key: 'data/a', uploadId: 'u' };
  await checkpoint.pageDone(NEXT, { upload });
  await checkpoint.pageDone(NEXT, { upload });
  assert.equal(told.length, 1);
  assert.deepEqual(states(told)[0]?.upload, upload);
  assert.deepEqual(states(told)[0]?.position.startKey, NEXT);
});

test('a segment that ends with an object needs no further checkpoint', async () => {
  const { checkpoint, told } = keep(0);
  await checkpoint.objectPending(sealedObject('a'), 1, undefined);
  checkpoint.objectStored(file('a', 1), undefined);
  await checkpoint.pageDone(undefined, undefined);
  assert.equal(states(told).length, 1);
  assert.equal(states(told).at(-1)?.pending?.after.ended, true);
});

test('that a segment has ended which left nothing to store is told at once, unless it was of one page', async () => {
  const { checkpoint, told } = keep(60_000);
  await checkpoint.pageDone(NEXT, undefined);
  await checkpoint.pageDone(LATER, undefined);
  assert.equal(told.length, 0);
  await checkpoint.pageDone(undefined, undefined);
  assert.equal(told.length, 1);
  assert.equal(states(told)[0]?.position.ended, true);

  const short = keep(60_000);
  await short.checkpoint.pageDone(undefined, undefined);
  assert.equal(short.told.length, 0, 'it costs no more to read than to note');
});

test('where an earlier attempt left off, its objects, its counts and its late objects go on being told', async () => {
  const late = [pending('b', 1)];
  const { checkpoint, told } = keep(0, {
    position: { startKey: NEXT, ended: false, counts: counts(7) },
    sealed: [{ attempt: 1, count: 2 }],
    files: [file('a', 7)],
    pending: undefined,
    late,
    upload: undefined,
  });
  assert.equal(checkpoint.nextKey, 'data/b');
  assert.deepEqual(checkpoint.startKey, NEXT);
  checkpoint.count({ itemCount: 2 });
  await checkpoint.objectPending(sealedObject('b'), 2, LATER);
  const [state] = states(told);
  assert.deepEqual(state?.files, [file('a', 7)]);
  assert.deepEqual(state?.sealed, [{ attempt: 1, count: 2 }]);
  assert.deepEqual(state?.late, late);
  assert.equal(state?.pending?.after.counts.itemCount, 9);
});

test('a run without checkpoints writes none', async () => {
  const checkpoint = new SegmentCheckpoint(0, undefined);
  await checkpoint.objectPending(sealedObject('a'), 1, NEXT);
  checkpoint.objectStored(file('a', 1), NEXT);
  await checkpoint.pageDone(NEXT, undefined);
  assert.equal(checkpoint.isKept, false);
  assert.equal(checkpoint.startKey, undefined);
});

test('the entries of older objects are written once, in files of their own', async () => {
  const { checkpoint, told, sealed } = keep(0);
  for (let n = 0; n < 100; n += 1) {
    await checkpoint.objectPending(sealedObject(`o${n}`), 1, NEXT);
    checkpoint.objectStored(file(`o${n}`, 1), NEXT);
  }
  const names = sealed.flatMap(({ files }) => files.map(({ key }) => key));
  assert.deepEqual(
    sealed.map(({ n, files }) => [n, files.length]),
    [
      [0, 32],
      [1, 32],
      [2, 32],
    ],
  );
  const last = states(told).at(-1);
  assert.deepEqual(last?.sealed, [{ attempt: 2, count: 3 }]);
  assert.deepEqual(
    [...names, ...(last?.files ?? []).map(({ key }) => key)],
    Array.from({ length: 99 }, (_, n) => `data/o${n}`),
  );
  assert.ok(states(told).every(({ files }) => files.length < 32));
});

const PENDING: EarlierSegment = {
  position: { startKey: NEXT, ended: false, counts: counts(1) },
  sealed: [],
  sealedFiles: [],
  files: [file('a', 1)],
  pending: pending('b', 2),
  late: [],
  upload: { key: 'data/b', uploadId: 'u' },
};

test('a pending object that S3 has is adopted, with the ETag that S3 tells', () => {
  const found = { object: pending('b', 2), etag: 'etag of b' };
  const { position, files, pending: left, upload, late } = settledSegment(PENDING, found);
  assert.deepEqual(position.startKey, LATER);
  assert.equal(position.counts.itemCount, 3);
  assert.deepEqual(files, [file('a', 1), { ...file('b', 2), etag: 'etag of b' }]);
  assert.deepEqual([left, upload, late], [undefined, undefined, []]);
});

test('the pages of a pending object that is absent are read again, into an object of the same key', () => {
  const earlier = [pending('b', 5)];
  const settled = settledSegment({ ...PENDING, late: earlier }, 'absent');
  assert.deepEqual(settled.position, PENDING.position);
  assert.deepEqual(settled.files, PENDING.files);
  assert.deepEqual([settled.pending, settled.upload], [undefined, undefined]);
  assert.deepEqual(settled.late, [...earlier, PENDING.pending]);
});

test('an object of an earlier attempt that came first counts in the place of this one', async () => {
  const [older, newer] = [pending('b', 5), pending('b', 2)];
  const { key, size } = newer.object;
  const lateObject = storedObject({ key, size }, { ETag: '"late"' });
  const { checkpoint, told } = keep(0, { ...PENDING, pending: undefined, late: [older, newer] }, (object) =>
    object === newer.object ? lateObject : 'another',
  );
  checkpoint.count({ itemCount: 6, scannedCount: 6 });
  const adopted = await checkpoint.adoptLateObject();
  assert.deepEqual(adopted?.file, { ...file('b', 2), etag: 'late' });
  assert.deepEqual(adopted?.next, LATER);
  assert.equal(adopted?.change.itemCount, 3 - 7);
  assert.equal(checkpoint.nextKey, undefined);
  await checkpoint.pageDone(LATER, undefined);
  const state = states(told).at(-1);
  assert.equal(state?.position.counts.itemCount, 3);
  assert.deepEqual(
    state?.files.map(({ key }) => key),
    ['data/a', 'data/b'],
  );
});

test('an object that is no attempt of this copy is not adopted', async () => {
  const { checkpoint } = keep(0, { ...PENDING, pending: undefined, late: [pending('b', 5)] }, () => 'another');
  assert.equal(await checkpoint.adoptLateObject(), undefined);
});

type Told = SegmentState | 'owner';

interface Sealed {
  readonly n: number;
  readonly files: readonly Required<DataFile>[];
}

/** @param find what S3 has of a late object */
function keep(
  pauseMs: number,
  from?: SegmentState,
  find: (object: SealedObject) => FoundObject = () => 'absent',
): { checkpoint: SegmentCheckpoint; told: Told[]; sealed: Sealed[] } {
  const told: Told[] = [];
  const sealed: Sealed[] = [];
  const kept = {
    attempt: 2,
    write: async (_index: number, state: SegmentState) => void told.push(state),
    seal: async (_index: number, n: number, files: readonly Required<DataFile>[]) => void sealed.push({ n, files }),
    confirmOwner: async () => void told.push('owner'),
    find: async (object: SealedObject) => find(object),
    pauseMs,
  };
  return { checkpoint: new SegmentCheckpoint(4, kept, from), told, sealed };
}

function states(told: readonly Told[]): SegmentState[] {
  return told.filter((one) => one !== 'owner');
}

function order(told: readonly Told[]): string[] {
  return told.map((one) => (one === 'owner' ? one : 'written'));
}

function sealedObject(name: string): SealedObject {
  return { key: `data/${name}`, size: 10, md5: 'md5', crc32: 'crc', etag: 'etag', uploadId: undefined };
}

function file(name: string, itemCount: number) {
  return { key: `data/${name}`, size: 10, md5: 'md5', etag: 'etag', itemCount };
}

function counts(itemCount: number) {
  return { itemCount, droppedCount: 0, scannedCount: 0, uncompressedBytes: 0, consumedReadCapacity: 0 };
}

function pending(name: string, itemCount: number): PendingObject {
  return {
    object: sealedObject(name),
    itemCount,
    after: { startKey: LATER, ended: false, counts: counts(1 + itemCount) },
  };
}
