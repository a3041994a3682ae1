import assert from 'node:assert/strict';
import { test } from 'node:test';
import { KeyTaken } from '../../src/s3/find-object.ts';
import { objectAgeLimit } from '../../src/scan/object-age-limit.ts';
import type { Page } from '../../src/scan/page-reader.ts';
import { type CheckpointWriter, SegmentCheckpoint } from '../../src/scan/resume/segment-checkpoint.ts';
import { ScanProgress } from '../../src/scan/scan-progress.ts';
import { SegmentWorker, type SegmentWorkerOptions } from '../../src/scan/segment-worker.ts';
import { PendingWaits } from '../../src/stall-watchdog.ts';

const PAGE = { lines: Buffer.from('{}\n{}\n'), itemCount: 2, lastEvaluatedKey: undefined } as Page;
const PAGE_END = { ...PAGE, lastEvaluatedKey: undefined };
const SEGMENT = { index: 0, total: 1 };

function workerWith(options: Partial<SegmentWorkerOptions>): SegmentWorker {
  const common = { progress: new ScanProgress(), waits: new PendingWaits(), fileSize: 1 };
  return new SegmentWorker({ ...common, ...options } as SegmentWorkerOptions);
}

test('a page is not written if the counts of its items do not match', async () => {
  const applyTransform = async () => ({ bytes: PAGE.lines, itemCount: 1, droppedCount: 0 });
  await assert.rejects(workerWith({ applyTransform }).writePage(PAGE, SEGMENT), {
    code: 'COPY_INCOMPLETE',
    message: /it contains 2 items, of which 1 were written and 0 dropped\.$/,
  });
});

test('a copy fails if another object has the key of one of its objects', async () => {
  const object = {
    ...{ uncompressedBytes: 6, begunAt: 0, write: async () => 6 },
    complete: () => Promise.reject(new KeyTaken('key')),
  };
  const newObject = () => object as unknown as ReturnType<SegmentWorkerOptions['newObject']>;
  await assert.rejects(workerWith({ newObject }).writePage(PAGE, SEGMENT), {
    code: 'COPY_INCOMPLETE',
    message: /another object has the same key/,
  });
});

test('an object ends with the page that brings it to exactly the file size', async () => {
  let completed = 0;
  const object = {
    ...{ uncompressedBytes: PAGE.lines.length, begunAt: Date.now(), write: async () => PAGE.lines.length },
    complete: async () => {
      completed += 1;
      return { itemCount: 2, size: 6 };
    },
  };
  const newObject = () => object as unknown as ReturnType<SegmentWorkerOptions['newObject']>;
  const page = { ...PAGE, lastEvaluatedKey: { bytes: Buffer.from('{}') } } as unknown as Page;
  await workerWith({ newObject, fileSize: PAGE.lines.length }).writePage(page, SEGMENT);
  assert.equal(completed, 1);
});

test('objects end by age later the more shards a copy has, and all shards share the number of such objects', () => {
  const minutes = (shards?: number) => objectAgeLimit(shards).maxAge / 60_000;
  assert.deepEqual([undefined, 1, 2, 6, 7, 256].map(minutes), [10, 10, 20, 60, 60, 60]);
  for (const shards of [1, 2, 3, 8, 256]) {
    const { maxObjects } = objectAgeLimit(shards);
    assert.ok(maxObjects >= 1 && maxObjects * shards <= 10_000, `${shards} shards: ${maxObjects} objects each`);
  }
  assert.equal(objectAgeLimit().maxObjects, 10_000);
});

test('an object ends by age only if checkpoints are kept and few objects are stored', async () => {
  for (const [maxObjects, age, ends] of [
    [1, 2_000, true],
    [0, 2_000, false],
    [1, 0, false],
  ] as const) {
    let completed = 0;
    const object = {
      ...{
        uncompressedBytes: 1,
        itemCount: 2,
        begunAt: Date.now() - age,
        write: async () => 1,
        seal: async () => ({}),
      },
      complete: async () => {
        completed += 1;
        return { itemCount: 2, size: 6 };
      },
    };
    const newObject = () => object as unknown as ReturnType<SegmentWorkerOptions['newObject']>;
    const page = { ...PAGE, lastEvaluatedKey: { pk: { S: 'a' } } } as unknown as Page;
    const writer = { attempt: 1, write: async () => {}, confirmOwner: async () => {}, pauseMs: 1e6 };
    const checkpointOf = () => new SegmentCheckpoint(0, writer as unknown as CheckpointWriter);
    let reads = 0;
    const reader = { read: async () => (reads++ === 0 ? page : PAGE_END) };
    const pacing = { startSegment: () => ({ end: () => {} }) };
    const limit = { maxAge: 1_000, maxObjects };
    const options = { newObject, checkpointOf, reader, pacing, fileSize: 100, ageLimit: limit, scan: { request: {} } };
    await workerWith(options as unknown as Partial<SegmentWorkerOptions>).copySegment(SEGMENT);
    // The last page of a segment always ends its object.
    assert.equal(completed, ends ? 2 : 1, `${maxObjects} ${age}`);
  }
});
