import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, isAbsolute, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { assertNoLeak, secretsIn } from '../fixtures/leaks.ts';
import { createStepFolder, type StepFolder } from './runner-files.ts';
import { parseLog, type WorkflowCommand } from './runner-log.ts';
import { type StepOptions, stepEnvironment } from './step-environment.ts';

const PROJECT = dirname(dirname(import.meta.dirname));

/** What a step leaves to its `post`: a `RunResult`, or a `RunningAction` that its `post` is not to wait for. */
export interface MainStep {
  /** What it has saved so far. */
  readonly state: Readonly<Record<string, string>>;
  /** RUNNER_TEMP, which all stages of a job share. */
  readonly temp: string;
}

export interface RunOptions extends Omit<StepOptions, 'state'> {
  /**
   * The script to run: dist/index.js, or the value of the variable ACTION_ENTRY, unless set here. A `post` is post.js
   * beside it, or the same script if there is none: older builds have one file for both.
   */
  readonly entry?: string;
  /** Runs the `post` of this step instead of a step. */
  readonly postOf?: MainStep;
  /** A folder to use as GITHUB_WORKSPACE. Unset: an empty one, in the step's own temporary folder. */
  readonly workspace?: string;
  /** Flags for node itself, which a runner never passes: for measurements such as `--max-old-space-size`. */
  readonly nodeFlags?: readonly string[];
  /** Secrets that come up during the run, beside those of its environment: none may be found in what it leaves behind. */
  readonly secrets?: () => Iterable<string>;
  /** A step that has not ended by then is killed, and the run rejects. 60 s unless set. */
  readonly timeoutMs?: number;
}

/** What a finished step left behind. Dispose of it (`await using`) to remove the step's temporary folder. */
export interface RunResult extends AsyncDisposable {
  readonly exitCode: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
  /** The log as a person sees it on GitHub: both streams in order of arrival, commands rendered, masks applied. */
  readonly log: string;
  readonly commands: readonly WorkflowCommand[];
  /** The messages of the `::error::`, `::warning::` and `::notice::` commands. */
  readonly errors: readonly string[];
  readonly warnings: readonly string[];
  readonly notices: readonly string[];
  readonly outputs: Readonly<Record<string, string>>;
  readonly state: Readonly<Record<string, string>>;
  /** What it exported to later steps with GITHUB_ENV. */
  readonly exportedEnv: Readonly<Record<string, string>>;
  readonly summary: string;
  /** The highest resident memory seen, where the system tells (Linux). */
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
  /** Everything printed so far. */
  readonly output: () => string;
  /** Resolves once `pattern` has been printed; rejects where the step ends without. */
  readonly printed: (pattern: RegExp) => Promise<void>;
  readonly kill: (signal: NodeJS.Signals) => void;
  /** Ends the step as a runner ends a cancelled or timed-out one: SIGINT, 7.5 s, SIGTERM, 2.5 s, SIGKILL. */
  readonly cancel: () => void;
  readonly result: Promise<RunResult>;
}

/**
 * Runs the Action to its end as a step of a job. `stepEnvironment` tells what differs from a runner. Rejects where a
 * secret of the step is to be found in what it left behind.
 */
export async function runAction(options: RunOptions = {}): Promise<RunResult> {
  return await startAction(options).result;
}

/** Starts the Action the way a runner does: `node <entry>` in the workspace, with an environment built from scratch. */
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
  const endIfStillThere = (signal: NodeJS.Signals, afterMs: number): Promise<boolean> =>
    sleep(afterMs, undefined, { signal: ended.signal }).then(
      () => child.kill(signal),
      () => false,
    );

  let timedOut = false;
  void endIfStillThere('SIGKILL', timeoutMs).then((killed) => {
    timedOut = killed;
  });
  const finish = async (): Promise<RunResult> => {
    try {
      const [exitCode, signal] = (await once(child, 'close')) as [number | null, NodeJS.Signals | null];
      ended.abort();
      if (timedOut) {
        throw new Error(`the Action had not ended after ${timeoutMs} ms and was killed. It printed:\n${output.all()}`);
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
  // Whoever started the step may look at its result much later; until then a rejection is not an unhandled one.
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
      void endIfStillThere('SIGTERM', 7_500).then((sent) => sent && endIfStillThere('SIGKILL', 2_500));
    },
    result,
  };
}

function scriptOf({ entry = process.env['ACTION_ENTRY'] ?? 'dist/index.js', postOf }: RunOptions): string {
  const main = isAbsolute(entry) ? entry : join(PROJECT, entry);
  const post = join(dirname(main), 'post.js');
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
      // A chunk of the other stream must not land in the middle of a line.
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
      throw new Error(`the Action ended without printing ${pattern}. It printed:\n${output.all()}`);
    }
    await sleep(10);
  }
}

/** Linux keeps a process's peak under /proc while it lives; looking often enough misses only its last moment. */
function watchRss(child: ChildProcess): { readonly peak: () => number | undefined; readonly stop: () => void } {
  let peak: number | undefined;
  const timer = setInterval(() => {
    try {
      const kibibytes = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${child.pid}/status`, 'utf8'))?.[1];
      peak = kibibytes === undefined ? peak : Number(kibibytes) * 1024;
    } catch {
      // No such system, or the process is gone: what was seen so far stands.
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
