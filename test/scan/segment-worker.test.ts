import assert from 'node:assert/strict';
import { test } from 'node:test';
import { KeyTaken } from '../../src/s3/find-object.ts';
import type { Page } from '../../src/scan/page-reader.ts';
import { ScanProgress } from '../../src/scan/scan-progress.ts';
import { SegmentWorker, type SegmentWorkerOptions } from '../../src/scan/segment-worker.ts';
import { PendingWaits } from '../../src/stall-watchdog.ts';

const PAGE = { lines: Buffer.from('{}\n{}\n'), itemCount: 2, lastEvaluatedKey: undefined } as Page;
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
