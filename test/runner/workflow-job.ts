import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { parse } from 'yaml';
import { type Contexts, isCondition, resolveText } from './expressions.ts';
import { type RunOptions, type RunResult, runAction } from './runner.ts';
import { createStepFolder } from './runner-files.ts';
import { parseLog } from './runner-log.ts';

const PROJECT = dirname(dirname(import.meta.dirname));
const DIST = dirname(process.env['ACTION_ENTRY'] ?? 'dist/index.js');

/** ID of the workflow run in which all jobs run. */
export const RUN_ID = '1658821493';

/** Step in the YAML of a workflow. */
export interface WorkflowStep {
  readonly id?: string;
  readonly if?: string;
  readonly uses?: string;
  readonly run?: string;
  readonly with?: Readonly<Record<string, unknown>>;
  readonly env?: Readonly<Record<string, string>>;
  readonly 'continue-on-error'?: boolean;
}

/** A step that ran, or was skipped. */
export interface FinishedStep {
  readonly step: WorkflowStep;
  readonly outcome: 'success' | 'failure' | 'skipped';
  /** Result of a step of this project; undefined for other steps. */
  readonly result: RunResult | undefined;
  readonly outputs: Readonly<Record<string, string>>;
  /** Values that the step masked with `::add-mask::`. */
  readonly masks: readonly string[];
  /** Log of the step. */
  readonly log: string;
}

export interface StepsOptions {
  /** Inputs to add to every step of this project that has them. The value '' replaces the one of the workflow. */
  readonly inputs: Readonly<Record<string, string>>;
  /** Environment of the job. */
  readonly env: Readonly<Record<string, string>>;
  /** Runs the other steps: scripts, and Actions of other projects. Default: runs scripts in Bash. */
  readonly runOther?: (step: WorkflowStep) => Promise<void> | undefined;
  /** Returns more options for a step of this project, such as a preloaded module. */
  readonly optionsOf?: (step: WorkflowStep, matrix: RunOptions['matrix']) => RunOptions;
}

export interface JobOptions extends StepsOptions {
  /** YAML of the workflow, which has one job. */
  readonly workflow: string;
}

/** Place of a job in its matrix. */
export type MatrixPlace = Pick<RunOptions, 'matrix' | 'jobIndex' | 'maxParallel'>;

/** Result of a job. Dispose of it to remove the folders of its steps. */
export interface JobResult extends AsyncDisposable {
  readonly conclusion: 'success' | 'failure';
  readonly steps: readonly FinishedStep[];
  /** Results of the post steps, in the order in which they ran. */
  readonly posts: readonly RunResult[];
}

/** Runs the only job of a workflow. */
export async function runJob({ workflow, ...options }: JobOptions): Promise<JobResult> {
  const { jobs } = parse(workflow) as { readonly jobs: Readonly<Record<string, { readonly steps: WorkflowStep[] }>> };
  const [job, ...others] = Object.values(jobs);
  if (!job || others.length > 0) throw new Error('the workflow must have one job');
  return runSteps(job.steps, { github: { run_id: RUN_ID } }, options);
}

/**
 * Runs the steps of a job in order like a runner, then the post steps in reverse order, also after a failure. Supports
 * the expressions that the examples use, and throws for others.
 *
 * @param contexts contexts for expressions, except `steps`
 */
export async function runSteps(
  jobSteps: readonly WorkflowStep[],
  contexts: Contexts,
  { inputs, env, runOther = () => undefined, optionsOf = () => ({}) }: StepsOptions,
  place: MatrixPlace = {},
): Promise<JobResult> {
  await using stack = new AsyncDisposableStack();
  const steps: FinishedStep[] = [];
  let hasFailed = false;
  const resolve = (text: string) => resolveText(text, { ...contexts, steps: stepsContext(steps) });
  const stepRunner = { inputs, env, place, resolve, runOther, optionsOf };
  for (const step of jobSteps) {
    const isSkipped =
      hasFailed || (step.if !== undefined && !isCondition(step.if, { ...contexts, steps: stepsContext(steps) }));
    if (isSkipped) {
      steps.push({ step, outcome: 'skipped', result: undefined, outputs: {}, masks: [], log: '' });
      continue;
    }
    const finished = await runStep(step, stepRunner);
    if (finished.result) stack.use(finished.result);
    steps.push(finished);
    hasFailed ||= finished.outcome === 'failure' && step['continue-on-error'] !== true;
  }
  const posts: RunResult[] = [];
  for (const { step, result } of steps.toReversed()) {
    const action = result && actionOf(step);
    if (!action || !('post' in action.runs)) continue;
    const options = { ...action.files, ...place, postOf: result, inputs: inputsOf(step, stepRunner), env };
    posts.push(stack.use(await runAction(options)));
  }
  const resources = stack.move();
  return {
    conclusion: hasFailed ? 'failure' : 'success',
    steps,
    posts,
    [Symbol.asyncDispose]: () => resources.disposeAsync(),
  };
}

/** Returns the context `steps`: the outputs of each step that has an ID. */
export function stepsContext(steps: readonly FinishedStep[]): Readonly<Record<string, unknown>> {
  return Object.fromEntries(
    steps.flatMap(({ step, outcome, outputs }) => (step.id === undefined ? [] : [[step.id, { outcome, outputs }]])),
  );
}

interface StepRunner extends Required<StepsOptions> {
  readonly place: MatrixPlace;
  /** Replaces expressions by their values. */
  readonly resolve: (text: string) => string;
}

async function runStep(step: WorkflowStep, runner: StepRunner): Promise<FinishedStep> {
  const action = actionOf(step);
  if (action) {
    const more = runner.optionsOf(step, runner.place.matrix);
    const env = { ...runner.env, ...resolvedValues(step.env ?? {}, runner), ...more.env };
    const result = await runAction({ ...more, ...action.files, ...runner.place, inputs: inputsOf(step, runner), env });
    const masks = result.commands.filter(({ name }) => name === 'add-mask').map(({ message }) => message);
    const { outputs, log } = result;
    return { step, outcome: result.exitCode === 0 ? 'success' : 'failure', result, outputs, masks, log };
  }
  const { with: given = {}, env = {} } = step;
  const resolved: WorkflowStep = { ...step, with: resolvedValues(given, runner), env: resolvedValues(env, runner) };
  const other = runner.runOther(resolved);
  if (other) {
    await other;
    return { step, outcome: 'success', result: undefined, outputs: {}, masks: [], log: '' };
  }
  return runScript(resolved, runner);
}

/** Runs a script as a runner starts Bash. */
async function runScript({ run, uses, env, ...step }: WorkflowStep, runner: StepRunner): Promise<FinishedStep> {
  if (run === undefined) throw new Error(`no Action runs for ${uses}`);
  if (run.includes('${{')) throw new Error('a script must get values from its environment');
  using folder = createStepFolder();
  const bash = spawn('bash', ['--noprofile', '--norc', '-eo', 'pipefail', '-c', run], {
    cwd: folder.workspace,
    env: { PATH: process.env['PATH'], GITHUB_RUN_ID: RUN_ID, ...folder.env, ...runner.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const output: string[] = [];
  for (const stream of [bash.stdout, bash.stderr]) {
    stream.setEncoding('utf8').on('data', (part: string) => output.push(part));
  }
  const [status] = (await once(bash, 'close')) as [number | null];
  const { commands, text } = parseLog(output.join(''));
  return {
    step: { ...step, run },
    outcome: status === 0 ? 'success' : 'failure',
    result: undefined,
    outputs: folder.outputs(),
    masks: commands.filter(({ name }) => name === 'add-mask').map(({ message }) => message),
    log: text,
  };
}

/** Returns the files of an Action of this project; undefined for other steps. */
function actionOf({ uses = '' }: WorkflowStep) {
  const [isOwn, name] = /^[\w-]+\/dynamodb-to-s3(?:\/([a-z-]+))?@v\d+$/.exec(uses) ?? [];
  if (isOwn === undefined) return undefined;
  const actionFile = join(PROJECT, name ?? '', 'action.yml');
  const { runs, inputs } = parse(readFileSync(actionFile, 'utf8')) as {
    readonly runs: { readonly main: string };
    readonly inputs: object;
  };
  return { runs, inputs, files: { actionFile, entry: join(DIST, runs.main.replace(/^.*\//, '')) } };
}

function inputsOf(step: WorkflowStep, runner: StepRunner): Record<string, string> {
  const declared = actionOf(step)?.inputs ?? {};
  const added = Object.entries(runner.inputs).filter(([name]) => name in declared);
  return { ...resolvedValues(step.with ?? {}, runner), ...Object.fromEntries(added) };
}

function resolvedValues(values: Readonly<Record<string, unknown>>, { resolve }: StepRunner): Record<string, string> {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, resolve(String(value))]));
}
