import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Files and folders that a runner creates for a step, in one temporary folder. */
export interface StepFolder extends Disposable {
  readonly path: string;
  readonly workspace: string;
  /** Variables that contain the paths of the files and folders. */
  readonly env: Readonly<Record<string, string>>;
  readonly outputs: () => Record<string, string>;
  readonly state: () => Record<string, string>;
  readonly exportedEnv: () => Record<string, string>;
  readonly summary: () => string;
}

const COMMAND_FILES = ['OUTPUT', 'STATE', 'STEP_SUMMARY', 'ENV', 'PATH'] as const;

/** Folders that have not been disposed of. They are removed when this process exits. */
const openFolders = new Set<string>();
process.on('exit', () => {
  for (const folder of openFolders) {
    rmSync(folder, { recursive: true, force: true });
  }
});

/** Creates the folder of a step. If `workspace` is set, it is used instead of a new empty workspace. */
export function createStepFolder(workspace?: string): StepFolder {
  const path = mkdtempSync(join(tmpdir(), `step-${process.pid}-`));
  openFolders.add(path);
  const folder = (name: string): string => {
    mkdirSync(join(path, name));
    return join(path, name);
  };
  const read = (name: string): string => readFileSync(join(path, name), 'utf8');
  const env: Record<string, string> = {
    HOME: folder('home'),
    GITHUB_WORKSPACE: workspace ?? folder('workspace'),
    RUNNER_TEMP: folder('temp'),
    RUNNER_TOOL_CACHE: folder('tools'),
    GITHUB_EVENT_PATH: join(path, 'event.json'),
  };
  writeFileSync(join(path, 'event.json'), '{}');
  for (const name of COMMAND_FILES) {
    // The runner creates the files empty, and an Action can rely on their existence.
    writeFileSync(join(path, name), '');
    env[`GITHUB_${name}`] = join(path, name);
  }
  return {
    path,
    workspace: env['GITHUB_WORKSPACE'] as string,
    env,
    outputs: () => parseKeyValueFile(read('OUTPUT')),
    state: () => parseKeyValueFile(read('STATE')),
    exportedEnv: () => parseKeyValueFile(read('ENV')),
    summary: () => read('STEP_SUMMARY'),
    [Symbol.dispose]() {
      rmSync(path, { recursive: true, force: true });
      openFolders.delete(path);
    },
  };
}

/**
 * Parses the file format of GITHUB_OUTPUT, GITHUB_STATE and GITHUB_ENV like the runner (class EnvFileKeyValuePairs):
 * `name=value` lines and `name<<delimiter` blocks. Throws the same errors as the runner.
 */
export function parseKeyValueFile(text: string): Record<string, string> {
  const pairs = new Map<string, string>();
  let index = 0;
  const nextLine = (): { line: string; ended: boolean } | undefined => {
    if (index >= text.length) {
      return undefined;
    }
    const end = text.indexOf('\n', index);
    const line = end < 0 ? text.slice(index) : text.slice(index, end);
    index = end < 0 ? text.length : end + 1;
    return { line, ended: end >= 0 };
  };

  for (let next = nextLine(); next !== undefined; next = nextLine()) {
    const { line } = next;
    if (line === '') {
      continue;
    }
    const equals = line.indexOf('=');
    const heredoc = line.indexOf('<<');
    if (heredoc >= 0 && (equals < 0 || heredoc < equals)) {
      const name = line.slice(0, heredoc);
      const delimiter = line.slice(heredoc + 2);
      if (name === '' || delimiter === '') {
        throw new Error(`Invalid format '${line}'. Name must not be empty and delimiter must not be empty`);
      }
      const lines: string[] = [];
      for (let inner = nextLine(); inner?.line !== delimiter; inner = nextLine()) {
        if (inner === undefined) {
          throw new Error(`Invalid value. Matching delimiter not found '${delimiter}'`);
        }
        if (!inner.ended) {
          throw new Error('Invalid value. EOF value must end with new line');
        }
        lines.push(inner.line);
      }
      pairs.set(name, lines.join('\n'));
    } else if (equals > 0) {
      pairs.set(line.slice(0, equals), line.slice(equals + 1));
    } else {
      throw new Error(`Invalid format '${line}'`);
    }
  }
  return Object.fromEntries(pairs);
}
