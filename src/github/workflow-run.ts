import { createHash } from 'node:crypto';
import { appendFileSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { StepIdentity } from '../export/client-token.ts';
import type { Handover } from '../export/export.ts';
import type { RestoreStep } from '../restore/restore-context.ts';
import type { RunContext } from './run-context.ts';

/** Workflow run of a copy, with the data that identifies a step across attempts. */
export interface WorkflowRun {
  /** Run ID; '' outside a workflow. */
  readonly id: string;
  /** Web page of the run; undefined if unknown. */
  readonly url: string | undefined;
  /** Path of the workspace; the working directory outside a workflow. */
  readonly workspace: string;
  /** Undefined outside a workflow. */
  readonly identity: StepIdentity | undefined;
  /** The same identity for a restore; undefined outside a workflow. */
  readonly restoreStep: RestoreStep | undefined;
  readonly handover: Handover;
  /** Returns how many times a step was used in this attempt, including this use; see countUse. */
  readonly countUse: (step: string) => number;
}

/**
 * Inputs that do not change the copy. They set how long to wait, how many jobs run, how much a copy may consume, and what
 * to report to GitHub. They are not part of a step's identity: a step that waits has other values than the step that
 * started the export, and every job has another token. They can also differ in a re-run if they come from a variable that
 * has changed.
 */
const OUTSIDE_IDENTITY = [
  'INPUT_CHECK-INTERVAL',
  'INPUT_MAX-ATTEMPTS',
  'INPUT_MAX-PARALLEL',
  'INPUT_MAX-CONSUMED-READ-CAPACITY',
  'INPUT_GITHUB-TOKEN',
  'INPUT_COMMIT-STATUS',
  'INPUT_COMMIT-SHA',
];

export function workflowRun(env: NodeJS.ProcessEnv, context: RunContext): WorkflowRun {
  const { runId: id = '' } = context;
  return {
    id,
    url: runUrl(context),
    workspace: env['GITHUB_WORKSPACE'] ?? process.cwd(),
    identity: id === '' ? undefined : identity(env, context),
    restoreStep: id === '' ? undefined : { id: stepHash(env, context), attempt: context.runAttempt ?? 1 },
    handover: handover(env, context),
    countUse: (step) => countUse(env, context, step),
  };
}

/** Returns the URL of the web page of the run; undefined outside a workflow. */
export function runUrl({ serverUrl, repository, runId }: RunContext): string | undefined {
  return repository && runId ? `${serverUrl}/${repository}/actions/runs/${runId}` : undefined;
}

/**
 * Returns the identity of this step. Two steps have the same identity if repository, run, job, step and unparsed inputs
 * are equal. The matrix and the job index are inputs. Therefore two backups in one job differ, two jobs of a matrix
 * differ, and a step with a relative time is the same step in a re-run.
 *
 * GITHUB_ACTION is unique per step of a job, except for the steps of one composite action. GITHUB_JOB is unique per
 * job, except for jobs that call the same reusable workflow. See startExport.
 *
 * https://docs.github.com/actions/reference/workflows-and-actions/variables
 */
function identity(env: NodeJS.ProcessEnv, context: RunContext): WorkflowRun['identity'] {
  return { tokenPrefix: `dynamodb-to-s3-${stepHash(env, context)}-`, attempt: context.runAttempt ?? 1 };
}

function stepHash(env: NodeJS.ProcessEnv, context: RunContext): string {
  return hashOf([...jobOf(env, context), context.action], inputsOf(env, OUTSIDE_IDENTITY));
}

/** Uses a file in RUNNER_TEMP: the later steps of the job run on the same runner. */
function handover(env: NodeJS.ProcessEnv, context: RunContext): Handover {
  const folder = env['RUNNER_TEMP'];
  if (!folder) return { record: () => {}, find: () => undefined, close: () => {} };
  const file = join(
    folder,
    `dynamodb-to-s3-started-${hashOf([...jobOf(env, context), context.runAttempt], inputsOf(env, OUTSIDE_IDENTITY))}`,
  );
  const open = (): string[] => {
    try {
      return readFileSync(file, 'utf8').split('\n');
    } catch {
      return [];
    }
  };
  return {
    record: (exportArn) => writeFileSync(file, [...open(), exportArn].join('\n')),
    find: () => open()[0],
    close(exportArn) {
      const others = open().filter((arn) => arn !== exportArn);
      if (others.length > 0) writeFileSync(file, others.join('\n'));
      else rmSync(file, { force: true });
    },
  };
}

/**
 * Returns the number of this use of a step within its attempt, starting with 1. Steps of one composite action have the
 * same identity if their inputs are equal, and only their order distinguishes them. The count is the size of a file
 * with one byte per use, in RUNNER_TEMP, which the runner empties between jobs.
 *
 * @param step identifier that is the same in all attempts
 */
function countUse(env: NodeJS.ProcessEnv, context: RunContext, step: string): number {
  const folder = env['RUNNER_TEMP'];
  if (!folder) return 1;
  const file = join(folder, `dynamodb-to-s3-uses-${hashOf([step, context.runAttempt])}`);
  appendFileSync(file, '.');
  return statSync(file).size;
}

function jobOf(env: NodeJS.ProcessEnv, { runId, job }: RunContext): (string | undefined)[] {
  return [env['GITHUB_REPOSITORY_ID'], runId, job];
}

function inputsOf(env: NodeJS.ProcessEnv, without: readonly string[]): [string, string | undefined][] {
  const names = Object.keys(env).filter((name) => name.startsWith('INPUT_') && !without.includes(name));
  return names.sort().map((name) => [name, env[name]]);
}

function hashOf(...parts: unknown[]): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 32);
}
