import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pickCounts, zeroCounts } from '../../src/manifest/counts.ts';
import { remainingSegments } from '../../src/scan/copy-segments.ts';
import type { EarlierSegment, RunState } from '../../src/scan/resume/resume-state.ts';
import { ScanProgress } from '../../src/scan/scan-progress.ts';

const RUN: RunState = {
  attempts: [1],
  request: '',
  tableId: null,
  tableCreated: null,
  exportId: '',
  prefix: '',
  startTime: 0,
  fileSize: 1,
  segments: { first: 0, count: 2, total: 2 },
  broken: false,
  proved: undefined,
};

/** Returns a segment that was read to its end, with one item in each object. */
function segment(itemCount: number): EarlierSegment {
  const sealedFiles = Array.from({ length: itemCount }, (_, i) => ({
    key: `${i}`,
    size: 2,
    itemCount: 1,
    md5: '',
    sha256: '',
    etag: '',
  }));
  const position = { startKey: undefined, ended: true, counts: { ...zeroCounts(), itemCount } };
  return { position, files: [], sealed: [], sealedFiles, pending: undefined, upload: undefined, late: [] };
}

test('remainingSegments takes over a completed segment of 200,000 objects', () => {
  const progress = new ScanProgress();
  const plan = remainingSegments({ run: RUN, segments: new Map([[0, segment(200_000)]]) }, progress, 2);
  assert.deepEqual(plan.segments, [{ index: 1, total: 2 }]);
  assert.equal(progress.figures.files.length, 200_000);
  assert.equal(progress.figures.sizeBytes, 400_000);
});

test('remainingSegments reads no segment of a copy that passed the final check, and restores its counts', () => {
  const progress = new ScanProgress();
  const counts = { ...zeroCounts(), itemCount: 3, scannedCount: 9 };
  const run = { ...RUN, proved: { endTime: 1, counts } };
  const plan = remainingSegments({ run, segments: new Map([[0, segment(3)]]) }, progress, 2);
  assert.deepEqual(plan.segments, []);
  assert.deepEqual(progress.figures.segments, { total: 2, done: 2, workers: 0 });
  assert.deepEqual(pickCounts(progress.figures), counts);
});

test('remainingSegments reads the missing segments of a copy that passed the final check but lacks items', () => {
  const progress = new ScanProgress();
  const run = { ...RUN, proved: { endTime: 1, counts: { ...zeroCounts(), itemCount: 4 } } };
  const plan = remainingSegments({ run, segments: new Map([[0, segment(3)]]) }, progress, 2);
  assert.deepEqual(plan.segments, [{ index: 1, total: 2 }]);
  assert.equal(progress.figures.itemCount, 3);
});
