import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startRestoreLog } from '../../src/report/restore-log.ts';
import { RestoreProgress } from '../../src/restore/restore-progress.ts';

function progressOf(method: 'write' | 'import'): RestoreProgress {
  return new RestoreProgress({ stage: 'loading', method, methodReason: 'as requested', isNewTable: true });
}

test('the log of a restore shows items, speed and throttling while the runner writes them', async () => {
  const progress = progressOf('write');
  progress.write.plan(3);
  progress.write.stored(1_500, 2_000_000, 3_000);
  progress.write.fileDone();
  progress.write.throttled();
  const line = await new Promise<string>((resolve) => {
    const logger = { info: resolve, notice() {}, warning() {} };
    const stop = startRestoreLog(progress, 9_000, logger, { first: 20, interval: 60_000 });
    setTimeout(stop, 1_000);
  });
  assert.match(line, /^1,500 of 9,000 items, [\d.,]+ [kMG]B\/s, [\d,]+ WCU\/s, 1 of 3 objects, 1 throttled request$/);
});

test('the log of an import has no lines about items that the runner writes', async () => {
  const lines: string[] = [];
  const logger = { info: (text: string) => lines.push(text), notice() {}, warning() {} };
  const stop = startRestoreLog(progressOf('import'), 9_000, logger, { first: 5, interval: 5 });
  await new Promise((resolve) => setTimeout(resolve, 50));
  stop();
  assert.deepEqual(lines, []);
});
