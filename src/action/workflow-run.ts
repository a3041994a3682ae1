import { createHash } from 'node:crypto';
import { appendFileSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Handover } from '../export/export.ts';
import type { StepIdentity } from '../export/token.ts';
import { Problems } from '../parameters/problems.ts';
import { InputReader } from './input-reader.ts';
import { resolveKeyPrefix } from './key-prefix.ts';

/** What of the workflow run a copy names, and what makes a step of it the same step again. */
export interface WorkflowRun {
  /** '' outside of a workflow. */
  readonly id: string;
  /** Where the run can be looked at. */
  readonly url: string | undefined;
  /** The checkout. */
  readonly workspace: string;
  /** Undefined outside of a workflow. */
  readonly identity: StepIdentity | undefined;
  readonly handover: Handover;
  /** Counts the uses of a step in its attempt, this one too; see countUse. */
  readonly countUse: (step: string) => number;
  /** Returns the key prefix that an attempt of this run has if it reads its inputs at a time. */
  readonly prefixOf: (table: string, attempt: number, now: Date) => string;
}

/**
 * Inputs that only say how long to wait: a step that waits differs in them from the one that started the export, and so
 * does a re-run before which somebody raised the variable that one of them is set from.
 */
const WAITING_INPUTS = ['INPUT_CHECK-INTERVAL', 'INPUT_MAX-ATTEMPTS'];

export function workflowRun(env: NodeJS.ProcessEnv): WorkflowRun {
  const { GITHUB_SERVER_URL: server, GITHUB_REPOSITORY: repository, GITHUB_RUN_ID: id = '' } = env;
  return {
    id,
    url: server && repository && id ? `${server}/${repository}/actions/runs/${id}` : undefined,
    workspace: env['GITHUB_WORKSPACE'] ?? process.cwd(),
    identity: id === '' ? undefined : identity(env),
    handover: handover(env),
    countUse: (step) => countUse(env, step),
    prefixOf(table, attempt, now) {
      const problems = new Problems();
      const template = new InputReader(env, problems).text('s3-key-prefix');
      const context = { table, now, env: { ...env, GITHUB_RUN_ATTEMPT: String(attempt) } };
      return resolveKeyPrefix(template, context, problems);
    },
  };
}

/**
 * A step is the same step of the same run when repository, run, job, step, matrix leg and the inputs as they were
 * written agree: two backups in one job, two legs of a matrix, and a relative time on a re-run all differ or agree as
 * they should. GITHUB_ACTION is unique for each step of a job, but for those of one composite action, and GITHUB_JOB for
 * each job, but for those that call one reusable workflow: see startExport. Matrix and job index come in through inputs.
 *
 * https://docs.github.com/actions/reference/workflows-and-actions/variables
 */
function identity(env: NodeJS.ProcessEnv): WorkflowRun['identity'] {
  const hash = hashOf([...runOf(env), env['GITHUB_ACTION']], inputsOf(env, WAITING_INPUTS));
  return { tokenStart: `dynamodb-to-s3-${hash}-`, attempt: Number(env['GITHUB_RUN_ATTEMPT'] ?? 1) };
}

/** A file for the later steps of the job, which run on the same runner. */
function handover(env: NodeJS.ProcessEnv): Handover {
  const folder = env['RUNNER_TEMP'];
  if (!folder) return { leave: () => {}, find: () => undefined, close: () => {} };
  const attempt = env['GITHUB_RUN_ATTEMPT'];
  const file = join(
    folder,
    `dynamodb-to-s3-started-${hashOf([...runOf(env), attempt], inputsOf(env, WAITING_INPUTS))}`,
  );
  const open = (): string[] => {
    try {
      return readFileSync(file, 'utf8').split('\n');
    } catch {
      return [];
    }
  };
  return {
    leave: (exportArn) => writeFileSync(file, [...open(), exportArn].join('\n')),
    find: () => open()[0],
    close(exportArn) {
      const others = open().filter((arn) => arn !== exportArn);
      if (others.length > 0) writeFileSync(file, others.join('\n'));
      else rmSync(file, { force: true });
    },
  };
}

/**
 * Counts this use of a step among those of its attempt, from 1: the steps of one composite action look the same if
 * their inputs do, and are told apart by their order. A byte for each use, in a folder that the runner empties between
 * jobs.
 *
 * @param step what all attempts of it share
 */
function countUse(env: NodeJS.ProcessEnv, step: string): number {
  const folder = env['RUNNER_TEMP'];
  if (!folder) return 1;
  const file = join(folder, `dynamodb-to-s3-uses-${hashOf([step, env['GITHUB_RUN_ATTEMPT']])}`);
  appendFileSync(file, '.');
  return statSync(file).size;
}

function runOf(env: NodeJS.ProcessEnv): (string | undefined)[] {
  return [env['GITHUB_REPOSITORY_ID'], env['GITHUB_RUN_ID'], env['GITHUB_JOB']];
}

function inputsOf(env: NodeJS.ProcessEnv, without: readonly string[]): [string, string | undefined][] {
  const names = Object.keys(env).filter((name) => name.startsWith('INPUT_') && !without.includes(name));
  return names.sort().map((name) => [name, env[name]]);
}

function hashOf(...parts: unknown[]): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 32);
}
