import assert from 'node:assert/strict';
import { test } from 'node:test';
import { copyLayout } from '../../src/manifest/layout.ts';
import { ScanProgress } from '../../src/scan/scan-progress.ts';

const IDENTITY = { exportId: 'id', layout: copyLayout('', 'id'), snapshotTime: new Date('2026-11-22T12:00:00Z') };
const FILE = { itemCount: 2, md5: '', sha256: '', etag: '', key: 'k', size: 10 };

test('the state of a scan has no export ID before it starts and no manifest key before it is complete', () => {
  const progress = new ScanProgress();
  progress.throttled();
  assert.deepEqual(progress.state, { engine: 'scan', stage: 'not started' });
  assert.equal(progress.figures.throttledRequests, 1);

  progress.start(IDENTITY);
  progress.planSegments(2, 2);
  progress.setResumable(true);
  progress.count({ itemCount: 2 });
  progress.fileStored(FILE);
  progress.segmentDone(0);
  const started = progress.state;
  assert.ok(started.stage === 'started');
  assert.equal(started.isResumable, true);
  assert.deepEqual([started.itemCount, started.sizeBytes, started.files], [2, 10, [FILE]]);
  assert.deepEqual(started.segments, { total: 2, done: 1, workers: 2 });
  assert.ok(!('manifestKey' in started));

  const complete = progress.complete(IDENTITY, [FILE], Buffer.from('checksums'));
  assert.equal(progress.state, complete);
  assert.equal(complete.manifestKey, IDENTITY.layout.manifestSummary);
  assert.equal(complete.checksums.toString(), 'checksums');
  assert.ok(!('isResumable' in complete));
});

test('a returned state of a scan does not change later', () => {
  const progress = new ScanProgress();
  progress.start(IDENTITY);
  const before = progress.state;
  progress.count({ itemCount: 1 });
  progress.fileStored(FILE);
  progress.uploadLeftOpen();
  assert.ok(before.stage === 'started');
  assert.deepEqual([before.itemCount, before.files, before.uploadsLeftOpen], [0, [], 0]);
});
