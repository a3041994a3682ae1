import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';

const PROJECT = dirname(import.meta.dirname);

/** Commit to which the targets of baseline-figures.ts refer. `--check` measures it by default. */
export const DEFAULT_BASELINE = '369326c39605';

/** Another version of the Action, whose dist/ is measured in the same rounds as the dist/ of the project. */
export type Baseline = { readonly name: string } & ({ readonly commit: string } | { readonly folder: string });

/** Files of the built Action. Older versions have fewer files in dist/. */
export interface BaselineProgram {
  readonly name: string;
  readonly entry: string;
  /** Its action.yml, because the defaults of inputs can differ; undefined if the folder has none. */
  readonly actionFile: string | undefined;
}

/**
 * Returns the baseline to measure; undefined if none was requested, or if the default of `check` is not in the
 * repository. `requested` is a folder that contains dist/, relative to the project, or a commit.
 *
 * @throws if `requested` is neither
 */
export function findBaseline(requested: string | undefined, check: boolean): Baseline | undefined {
  if (requested === undefined) return check ? commitNamed(DEFAULT_BASELINE) : undefined;
  const folder = resolve(PROJECT, requested);
  if (existsSync(join(folder, 'dist', 'index.js'))) return { name: `folder ${basename(folder)}`, folder };
  const found = commitNamed(requested);
  if (found) return found;
  throw new Error(
    `--baseline: "${requested}" is invalid. Use a commit of this repository that contains dist/index.js, or a folder that contains dist/index.js`,
  );
}

/** Copies dist/ and action.yml of the baseline to the folder `into`, which is replaced. */
export function buildBaseline(baseline: Baseline, into: string): BaselineProgram {
  rmSync(into, { recursive: true, force: true });
  mkdirSync(into, { recursive: true });
  if ('commit' in baseline) {
    for (const path of filesOf(baseline.commit)) {
      mkdirSync(dirname(join(into, path)), { recursive: true });
      writeFileSync(join(into, path), git('show', `${baseline.commit}:./${path}`));
    }
  } else {
    for (const path of FILES.filter((name) => existsSync(join(baseline.folder, name)))) {
      cpSync(join(baseline.folder, path), join(into, path), { recursive: true });
    }
  }
  const actionFile = join(into, 'action.yml');
  return {
    name: baseline.name,
    entry: join(into, 'dist', 'index.js'),
    actionFile: existsSync(actionFile) ? actionFile : undefined,
  };
}

const FILES = ['action.yml', 'dist'];

/** Returns the commit if it is in the repository and contains dist/index.js. */
function commitNamed(name: string): Baseline | undefined {
  try {
    const commit = git('rev-parse', '--verify', '--end-of-options', `${name}^{commit}`).toString().trim();
    return filesOf(commit).includes('dist/index.js') ? { name: `commit ${commit}`, commit } : undefined;
  } catch {
    return undefined;
  }
}

/** Returns the paths of the files of the built Action in a commit, relative to the project. */
function filesOf(commit: string): string[] {
  return git('ls-tree', '-r', '-z', '--name-only', commit, '--', ...FILES)
    .toString()
    .split('\0')
    .filter((path) => path !== '');
}

/** @throws if Git is not installed or the command fails */
function git(...args: readonly string[]): Buffer {
  const { status, error, stdout, stderr } = spawnSync('git', args, { cwd: PROJECT, maxBuffer: 256 * 1024 * 1024 });
  if (status === 0) return stdout;
  throw new Error(`git ${args.join(' ')} failed with exit code ${status}\n${stderr ?? ''}`, { cause: error });
}
