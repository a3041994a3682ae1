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

test('a checkpoint with the pending object and the position after it is written before the run lock is confirmed', async () => {
  const { checkpoint, calls } = openCheckpoint(60_000);
  checkpoint.count({ itemCount: 3, scannedCount: 5 });
  await checkpoint.objectPending(sealedObject('a'), 3, NEXT);
  assert.deepEqual(order(calls), ['written', 'owner']);
  const [state] = states(calls);
  assert.deepEqual(state?.position.startKey, undefined);
  assert.equal(state?.position.counts.itemCount, 0, 'the pending object is not counted yet');
  assert.deepEqual(state?.pending?.after.startKey, NEXT);
  assert.equal(state?.pending?.after.counts.itemCount, 3);
});

test('a stored object is written to the checkpoint with the next page if the interval is 0', async () => {
  const { checkpoint, calls } = openCheckpoint(0);
  checkpoint.count({ itemCount: 3 });
  await checkpoint.objectPending(sealedObject('a'), 3, NEXT);
  checkpoint.objectStored(file('a', 3), NEXT);
  await checkpoint.pageDone(NEXT, undefined);
  const state = states(calls).at(-1);
  assert.deepEqual(state?.position.startKey, NEXT);
  assert.deepEqual(state?.files, [file('a', 3)]);
  assert.equal(state?.pending, undefined);
});

test('a page without items advances the checkpoint, but a page of an object in progress does not', async () => {
  const { checkpoint, calls } = openCheckpoint(0);
  checkpoint.count({ scannedCount: 10 });
  await checkpoint.pageDone(NEXT, undefined);
  checkpoint.count({ scannedCount: 10, itemCount: 1 });
  await checkpoint.pageDone(LATER, { upload: undefined });
  assert.equal(states(calls).length, 1, 'the position has not changed');
  assert.deepEqual(states(calls)[0]?.position.startKey, NEXT);
  assert.equal(states(calls)[0]?.position.counts.scannedCount, 10);
});

test('a checkpoint is written at most once per interval, except when an upload has started', async () => {
  const { checkpoint, calls } = openCheckpoint(60_000);
  for (let page = 0; page < 5; page += 1) await checkpoint.pageDone(NEXT, undefined);
  await checkpoint.pageDone(NEXT, { upload: undefined });
  assert.equal(calls.length, 0);
  const upload = { key: 'data/a', uploadId: 'u' };
  await checkpoint.pageDone(NEXT, { upload });
  await checkpoint.pageDone(NEXT, { upload });
  assert.equal(calls.length, 1);
  assert.deepEqual(states(calls)[0]?.upload, upload);
  assert.deepEqual(states(calls)[0]?.position.startKey, NEXT);
});

test('a segment that ends with an object writes no further checkpoint', async () => {
  const { checkpoint, calls } = openCheckpoint(0);
  await checkpoint.objectPending(sealedObject('a'), 1, undefined);
  checkpoint.objectStored(file('a', 1), undefined);
  await checkpoint.pageDone(undefined, undefined);
  assert.equal(states(calls).length, 1);
  assert.equal(states(calls).at(-1)?.pending?.after.ended, true);
});

test('a segment that ends without an object writes its checkpoint immediately, unless it had a single page', async () => {
  const { checkpoint, calls } = openCheckpoint(60_000);
  await checkpoint.pageDone(NEXT, undefined);
  await checkpoint.pageDone(LATER, undefined);
  assert.equal(calls.length, 0);
  await checkpoint.pageDone(undefined, undefined);
  assert.equal(calls.length, 1);
  assert.equal(states(calls)[0]?.position.ended, true);

  const short = openCheckpoint(60_000);
  await short.checkpoint.pageDone(undefined, undefined);
  assert.equal(short.calls.length, 0, 'reading one page again costs as little as a checkpoint');
});

test('a resumed segment keeps the objects, the counts and the late objects of the earlier attempt', async () => {
  const late = [pending('b', 1)];
  const { checkpoint, calls } = openCheckpoint(0, {
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
  const [state] = states(calls);
  assert.deepEqual(state?.files, [file('a', 7)]);
  assert.deepEqual(state?.sealed, [{ attempt: 1, count: 2 }]);
  assert.deepEqual(state?.late, late);
  assert.equal(state?.pending?.after.counts.itemCount, 9);
});

test('a segment of a run that cannot be resumed has no checkpoint', async () => {
  const checkpoint = new SegmentCheckpoint(0, undefined);
  await checkpoint.objectPending(sealedObject('a'), 1, NEXT);
  checkpoint.objectStored(file('a', 1), NEXT);
  await checkpoint.pageDone(NEXT, undefined);
  assert.equal(checkpoint.keepsCheckpoints, false);
  assert.equal(checkpoint.startKey, undefined);
});

test('the entries of older objects are sealed in separate files of 32 entries', async () => {
  const { checkpoint, calls, sealed } = openCheckpoint(0);
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
  const last = states(calls).at(-1);
  assert.deepEqual(last?.sealed, [{ attempt: 2, count: 3 }]);
  assert.deepEqual(
    [...names, ...(last?.files ?? []).map(({ key }) => key)],
    Array.from({ length: 99 }, (_, n) => `data/o${n}`),
  );
  assert.ok(states(calls).every(({ files }) => files.length < 32));
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

test('a pending object that exists in S3 is adopted with the ETag in S3', () => {
  const found = { object: pending('b', 2), etag: 'etag of b' };
  const { position, files, pending: pendingAfter, upload, late } = settledSegment(PENDING, found);
  assert.deepEqual(position.startKey, LATER);
  assert.equal(position.counts.itemCount, 3);
  assert.deepEqual(files, [file('a', 1), { ...file('b', 2), etag: 'etag of b' }]);
  assert.deepEqual([pendingAfter, upload, late], [undefined, undefined, []]);
});

test('the pages of a pending object that does not exist are read again and stored with the same key', () => {
  const earlier = [pending('b', 5)];
  const settled = settledSegment({ ...PENDING, late: earlier }, 'absent');
  assert.deepEqual(settled.position, PENDING.position);
  assert.deepEqual(settled.files, PENDING.files);
  assert.deepEqual([settled.pending, settled.upload], [undefined, undefined]);
  assert.deepEqual(settled.late, [...earlier, PENDING.pending]);
});

test('a late object of an earlier attempt is adopted instead of the object of this attempt', async () => {
  const [older, newer] = [pending('b', 5), pending('b', 2)];
  const { key, size } = newer.object;
  const lateObject = storedObject({ key, size }, { ETag: '"late"' });
  const { checkpoint, calls } = openCheckpoint(0, { ...PENDING, pending: undefined, late: [older, newer] }, (object) =>
    object === newer.object ? lateObject : 'different object',
  );
  checkpoint.count({ itemCount: 6, scannedCount: 6 });
  const adopted = await checkpoint.adoptLateObject();
  assert.deepEqual(adopted?.file, { ...file('b', 2), etag: 'late' });
  assert.deepEqual(adopted?.next, LATER);
  assert.equal(adopted?.change.itemCount, 3 - 7);
  assert.equal(checkpoint.nextKey, undefined);
  await checkpoint.pageDone(LATER, undefined);
  const state = states(calls).at(-1);
  assert.equal(state?.position.counts.itemCount, 3);
  assert.deepEqual(
    state?.files.map(({ key }) => key),
    ['data/a', 'data/b'],
  );
});

test('an object that no attempt of this copy wrote is not adopted', async () => {
  const { checkpoint } = openCheckpoint(
    0,
    { ...PENDING, pending: undefined, late: [pending('b', 5)] },
    () => 'different object',
  );
  assert.equal(await checkpoint.adoptLateObject(), undefined);
});

/** A checkpoint that was written, or a confirmation of the run lock. */
type Call = SegmentState | 'owner';

interface Sealed {
  readonly n: number;
  readonly files: readonly Required<DataFile>[];
}

/** @param find returns the late object in S3 */
function openCheckpoint(
  intervalMs: number,
  from?: SegmentState,
  find: (object: SealedObject) => FoundObject = () => 'absent',
): { checkpoint: SegmentCheckpoint; calls: Call[]; sealed: Sealed[] } {
  const calls: Call[] = [];
  const sealed: Sealed[] = [];
  const kept = {
    attempt: 2,
    write: async (_index: number, state: SegmentState) => void calls.push(state),
    seal: async (_index: number, n: number, files: readonly Required<DataFile>[]) => void sealed.push({ n, files }),
    confirmOwner: async () => void calls.push('owner'),
    find: async (object: SealedObject) => find(object),
    pauseMs: intervalMs,
  };
  return { checkpoint: new SegmentCheckpoint(4, kept, from), calls, sealed };
}

function states(calls: readonly Call[]): SegmentState[] {
  return calls.filter((one) => one !== 'owner');
}

function order(calls: readonly Call[]): string[] {
  return calls.map((one) => (one === 'owner' ? one : 'written'));
}

function sealedObject(name: string): SealedObject {
  return {
    key: `data/${name}`,
    size: 10,
    md5: 'md5',
    sha256: 'sha256',
    crc32: 'crc',
    etag: 'etag',
    uploadId: undefined,
  };
}

function file(name: string, itemCount: number) {
  return { key: `data/${name}`, size: 10, md5: 'md5', sha256: 'sha256', etag: 'etag', itemCount };
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
