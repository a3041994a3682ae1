import { execFileSync } from 'node:child_process';
import { cp, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { spawnGuarded } from '../emulators/server-process.ts';

/** Files that no test of a mutant reads, or that a copy must have for itself. */
const NOT_COPIED = new Set(['.git', '.peers', 'build', 'node_modules']);

/** Result of a command: ended with 0, ended otherwise, or was stopped at its time limit. */
export type CommandResult = 'passed' | 'failed' | 'timed out';

/** A copy of the project in which files can be changed and tests run. */
export interface ProjectCopy extends AsyncDisposable {
  /** Replaces a file until `restore` is called. Paths are relative to the project. */
  readonly write: (path: string, content: string) => Promise<void>;
  readonly restore: () => Promise<void>;
  /** Runs a command in the copy with the Node of the Action. Stops it when its output matches `stopAt`: it has failed. */
  readonly run: (args: readonly string[], options: RunOptions) => Promise<CommandResult>;
}

export interface RunOptions {
  readonly timeoutMs: number;
  readonly env?: Readonly<Record<string, string>>;
  readonly stopAt?: RegExp;
}

export async function copyProject(project: string): Promise<ProjectCopy> {
  const root = await mkdtemp(join(tmpdir(), 'mutants-'));
  for (const name of await readdir(project)) {
    if (!NOT_COPIED.has(name)) await cp(join(project, name), join(root, name), { recursive: true });
  }
  await linkPackages(join(project, 'node_modules'), join(root, 'node_modules'));
  // Some tests check the files that Git tracks.
  for (const args of [
    ['init', '--quiet'],
    ['add', '--all'],
  ])
    execFileSync('git', args, { cwd: root });
  const originals = new Map<string, string>();
  return {
    async write(path, content) {
      if (!originals.has(path)) originals.set(path, await readFile(join(root, path), 'utf8'));
      await writeFile(join(root, path), content);
    },
    async restore() {
      for (const [path, content] of originals) await writeFile(join(root, path), content);
      originals.clear();
    },
    run: (args, options) => runIn(root, args, options),
    [Symbol.asyncDispose]: () => rm(root, { recursive: true, force: true, maxRetries: 3 }),
  };
}

/** Links each package. The folder itself cannot be a link, because the tests of each copy have a cache in it. */
async function linkPackages(from: string, to: string): Promise<void> {
  await mkdir(to);
  for (const name of await readdir(from)) {
    if (name !== '.cache') await symlink(join(from, name), join(to, name));
  }
}

async function runIn(
  cwd: string,
  args: readonly string[],
  { timeoutMs, env, stopAt }: RunOptions,
): Promise<CommandResult> {
  await using command = spawnGuarded(process.execPath, args, { cwd, env: { ...process.env, ...env } });
  const deadline = performance.now() + timeoutMs;
  const ended = command.ended.then((code) => (code === 0 ? ('passed' as const) : ('failed' as const)));
  for (;;) {
    const result = await Promise.race([ended, sleep(200)]);
    if (result) return result;
    if (stopAt?.test(command.output())) return 'failed';
    if (performance.now() > deadline) return 'timed out';
  }
}
