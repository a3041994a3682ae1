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

/** Process groups, which the guard ends, are not to be had on Windows; no peer is started there. */
const options = { skip: process.platform === 'win32' };

const MODULE = JSON.stringify(join(import.meta.dirname, 'server-process.ts'));

/** A server that has started another process of its own, and says both ids. */
const FAMILY = `
  const child = require('node:child_process').spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)']);
  console.log(process.pid + ' ' + child.pid);
  setInterval(() => {}, 1000);
`;

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    // A process that has ended keeps its id until its new parent asks for its exit code, which may take a while.
    return process.platform !== 'linux' || !/^State:\tZ/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}

async function allGone(pids: readonly number[]): Promise<boolean> {
  for (let attempt = 0; attempt < 100 && pids.some(isAlive); attempt++) {
    await sleep(20);
  }
  return !pids.some(isAlive);
}

/** The ids that a family prints, once it has. */
async function familyOf(output: () => string): Promise<number[]> {
  for (;;) {
    const ids = /(\d+) (\d+)\n/.exec(output());
    if (ids !== null) {
      return [Number(ids[1]), Number(ids[2])];
    }
    await sleep(10);
  }
}

/** A process that starts a family, under guard or not, and waits. */
async function parentOf(guarded: boolean): Promise<{ parent: ChildProcess; family: number[] } & AsyncDisposable> {
  const folder = await mkdtemp(join(tmpdir(), 'parent-'));
  const script = join(folder, 'parent.mjs');
  await writeFile(
    script,
    guarded
      ? `import { spawnGuarded } from ${MODULE};
         spawnGuarded(process.execPath, ['-e', ${JSON.stringify(FAMILY)}], { show: true });`
      : `import { spawn } from 'node:child_process';
         spawn(process.execPath, ['-e', ${JSON.stringify(FAMILY)}], { stdio: 'inherit', detached: true });`,
  );
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
  test(`a server and what it started end with their parent, by ${signal}`, options, async () => {
    await using started = await parentOf(true);
    started.parent.kill(signal);
    await once(started.parent, 'exit');
    assert.ok(await allGone(started.family), 'a process survived');
  });
}

test('a process that nobody guards survives its parent, and is seen to', options, async () => {
  await using started = await parentOf(false);
  started.parent.kill('SIGKILL');
  await once(started.parent, 'exit');
  await sleep(200);
  assert.ok(started.family.every(isAlive));
});

test('disposing of a server ends all it started', options, async () => {
  let family: number[];
  {
    await using server = spawnGuarded(process.execPath, ['-e', FAMILY]);
    family = await familyOf(server.output);
    assert.ok(family.every(isAlive));
  }
  assert.ok(await allGone(family));
});

test('a server that does not come up says what it printed', async () => {
  await assert.rejects(
    startServer({
      name: 'broken',
      command: process.execPath,
      args: () => ['-e', 'console.error("no port"); process.exit(3)'],
    }),
    /broken ended at once. It printed:\nno port/,
  );
  await assert.rejects(startServer({ name: 'absent', command: 'no-such-command', args: () => [] }), /ENOENT/);
});
