import { parse } from 'yaml';
import { type CallingJob, readCalledWorkflow } from './called-workflow.ts';
import { type Contexts, evaluateExpression, isCondition, resolveText } from './expressions.ts';
import {
  type JobResult,
  RUN_ID,
  runSteps,
  type StepsOptions,
  stepsContext,
  type WorkflowStep,
} from './workflow-job.ts';

/** Job in the YAML of a workflow. Other keys throw, except those that do not change what the job does here. */
interface JobDefinition extends CallingJob {
  readonly needs?: string | readonly string[];
  readonly if?: string;
  readonly strategy?: Strategy;
  readonly outputs?: Readonly<Record<string, string>>;
  /** Undefined if the job calls a reusable workflow. */
  readonly steps?: readonly WorkflowStep[];
}

interface Strategy {
  readonly 'fail-fast'?: boolean;
  readonly 'max-parallel'?: number | string;
  readonly matrix: Readonly<Record<string, unknown>>;
}

const JOB_KEYS = new Set([
  ...['name', 'needs', 'if', 'strategy', 'outputs', 'steps', 'permissions', 'runs-on', 'timeout-minutes'],
  ...['uses', 'with'],
]);

type Matrix = Readonly<Record<string, unknown>>;

/** A job that ended, or was skipped. A job with a matrix is one job for each combination of its values. */
export interface FinishedJob {
  /** Name of the job in the YAML. */
  readonly id: string;
  readonly matrix: Matrix | undefined;
  /** Attempt of the workflow run in which the job ran. */
  readonly attempt: number;
  readonly conclusion: 'success' | 'failure' | 'skipped';
  /** Undefined if the job was skipped, or failed before its first step. */
  readonly result: JobResult | undefined;
  /** Why the job failed before its first step. */
  readonly error?: string;
  /** Outputs of the job, without those that contain a masked value. */
  readonly outputs: Readonly<Record<string, string>>;
  /** Names of the outputs that the runner dropped. */
  readonly droppedOutputs: readonly string[];
}

export interface WorkflowOptions extends StepsOptions {
  /** YAML of the workflow. */
  readonly workflow: string;
  /** Values of secrets of the repository, which the runner masks in every job. */
  readonly secrets?: readonly string[];
  /** More contexts for expressions, such as `secrets`, whose values are masked, or `inputs` of a reusable workflow. */
  readonly contexts?: Contexts;
  /** Called before a job starts, for example to change the servers. */
  readonly beforeJob?: (id: string, matrix: Matrix | undefined, attempt: number) => void | Promise<void>;
}

/** Attempt of a workflow run. Dispose of it to remove the folders of the steps of all attempts. */
export interface WorkflowRun extends AsyncDisposable {
  readonly attempt: number;
  readonly conclusion: 'success' | 'failure';
  /** All jobs, with those that ran in an earlier attempt. */
  readonly jobs: readonly FinishedJob[];
  /** Returns the jobs with this name in the YAML. */
  readonly jobsOf: (id: string) => readonly FinishedJob[];
  /** Returns the log of all jobs, for messages. */
  readonly log: () => string;
  /** Does what "Re-run failed jobs" does: runs the failed jobs again, and all jobs that depend on them. */
  readonly rerunFailedJobs: (change?: Partial<WorkflowOptions>) => Promise<WorkflowRun>;
}

/** Runs all jobs of a workflow in the order of `needs`, as the first attempt. Jobs of a matrix run in parallel. */
export function runWorkflow(options: WorkflowOptions): Promise<WorkflowRun> {
  return runAttempt(options, 1, []);
}

interface WorkflowDefinition {
  readonly permissions?: NonNullable<CallingJob['permissions']>;
  readonly jobs: Readonly<Record<string, JobDefinition>>;
}

async function runAttempt(
  options: WorkflowOptions,
  attempt: number,
  earlier: readonly FinishedJob[],
): Promise<WorkflowRun> {
  await using stack = new AsyncDisposableStack();
  const { jobs: definitions, permissions } = parse(options.workflow) as WorkflowDefinition;
  const jobs: FinishedJob[] = [];
  for (const [id, definition] of inOrder(definitions)) {
    const needed = needsOf(definition);
    const isDependent = jobs.some((job) => needed.includes(job.id) && job.attempt === attempt);
    const kept = isDependent ? [] : earlier.filter((job) => job.id === id && job.conclusion === 'success');
    const started = await runJobsOf({ id, definition, definitions, permissions, attempt, kept }, jobs, options);
    for (const { result } of started) if (result && !kept.some((job) => job.result === result)) stack.use(result);
    jobs.push(...started);
  }
  const resources = stack.move();
  return {
    attempt,
    jobs,
    conclusion: jobs.some(({ conclusion }) => conclusion === 'failure') ? 'failure' : 'success',
    jobsOf: (id) => jobs.filter((job) => job.id === id),
    log: () =>
      jobs
        .flatMap(({ id, error, result }) => [`== ${id} ${error ?? ''}`, ...(result?.steps ?? []).map(({ log }) => log)])
        .join('\n'),
    async rerunFailedJobs(change = {}) {
      const next = await runAttempt({ ...options, ...change }, attempt + 1, jobs);
      resources.use(next);
      return next;
    },
    [Symbol.asyncDispose]: () => resources.disposeAsync(),
  };
}

interface StartedJobs {
  readonly id: string;
  readonly definition: JobDefinition;
  /** All jobs of the workflow. */
  readonly definitions: Readonly<Record<string, JobDefinition>>;
  /** Permissions of the workflow. */
  readonly permissions: CallingJob['permissions'];
  readonly attempt: number;
  /** Successful jobs of an earlier attempt. */
  readonly kept: readonly FinishedJob[];
}

/** Runs a job, or all jobs of its matrix. */
async function runJobsOf(
  { id, definition, definitions, permissions, attempt, kept }: StartedJobs,
  finished: readonly FinishedJob[],
  options: WorkflowOptions,
): Promise<FinishedJob[]> {
  const ended = { id, attempt, matrix: undefined, result: undefined, outputs: {}, droppedOutputs: [] } as const;
  const unknown = Object.keys(definition).filter((key) => !JOB_KEYS.has(key));
  if (unknown.length > 0) throw new Error(`${unknown.join()} of the job ${id} is not supported`);
  const contexts = { github: { run_id: RUN_ID }, ...options.contexts, needs: needsContext(definition, finished) };
  const ancestors = ancestorsOf(id, definitions);
  const before = finished.filter((job) => ancestors.has(job.id)).map(({ conclusion }) => conclusion);
  if (!isStarted(definition, contexts, before)) return [{ ...ended, conclusion: 'skipped' }];
  if (definition.uses !== undefined) {
    if (kept.length > 0) return [...kept];
    const { workflow, inputs, outputs } = readCalledWorkflow(definition, permissions, contexts);
    const run = await runAttempt({ ...options, workflow, contexts: { inputs } }, attempt, []);
    const jobs = Object.fromEntries(run.jobs.map((job) => [job.id, job]));
    const resolved = Object.entries(outputs).map(([name, text]) => [name, resolveText(text, { jobs })]);
    const result = resultOfCall(run);
    return [{ ...ended, conclusion: run.conclusion, result, outputs: Object.fromEntries(resolved) }];
  }
  let matrices: readonly (Matrix | undefined)[];
  try {
    matrices = matricesOf(definition.strategy, contexts);
  } catch (error) {
    // GitHub fails a job whose matrix it cannot create.
    if (!(error instanceof SyntaxError || error instanceof InvalidMatrix)) throw error;
    return [{ ...ended, conclusion: 'failure', error: error.message }];
  }
  const { 'fail-fast': failFast = true, 'max-parallel': limit = matrices.length } = definition.strategy ?? {};
  if (matrices.length > 1 && failFast) throw new Error(`fail-fast of the job ${id} is not supported`);
  const maxParallel = Number(resolveText(String(limit), contexts));
  const jobs: FinishedJob[] = [];
  const queue = matrices.entries();
  const worker = async () => {
    for (const [jobIndex, matrix] of queue) {
      const before = kept.find((job) => JSON.stringify(job.matrix) === JSON.stringify(matrix));
      if (before) {
        jobs[jobIndex] = before;
        continue;
      }
      await options.beforeJob?.(id, matrix, attempt);
      const env = { ...options.env, GITHUB_JOB: id, GITHUB_RUN_ATTEMPT: String(attempt) };
      const inMatrix = { ...contexts, ...(matrix && { matrix }) };
      const place = { ...(matrix && { matrix }), jobIndex, maxParallel };
      const result = await runSteps(definition.steps ?? [], inMatrix, { ...options, env }, place);
      jobs[jobIndex] = {
        ...ended,
        matrix,
        result,
        conclusion: result.conclusion,
        ...outputsOf(definition, result, options),
      };
    }
  };
  await Promise.all(Array.from({ length: Math.min(maxParallel, matrices.length) }, worker));
  return jobs;
}

/** Returns the results of all jobs of a called workflow as one. */
function resultOfCall(run: WorkflowRun): JobResult {
  const results = run.jobs.flatMap(({ result }) => result ?? []);
  return {
    conclusion: run.conclusion,
    steps: results.flatMap(({ steps }) => steps),
    posts: results.flatMap(({ posts }) => posts),
    [Symbol.asyncDispose]: () => run[Symbol.asyncDispose](),
  };
}

/** Returns the outputs of a job as the runner reports them: it drops those that contain a masked value. */
function outputsOf(
  { outputs = {} }: JobDefinition,
  { steps }: JobResult,
  { secrets = [], contexts: { secrets: named = {} } = {} }: WorkflowOptions,
): Pick<FinishedJob, 'outputs' | 'droppedOutputs'> {
  const masks = [
    ...secrets,
    ...Object.values(named as object).map(String),
    ...steps.flatMap(({ masks }) => masks),
  ].flatMap(maskedForms);
  const contexts = { steps: stepsContext(steps) };
  const all = Object.entries(outputs).map(([name, text]) => [name, resolveText(text, contexts)] as const);
  const isMasked = ([, value]: readonly [string, string]) => masks.some((mask) => value.includes(mask));
  return {
    outputs: Object.fromEntries(all.filter((output) => !isMasked(output))),
    droppedOutputs: all.filter(isMasked).map(([name]) => name),
  };
}

/**
 * Returns a secret and its base64, which begins in three ways, depending on its position in the encoded text.
 * https://github.com/actions/runner/blob/main/src/Sdk/DTLogging/Logging/ValueEncoders.cs
 */
function maskedForms(secret: string): string[] {
  const bytes = Buffer.from(secret);
  // The last characters depend on what follows in the encoded text.
  const encoded = [0, 1, 2].map((shift) => {
    const whole = bytes.subarray(shift, bytes.length - ((bytes.length - shift) % 3));
    return whole.toString('base64');
  });
  return [secret, ...encoded].filter((form) => form !== '');
}

function needsOf({ needs = [] }: JobDefinition): readonly string[] {
  return typeof needs === 'string' ? [needs] : needs;
}

/** Returns the jobs in an order in which each follows those that it needs. */
function inOrder(definitions: Readonly<Record<string, JobDefinition>>): (readonly [string, JobDefinition])[] {
  const ordered = new Map<string, JobDefinition>();
  const remaining = new Map(Object.entries(definitions));
  while (remaining.size > 0) {
    const [next] = [...remaining].filter(([, definition]) => needsOf(definition).every((id) => ordered.has(id)));
    if (!next) throw new Error(`${[...remaining.keys()].join()} cannot start`);
    ordered.set(...next);
    remaining.delete(next[0]);
  }
  return [...ordered];
}

/** Returns the context `needs`: result and outputs of each job that the job needs. */
function needsContext(definition: JobDefinition, finished: readonly FinishedJob[]) {
  return Object.fromEntries(
    needsOf(definition).map((id) => {
      const jobs = finished.filter((job) => job.id === id);
      const result =
        ['failure', 'skipped'].find((one) => jobs.some(({ conclusion }) => conclusion === one)) ?? 'success';
      return [id, { result, outputs: Object.assign({}, ...jobs.map(({ outputs }) => outputs)) as object }];
    }),
  );
}

/** Returns the jobs that a job needs, and those that they need. */
function ancestorsOf(id: string, definitions: Readonly<Record<string, JobDefinition>>): ReadonlySet<string> {
  const needed = needsOf(definitions[id] ?? {});
  return new Set(needed.flatMap((each) => [each, ...ancestorsOf(each, definitions)]));
}

/**
 * Without a status function in its condition, a job starts only if all jobs before it have succeeded, also those that it
 * does not need directly.
 *
 * @param before conclusions of the jobs before it
 */
function isStarted(
  { if: condition }: JobDefinition,
  contexts: Contexts,
  before: readonly FinishedJob['conclusion'][],
): boolean {
  const isSuccess = before.every((conclusion) => conclusion === 'success');
  if (condition === undefined) return isSuccess;
  const hasFailed = before.includes('failure');
  const functions = { 'always()': true, 'cancelled()': false, 'success()': isSuccess, 'failure()': hasFailed };
  const needsSuccess = !/\b(?:always|cancelled|success|failure)\(\)/.test(condition);
  return (!needsSuccess || isSuccess) && isCondition(condition, { ...contexts, ...functions });
}

class InvalidMatrix extends Error {}

/** Returns the values of each job of a matrix with one name; one job without values if there is no matrix. */
function matricesOf(strategy: Strategy | undefined, contexts: Contexts): readonly (Matrix | undefined)[] {
  if (!strategy) return [undefined];
  const [[name, given] = [], ...others] = Object.entries(strategy.matrix);
  if (name === undefined || others.length > 0) throw new Error('the matrix must have one name');
  const [, expression] = /^\$\{\{ (.+) \}\}$/.exec(String(given)) ?? [];
  const values = expression === undefined ? given : evaluateExpression(expression, contexts);
  if (!Array.isArray(values) || values.length === 0) {
    throw new InvalidMatrix(`Matrix vector '${name}' does not contain any values`);
  }
  if (values.length > 256) throw new InvalidMatrix('The strategy configuration resulted in more than 256 jobs');
  return values.map((value: unknown) => ({ [name]: value }));
}
