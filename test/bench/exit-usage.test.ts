import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { pathToFileURL } from 'node:url';
import { PROJECT } from '../run/folders.ts';

const EXIT_USAGE = pathToFileURL(join(PROJECT, 'bench', 'clients', 'exit-usage.ts')).href;

/** Uses 0.3 s of CPU time. */
const BUSY = 'while (process.threadCpuUsage().user + process.threadCpuUsage().system < 300_000);';

interface Usage {
  readonly busiestThread: number;
}

/** Runs `main` with the module that reports the usage. `worker.mjs` in its folder contains `worker`. */
function usageOf(main: string, worker: string): Usage {
  const folder = mkdtempSync(join(tmpdir(), 'exit-usage-'));
  try {
    const usageFile = join(folder, 'usage.json');
    writeFileSync(join(folder, 'worker.mjs'), worker);
    writeFileSync(join(folder, 'main.mjs'), `import { Worker } from 'node:worker_threads';\n${main}`);
    const { status, stderr } = spawnSync(process.execPath, ['--import', EXIT_USAGE, join(folder, 'main.mjs')], {
      env: { ...process.env, BENCH_USAGE_FILE: usageFile },
      encoding: 'utf8',
    });
    assert.equal(status, 0, stderr);
    return JSON.parse(readFileSync(usageFile, 'utf8')) as Usage;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const START = "new Worker(new URL('worker.mjs', import.meta.url))";

/** The worker thread does not load the module that reports the usage. */
const START_UNNOTICED = "new Worker(new URL('worker.mjs', import.meta.url), { execArgv: [] })";

describe('the usage of the busiest thread', { skip: process.platform !== 'linux' && 'requires /proc' }, () => {
  it('is the time of one worker thread if two have ended', () => {
    assertIsOneWorker(usageOf(`${START};\n${START};`, BUSY));
  });

  it('is the time of one worker thread if two were terminated', () => {
    const main = `for (const worker of [${START}, ${START}]) worker.on('message', () => worker.terminate());`;
    const worker = `import { parentPort } from 'node:worker_threads';\n${BUSY}\nparentPort.on('message', () => {});\nparentPort.postMessage('busy');`;
    assertIsOneWorker(usageOf(main, worker));
  });

  it('includes a worker thread that ended without a report', () => {
    assertIsOneWorker(usageOf(START_UNNOTICED, BUSY));
  });

  it('is the time of the main thread if there is no busier one', () => {
    assertIsOneWorker(usageOf(BUSY, ''));
  });
});

function assertIsOneWorker({ busiestThread }: Usage): void {
  assert.ok(busiestThread >= 0.29 && busiestThread < 0.5, `the thread used 0.3 s, reported are ${busiestThread} s`);
}
