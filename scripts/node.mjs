// Runs a script with the Node version of the Action: `node scripts/node.mjs test/run/run.ts slow`. First installs the
// packages in the lockfile if any is missing, so `npm test` works as the first command after a clone. Plain JavaScript
// without dependencies, because the Node version of the machine can be older than that of the Action.
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { constants } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const isWindows = process.platform === 'win32';

/** Returns true if node_modules holds every version in the lockfile. npm writes a lockfile there when it finishes. */
function isInstalled() {
  try {
    const wanted = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')).packages;
    const installed = JSON.parse(readFileSync(join(root, 'node_modules', '.package-lock.json'), 'utf8')).packages;
    return Object.entries(wanted).every(
      ([path, entry]) => path === '' || entry.optional || installed[path]?.version === entry.version,
    );
  } catch {
    return false;
  }
}

/** Runs a command and exits with its exit code if it fails. After a signal, the exit code is 128 plus its number. */
function run(command, args, options) {
  const { status, signal, error } = spawnSync(command, args, options);
  if (error) throw error;
  if (status !== 0) process.exit(status ?? 128 + constants.signals[signal]);
}

if (!isInstalled()) {
  const stdio = ['ignore', 'inherit', 'inherit'];
  run('npm', ['ci', '--no-audit', '--no-fund'], { cwd: root, stdio, shell: isWindows });
}

const bin = join(root, 'node_modules', 'node', 'bin');
// npm puts the Node of the machine first in PATH. Scripts that start `node` by name must get the Node of the Action.
const PATH = `${bin}${isWindows ? ';' : ':'}${process.env.PATH}`;
run(join(bin, isWindows ? 'node.exe' : 'node'), process.argv.slice(2), {
  cwd: root,
  stdio: 'inherit',
  env: { ...process.env, PATH },
});
