import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { spawnGuarded, startServer } from '../emulators/server-process.ts';

/** The guard kills process groups, which Windows does not support. No server of another program is started there. */
const options = { skip: process.platform === 'win32' };

const MODULE = JSON.stringify(join(import.meta.dirname, '..', 'emulators', 'server-process.ts'));

/** Script of a process that starts a child process and prints both process IDs. */
const FAMILY = `
  const child = require('node:child_process').spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)']);
  console.log(process.pid + ' ' + child.pid);
  setInterval(() => {}, 1000);
`;

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    // An ended process keeps its ID until its new parent reads its exit code, which can take a while.
    return process.platform !== 'linux' || !/^State:\tZ/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}

async function haveAllEnded(pids: readonly number[]): Promise<boolean> {
  for (let attempt = 0; attempt < 100 && pids.some(isAlive); attempt++) {
    await sleep(20);
  }
  return !pids.some(isAlive);
}

/** Waits for and returns the process IDs that FAMILY prints. */
async function familyOf(output: () => string): Promise<number[]> {
  for (const deadline = Date.now() + 60_000; Date.now() < deadline; ) {
    const ids = /(\d+) (\d+)\n/.exec(output());
    if (ids !== null) {
      return [Number(ids[1]), Number(ids[2])];
    }
    await sleep(10);
  }
  throw new Error(`No process IDs within 60 s. Output:\n${output()}`);
}

/** Script of a process that runs FAMILY with the guard. */
const GUARDED = `
  import { spawnGuarded } from ${MODULE};
  spawnGuarded(process.execPath, ['-e', ${JSON.stringify(FAMILY)}], { show: true });
`;

/** Script of a process that runs FAMILY without the guard. */
const UNGUARDED = `
  import { spawn } from 'node:child_process';
  spawn(process.execPath, ['-e', ${JSON.stringify(FAMILY)}], { stdio: 'inherit', detached: true });
`;

/** Starts a process with this script, which runs FAMILY. */
async function startParent(content: string): Promise<{ parent: ChildProcess; family: number[] } & AsyncDisposable> {
  const folder = await mkdtemp(join(tmpdir(), 'parent-'));
  const script = join(folder, 'parent.mjs');
  await writeFile(script, content);
  const parent = spawn(process.execPath, [script], { stdio: ['ignore', 'pipe', 'inherit'] });
  let output = '';
  parent.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text;
  });
  const family = await familyOf(() => output);
  return {
    parent,
    family,
    async [Symbol.asyncDispose]() {
      for (const pid of family.filter(isAlive)) process.kill(pid, 'SIGKILL');
      await rm(folder, { recursive: true });
    },
  };
}

for (const signal of ['SIGTERM', 'SIGINT', 'SIGKILL'] as const) {
  test(`a guarded server and its child processes end when their parent is ended by ${signal}`, options, async () => {
    await using started = await startParent(GUARDED);
    started.parent.kill(signal);
    await once(started.parent, 'exit');
    assert.ok(await haveAllEnded(started.family), 'a process is still running');
  });
}

test('a process without a guard survives its parent, and the test detects it', options, async () => {
  await using started = await startParent(UNGUARDED);
  started.parent.kill('SIGKILL');
  await once(started.parent, 'exit');
  await sleep(200);
  assert.ok(started.family.every(isAlive));
});

test('disposing of a guarded server ends the server and its child processes', options, async () => {
  let family: number[];
  {
    await using server = spawnGuarded(process.execPath, ['-e', FAMILY]);
    family = await familyOf(server.output);
    assert.ok(family.every(isAlive));
  }
  assert.ok(await haveAllEnded(family));
});

test('startServer rejects with the output of a server that exits during startup', async () => {
  await assert.rejects(
    startServer({
      name: 'broken',
      command: process.execPath,
      args: () => ['-e', 'console.error("no port"); process.exit(3)'],
    }),
    /broken exited during startup. Output:\nno port/,
  );
  await assert.rejects(startServer({ name: 'absent', command: 'no-such-command', args: () => [] }), /ENOENT/);
});
