import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { basename, dirname, isAbsolute, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { assertNoLeak, secretsIn } from '../fixtures/leaks.ts';
import { createStepFolder, type StepFolder } from './runner-files.ts';
import { parseLog, type WorkflowCommand } from './runner-log.ts';
import { type StepOptions, stepEnvironment } from './step-environment.ts';

const PROJECT = dirname(dirname(import.meta.dirname));

/** State for the `post` of a step: a `RunResult`, or a `RunningAction` whose end the `post` does not wait for. */
export interface MainStep {
  /** State that the step has saved so far. */
  readonly state: Readonly<Record<string, string>>;
  /** RUNNER_TEMP, which all steps of a job share. */
  readonly temp: string;
}

export interface RunOptions extends Omit<StepOptions, 'state'> {
  /**
   * Script to run. Default: the variable ACTION_ENTRY, or dist/index.js. A `post` runs post.js in the same folder, or
   * restore-post.js for restore.js, or the same script if post.js does not exist, because older builds use one file for
   * both.
   */
  readonly entry?: string;
  /** Runs the `post` of this step instead of its main script. */
  readonly postOf?: MainStep;
  /** Folder to use as GITHUB_WORKSPACE. Default: an empty folder in the temporary folder of the step. */
  readonly workspace?: string;
  /** Flags for node, which a runner never sets, such as `--max-old-space-size` for measurements. */
  readonly nodeFlags?: readonly string[];
  /** Returns secrets that are issued during the run. Like those in the environment, they must not leak. */
  readonly secrets?: () => Iterable<string>;
  /** Timeout after which the step is killed and the run rejects. Default: 60 s. */
  readonly timeoutMs?: number;
}

/** Result of a step. Dispose of it (`await using`) to remove the temporary folder of the step. */
export interface RunResult extends AsyncDisposable {
  readonly exitCode: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
  /** Log as on GitHub: both streams in order of arrival, with rendered commands and masks. */
  readonly log: string;
  readonly commands: readonly WorkflowCommand[];
  /** Messages of the `::error::` commands. */
  readonly errors: readonly string[];
  /** Messages of the `::warning::` commands. */
  readonly warnings: readonly string[];
  /** Messages of the `::notice::` commands. */
  readonly notices: readonly string[];
  readonly outputs: Readonly<Record<string, string>>;
  readonly state: Readonly<Record<string, string>>;
  /** Variables that the step exported to later steps with GITHUB_ENV. */
  readonly exportedEnv: Readonly<Record<string, string>>;
  readonly summary: string;
  /** Observed peak of the resident memory; undefined if the system does not report it. Linux reports it. */
  readonly peakRssBytes: number | undefined;
  readonly durationMs: number;
  readonly workspace: string;
  readonly folder: string;
  /** RUNNER_TEMP of the step. */
  readonly temp: string;
}

/** A step that is running. */
export interface RunningAction extends MainStep {
  readonly pid: number;
  /** Returns the output so far. */
  readonly output: () => string;
  /** Resolves when the output matches `pattern`; rejects if the step ends before that. */
  readonly printed: (pattern: RegExp) => Promise<void>;
  readonly kill: (signal: NodeJS.Signals) => void;
  /** Ends the step like a runner after a cancellation or timeout: SIGINT, 7.5 s, SIGTERM, 2.5 s, SIGKILL. */
  readonly cancel: () => void;
  readonly result: Promise<RunResult>;
}

/**
 * Runs the Action as a step of a job. `stepEnvironment` documents the differences from a runner. Rejects if the step
 * leaks a secret into its output or files.
 */
export async function runAction(options: RunOptions = {}): Promise<RunResult> {
  return await startAction(options).result;
}

/** Starts the Action like a runner: `node <entry>` in the workspace, with a new environment. */
export function startAction(options: RunOptions = {}): RunningAction {
  const { timeoutMs = 60_000 } = options;
  const folder = createStepFolder(options.workspace);
  const startedAt = performance.now();
  const env = environmentOf(options, folder);
  const temp = env['RUNNER_TEMP'] as string;
  const child = spawnStep(scriptOf(options), options, folder, env);
  const output = collect(child);
  const rss = watchRss(child);
  const ended = new AbortController();
  const killIfRunning = (signal: NodeJS.Signals, afterMs: number): Promise<boolean> =>
    sleep(afterMs, undefined, { signal: ended.signal }).then(
      () => child.kill(signal),
      () => false,
    );

  let timedOut = false;
  void killIfRunning('SIGKILL', timeoutMs).then((killed) => {
    timedOut = killed;
  });
  const finish = async (): Promise<RunResult> => {
    try {
      const [exitCode, signal] = (await once(child, 'close')) as [number | null, NodeJS.Signals | null];
      ended.abort();
      if (timedOut) {
        throw new Error(`The Action did not end within ${timeoutMs} ms and was killed. Output:\n${output.all()}`);
      }
      assertNoLeak([...secretsIn(env), ...(options.secrets?.() ?? [])], output.all(), folder);
      return describeRun({ exitCode, signal, output, folder, temp, rss, durationMs: performance.now() - startedAt });
    } catch (error) {
      folder[Symbol.dispose]();
      throw error;
    } finally {
      ended.abort();
      rss.stop();
    }
  };
  const result = finish();
  // The caller can await the result much later. Until then, a rejection must not count as unhandled.
  result.catch(() => undefined);
  return {
    get state() {
      return folder.state();
    },
    temp,
    pid: child.pid ?? -1,
    output: output.all,
    printed: (pattern) => printed(child, output, pattern),
    kill: (signal) => child.kill(signal),
    cancel() {
      child.kill('SIGINT');
      void killIfRunning('SIGTERM', 7_500).then((sent) => sent && killIfRunning('SIGKILL', 2_500));
    },
    result,
  };
}

function scriptOf({ entry = process.env['ACTION_ENTRY'] ?? 'dist/index.js', postOf }: RunOptions): string {
  const main = isAbsolute(entry) ? entry : join(PROJECT, entry);
  const post = join(dirname(main), basename(main) === 'restore.js' ? 'restore-post.js' : 'post.js');
  return postOf && existsSync(post) ? post : main;
}

function environmentOf(options: RunOptions, folder: StepFolder): Record<string, string> {
  try {
    const { postOf, ...step } = options;
    if (!postOf) return stepEnvironment(step, folder.env);
    return stepEnvironment({ ...step, state: postOf.state }, { ...folder.env, RUNNER_TEMP: postOf.temp });
  } catch (error) {
    folder[Symbol.dispose]();
    throw error;
  }
}

function spawnStep(
  script: string,
  options: RunOptions,
  folder: StepFolder,
  env: Readonly<Record<string, string>>,
): ChildProcess {
  try {
    return spawn(process.execPath, [...(options.nodeFlags ?? []), script], {
      cwd: folder.workspace,
      env,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
  } catch (error) {
    folder[Symbol.dispose]();
    throw error;
  }
}

interface Output {
  readonly stdout: () => string;
  readonly stderr: () => string;
  /** Both streams, line by line in order of arrival. */
  readonly all: () => string;
}

function collect(child: ChildProcess): Output {
  const texts = { stdout: '', stderr: '', all: '' };
  for (const name of ['stdout', 'stderr'] as const) {
    let partial = '';
    child[name]?.setEncoding('utf8').on('data', (chunk: string) => {
      texts[name] += chunk;
      // A chunk of the other stream must not split a line.
      const end = chunk.lastIndexOf('\n') + 1;
      if (end > 0) {
        texts.all += partial + chunk.slice(0, end);
        partial = '';
      }
      partial += chunk.slice(end);
    });
    child[name]?.on('end', () => {
      texts.all += partial;
    });
  }
  return { stdout: () => texts.stdout, stderr: () => texts.stderr, all: () => texts.all };
}

async function printed(child: ChildProcess, output: Output, pattern: RegExp): Promise<void> {
  while (!pattern.test(output.all())) {
    if (child.exitCode !== null || child.signalCode !== null) {
      throw new Error(`The Action ended, and its output does not match ${pattern}. Output:\n${output.all()}`);
    }
    await sleep(10);
  }
}

/** Polls the peak memory that Linux reports in /proc while a process runs. Only its last moments can be missed. */
function watchRss(child: ChildProcess): { readonly peak: () => number | undefined; readonly stop: () => void } {
  let peak: number | undefined;
  const timer = setInterval(() => {
    try {
      const kibibytes = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${child.pid}/status`, 'utf8'))?.[1];
      peak = kibibytes === undefined ? peak : Number(kibibytes) * 1024;
    } catch {
      // Not Linux, or the process has ended: keeps the last value.
    }
  }, 50);
  return { peak: () => peak, stop: () => clearInterval(timer) };
}

interface Ended {
  readonly exitCode: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly output: Output;
  readonly folder: StepFolder;
  readonly temp: string;
  readonly rss: ReturnType<typeof watchRss>;
  readonly durationMs: number;
}

function describeRun({ exitCode, signal, output, folder, temp, rss, durationMs }: Ended): RunResult {
  const { commands, text } = parseLog(output.all());
  const messages = (name: string): string[] => commands.filter((c) => c.name === name).map((c) => c.message);
  return {
    exitCode,
    signal,
    stdout: output.stdout(),
    stderr: output.stderr(),
    log: text,
    commands,
    errors: messages('error'),
    warnings: messages('warning'),
    notices: messages('notice'),
    outputs: folder.outputs(),
    state: folder.state(),
    exportedEnv: folder.exportedEnv(),
    summary: folder.summary(),
    peakRssBytes: rss.peak(),
    durationMs,
    workspace: folder.workspace,
    folder: folder.path,
    temp,
    async [Symbol.asyncDispose]() {
      folder[Symbol.dispose]();
    },
  };
}
