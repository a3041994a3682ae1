// Loaded into each process of tests with `--import`. Ends the process with an error if no test has started or ended in it
// for the minutes in its URL (`?minutes=3`). Otherwise a test that waits for a response that never arrives, or that fails
// and leaves a server or a request open, would block the whole run. The `timeout` of node:test ends a test, but not its
// process.
import { relative } from 'node:path';
import { afterEach, beforeEach } from 'node:test';
import { isMainThread } from 'node:worker_threads';
import { PROJECT } from './folders.ts';

const minutes = Number(new URL(import.meta.url).searchParams.get('minutes'));
const running = new Set<string>();
let last = '';

function end(): void {
  const file = relative(PROJECT, process.argv[1] ?? '');
  const tests = running.size === 0 ? `No test is running. Last: ${last}` : `Running: ${[...running].join(', ')}`;
  const open = process.getActiveResourcesInfo().join(', ');
  process.stderr.write(`${file}: no test has started or ended for ${minutes} minutes. ${tests}. Open: ${open}\n`);
  process.exit(1);
}

// A worker that a test starts loads this module too.
if (isMainThread) {
  // Does not keep the process alive. The function is bound before a test can replace the timers.
  const timer = setTimeout(end, minutes * 60_000).unref();
  beforeEach(({ fullName }) => {
    running.add(fullName);
    timer.refresh();
  });
  afterEach(({ fullName }) => {
    running.delete(fullName);
    last = fullName;
    timer.refresh();
  });
}
