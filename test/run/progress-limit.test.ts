import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { slowTest } from './effort.ts';
import { testFlags } from './test-flags.ts';

const HELD_REQUEST = `
import { once } from 'node:events';
import { createServer } from 'node:http';
import { test } from 'node:test';
const server = createServer(() => {}).listen(0, '127.0.0.1');
await once(server, 'listening');
const request = fetch('http://127.0.0.1:' + server.address().port);
`;

/** Runs a file of tests as `npm test` does, with a limit of a second. */
function runTests(code: string) {
  const folder = mkdtempSync(join(tmpdir(), 'progress-limit-'));
  try {
    const file = join(folder, 'held.test.mjs');
    writeFileSync(file, HELD_REQUEST + code);
    const { NODE_TEST_CONTEXT: _, ...env } = process.env;
    const { status, stdout, stderr } = spawnSync(process.execPath, [...testFlags(1 / 60), '--test', file], {
      encoding: 'utf8',
      env,
      timeout: 60_000,
    });
    return { status, output: stdout + stderr };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

slowTest('a process of tests ends with an error that names its file and the running test if a test hangs', () => {
  const { status, output } = runTests(`test('waits for a response', () => request);`);
  assert.equal(status, 1);
  assert.match(output, /held\.test\.mjs: no test has started or ended for .* Running: waits for a response\. Open: /);
});

slowTest('a process of tests ends with an error if a failed test leaves a request open', () => {
  const { status, output } = runTests(`test('fails', () => { throw new Error('reason of the failure'); });`);
  assert.equal(status, 1);
  assert.match(output, /reason of the failure/);
  assert.match(
    output,
    /held\.test\.mjs: no test has started or ended for .* No test is running\. Last: fails\. Open: .*TCP/,
  );
});

slowTest('a process of tests continues for longer than the limit if tests end in it', () => {
  const { status, output } = runTests(`
request.catch(() => {});
for (const nth of [1, 2, 3]) test('takes 0.6 s ' + nth, () => new Promise((resolve) => setTimeout(resolve, 600)));
test('ends', () => { server.closeAllConnections(); server.close(); });
`);
  assert.equal(status, 0, output);
});
