import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { SealedObject } from '../../../src/s3/find-object.ts';
import { settledSegment } from '../../../src/scan/resume/leftovers.ts';
import { SegmentCheckpoint } from '../../../src/scan/resume/segment-checkpoint.ts';
import type { SegmentState } from '../../../src/scan/resume/state.ts';

const NEXT = { pk: { S: 'k1' } };
const LATER = { pk: { S: 'k2' } };

test('an object is named before the owner is looked for, with where the segment stands after it', async () => {
  const { checkpoint, told } = keep(60_000);
  checkpoint.count({ itemCount: 3, scannedCount: 5 });
  await checkpoint.objectPending(sealed('a'), 3, NEXT);
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
  await checkpoint.objectPending(sealed('a'), 3, NEXT);
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
  await checkpoint.objectPending(sealed('a'), 1, undefined);
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

test('where an earlier attempt left off, its objects, its counts and what it gave up go on being told', async () => {
  const { checkpoint, told } = keep(0, {
    position: { startKey: NEXT, ended: false, counts: counts(7) },
    files: [file('a', 7)],
    pending: undefined,
    upload: undefined,
    givenUp: ['data/z'],
    writtenAt: 0,
  });
  assert.deepEqual(checkpoint.startKey, NEXT);
  checkpoint.count({ itemCount: 2 });
  await checkpoint.objectPending(sealed('b'), 2, LATER);
  const [state] = states(told);
  assert.deepEqual(state?.files, [file('a', 7)]);
  assert.deepEqual(state?.givenUp, ['data/z']);
  assert.equal(state?.pending?.after.counts.itemCount, 9);
});

test('a run without checkpoints writes none', async () => {
  const checkpoint = new SegmentCheckpoint(0, undefined);
  await checkpoint.objectPending(sealed('a'), 1, NEXT);
  checkpoint.objectStored(file('a', 1), NEXT);
  await checkpoint.pageDone(NEXT, undefined);
  assert.equal(checkpoint.isKept, false);
  assert.equal(checkpoint.startKey, undefined);
});

const PENDING: SegmentState = {
  position: { startKey: NEXT, ended: false, counts: counts(1) },
  files: [file('a', 1)],
  pending: { object: sealed('b'), itemCount: 2, after: { startKey: LATER, ended: false, counts: counts(3) } },
  upload: { key: 'data/b', uploadId: 'u' },
  givenUp: [],
  writtenAt: 0,
};

test('a pending object that S3 has is adopted, with the ETag that S3 tells', () => {
  const found = { etag: 'etag of b', serverSideEncryption: undefined, kmsKeyId: undefined };
  const { position, files, pending, upload, givenUp } = settledSegment(PENDING, found);
  assert.deepEqual(position.startKey, LATER);
  assert.equal(position.counts.itemCount, 3);
  assert.deepEqual(files, [file('a', 1), { ...file('b', 2), etag: 'etag of b' }]);
  assert.deepEqual([pending, upload, givenUp], [undefined, undefined, []]);
});

for (const found of ['absent', 'another', 'not allowed to look'] as const) {
  test(`a pending object that is ${found} is given up, and its pages are read again`, () => {
    const { position, files, pending, upload, givenUp } = settledSegment(PENDING, found);
    assert.deepEqual(position, PENDING.position);
    assert.deepEqual(files, PENDING.files);
    assert.deepEqual([pending, upload, givenUp], [undefined, undefined, ['data/b']]);
  });
}

type Told = SegmentState | 'owner';

function keep(pauseMs: number, from?: SegmentState): { checkpoint: SegmentCheckpoint; told: Told[] } {
  const told: Told[] = [];
  const kept = {
    write: async (_index: number, state: SegmentState) => void told.push(state),
    confirmOwner: async () => void told.push('owner'),
    pauseMs,
  };
  return { checkpoint: new SegmentCheckpoint(4, kept, from), told };
}

function states(told: readonly Told[]): SegmentState[] {
  return told.filter((one) => one !== 'owner');
}

function order(told: readonly Told[]): string[] {
  return told.map((one) => (one === 'owner' ? one : 'written'));
}

function sealed(name: string): SealedObject {
  return { key: `data/${name}`, size: 10, md5: 'md5', crc32: 'crc', etag: 'etag', uploadId: undefined };
}

function file(name: string, itemCount: number) {
  return { key: `data/${name}`, size: 10, md5: 'md5', etag: 'etag', itemCount };
}

function counts(itemCount: number) {
  return { itemCount, droppedCount: 0, scannedCount: 0, uncompressedBytes: 0, consumedReadCapacity: 0 };
}
