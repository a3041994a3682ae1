import assert from 'node:assert/strict';
import { test } from 'node:test';
import { noCounts } from '../../src/backup/counts.ts';
import { ScanProgress } from '../../src/scan/scan-progress.ts';
import { whatIsLeft } from '../../src/scan/what-is-left.ts';

test('takes over a segment of 200,000 objects', () => {
  const files = Array.from({ length: 200_000 }, (_, i) => ({ key: `${i}`, size: 2, itemCount: 1, md5: '', etag: '' }));
  const position = { startKey: undefined, ended: true, counts: { ...noCounts(), itemCount: 200_000 } };
  const nothingOpen = { pending: undefined, upload: undefined, late: [] };
  const segment = { position, files: [], sealed: [], sealedFiles: files, ...nothingOpen, writtenAt: 0 };
  const run = {
    ...{ attempts: [1], request: '', tableId: null, tableCreated: null, exportId: '', prefix: '', startTime: 0 },
    ...{ fileSize: 1, broken: false, writtenAt: 0, proved: undefined, segments: { first: 0, count: 2, total: 2 } },
  };
  const progress = new ScanProgress();
  const plan = whatIsLeft({ run, segments: new Map([[0, segment]]) }, progress, 2);
  assert.deepEqual(plan.segments, [{ index: 1, total: 2 }]);
  assert.equal(progress.figures.files.length, 200_000);
  assert.equal(progress.figures.sizeBytes, 400_000);
});
