import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { parse } from 'yaml';
import { type RunResult, runAction } from './runner.ts';

const PROJECT = dirname(dirname(import.meta.dirname));
const DIST = dirname(process.env['ACTION_ENTRY'] ?? 'dist/index.js');

/** Step in the YAML of a workflow. */
interface WorkflowStep {
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
  /** Log of the step. */
  readonly log: string;
}

export interface JobOptions {
  /** YAML of the workflow, which has one job. */
  readonly workflow: string;
  /** Inputs to add to every step of this project. An input with the value '' replaces the one of the workflow. */
  readonly inputs: Readonly<Record<string, string>>;
  /** Environment of the job. */
  readonly env: Readonly<Record<string, string>>;
  /** Runs the other steps: scripts, and Actions of other projects. Default: runs scripts in Bash. */
  readonly runOther?: (step: WorkflowStep) => Promise<void> | undefined;
}

/** Result of a job. Dispose of it to remove the folders of its steps. */
export interface JobResult extends AsyncDisposable {
  readonly conclusion: 'success' | 'failure';
  readonly steps: readonly FinishedStep[];
  /** Results of the post steps, in the order in which they ran. */
  readonly posts: readonly RunResult[];
}

/**
 * Runs the steps of a job in order like a runner, then the post steps in reverse order, also after a failure. Supports
 * the expressions that the examples use, and throws for others.
 */
export async function runJob({ workflow, inputs, env, runOther = () => undefined }: JobOptions): Promise<JobResult> {
  const { jobs } = parse(workflow) as { readonly jobs: Readonly<Record<string, { readonly steps: WorkflowStep[] }>> };
  const [job, ...others] = Object.values(jobs);
  if (!job || others.length > 0) throw new Error('the workflow must have one job');
  await using stack = new AsyncDisposableStack();
  const steps: FinishedStep[] = [];
  let hasFailed = false;
  const resolve = (text: string) =>
    text.replace(/\$\{\{ (.+?) \}\}/g, (_, expression: string) => resultOf(expression, steps));
  const stepRunner = { inputs, env, resolve, runOther };
  for (const step of job.steps) {
    if (hasFailed || (step.if !== undefined && !isTrue(step.if, steps))) {
      steps.push({ step, outcome: 'skipped', result: undefined, log: '' });
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
    const post = await runAction({ ...action.files, postOf: result, inputs: inputsOf(step, stepRunner), env });
    posts.push(stack.use(post));
  }
  const resources = stack.move();
  return {
    conclusion: hasFailed ? 'failure' : 'success',
    steps,
    posts,
    [Symbol.asyncDispose]: () => resources.disposeAsync(),
  };
}

interface StepRunner extends Required<Omit<JobOptions, 'workflow'>> {
  /** Replaces expressions by their values. */
  readonly resolve: (text: string) => string;
}

async function runStep(step: WorkflowStep, runner: StepRunner): Promise<FinishedStep> {
  const action = actionOf(step);
  if (action) {
    const result = await runAction({ ...action.files, inputs: inputsOf(step, runner), env: runner.env });
    return { step, outcome: result.exitCode === 0 ? 'success' : 'failure', result, log: result.log };
  }
  const { with: given = {}, env = {} } = step;
  const resolved: WorkflowStep = { ...step, with: resolvedValues(given, runner), env: resolvedValues(env, runner) };
  const other = runner.runOther(resolved);
  if (other) {
    await other;
    return { step, outcome: 'success', result: undefined, log: '' };
  }
  if (step.run === undefined) throw new Error(`no Action runs for ${step.uses}`);
  // As a runner starts Bash
  const bash = spawnSync('bash', ['--noprofile', '--norc', '-eo', 'pipefail', '-c', step.run], {
    env: { PATH: process.env['PATH'], ...resolved.env },
    encoding: 'utf8',
  });
  return {
    step,
    outcome: bash.status === 0 ? 'success' : 'failure',
    result: undefined,
    log: `${bash.stdout}${bash.stderr}`,
  };
}

/** Returns the files of an Action of this project; undefined for other steps. */
function actionOf({ uses = '' }: WorkflowStep) {
  const [isOwn, name] = /^[\w-]+\/dynamodb-to-s3(?:\/([a-z-]+))?@v\d+$/.exec(uses) ?? [];
  if (isOwn === undefined) return undefined;
  const actionFile = join(PROJECT, name ?? '', 'action.yml');
  const { runs } = parse(readFileSync(actionFile, 'utf8')) as { readonly runs: { readonly main: string } };
  return { runs, files: { actionFile, entry: join(DIST, runs.main.replace(/^.*\//, '')) } };
}

function inputsOf({ with: given = {} }: WorkflowStep, runner: StepRunner): Record<string, string> {
  return { ...resolvedValues(given, runner), ...runner.inputs };
}

function resolvedValues(values: Readonly<Record<string, unknown>>, { resolve }: StepRunner): Record<string, string> {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, resolve(String(value))]));
}

function resultOf(expression: string, steps: readonly FinishedStep[]): string {
  if (expression === 'github.run_id') return '1658821493';
  const [, id, output = ''] = /^steps\.([\w-]+)\.outputs\.([\w-]+)$/.exec(expression) ?? [];
  const finished = steps.find(({ step }) => step.id === id);
  if (id === undefined || !finished) throw new Error(`the expression ${expression} is not supported`);
  return finished.result?.outputs[output] ?? '';
}

function isTrue(condition: string, steps: readonly FinishedStep[]): boolean {
  const [, expression] = /^(\S+) != ''$/.exec(condition) ?? [];
  if (expression === undefined) throw new Error(`the condition ${condition} is not supported`);
  return resultOf(expression, steps) !== '';
}
