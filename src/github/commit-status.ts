import { COMMIT_STATUS } from '../timeouts.ts';
import { savedStatus, saveStatus } from './commit-status-state.ts';
import type { Log } from './log.ts';
import type { RunContext } from './run-context.ts';
import { type StatusContent, type StatusTarget, sendCommitStatus } from './send-commit-status.ts';
import { runUrl } from './workflow-run.ts';

/** Commit status that a step sets, as its inputs specify it. */
export interface CommitStatusRequest {
  /** Name of the status, such as `backup/orders`. */
  readonly context: string;
  /** Commit; undefined if neither the inputs nor the event name one. */
  readonly sha: string | undefined;
  readonly token: string;
}

const STARTED: StatusContent = { state: 'pending', description: 'The copy is in progress.' };
/** What the post step sets unless the step has ended. */
const STOPPED: StatusContent = { state: 'failure', description: 'The step was stopped before the copy was complete.' };

/**
 * Commit status of a step: pending, and then its result. Whatever happens to the status, only warnings report it, and
 * the copy neither fails nor waits for it. The post step sets the result if the step could not.
 */
export class CommitStatus {
  private readonly target: StatusTarget;
  private readonly log: Log;
  private readonly env: NodeJS.ProcessEnv;
  private readonly ended = new AbortController();
  /** Resolves to true if the result can be set, and to false if GitHub rejected the status. */
  private started: Promise<boolean> = Promise.resolve(true);

  constructor(target: StatusTarget, log: Log, env: NodeJS.ProcessEnv) {
    this.target = target;
    this.log = log;
    this.env = env;
  }

  /** Starts to set the status to pending, and returns immediately. */
  start(): void {
    this.save(STOPPED);
    this.started = this.setPending();
  }

  /** Sets the result of the step, in at most `COMMIT_STATUS.total` milliseconds. Call this after the result is reported. */
  async end(result: StatusContent): Promise<void> {
    const deadline = performance.now() + COMMIT_STATUS.total;
    // The runner can kill the step at any time.
    this.save(result);
    this.ended.abort();
    // A request that is still in progress must not replace the result.
    if (!(await this.started)) {
      this.save(undefined);
      return;
    }
    const outcome = await sendCommitStatus(this.target, result, deadline);
    if (outcome.kind === 'failed') {
      this.log.warning(`${notSet(this.target, result, outcome.cause)} The post step tries again.`);
      return;
    }
    this.save(undefined);
    if (outcome.kind === 'set') this.log.info(isSet(this.target, result));
    else this.log.warning(rejection(this.target, outcome.httpStatus));
  }

  private save(content: StatusContent | undefined): void {
    const { context, sha } = this.target;
    saveStatus(this.env, content && { context, sha, content });
  }

  private async setPending(): Promise<boolean> {
    const deadline = performance.now() + COMMIT_STATUS.total;
    const outcome = await sendCommitStatus(this.target, STARTED, deadline, this.ended.signal);
    if (outcome.kind === 'set') {
      this.log.info(isSet(this.target, STARTED));
    } else if (outcome.kind === 'rejected') {
      this.save(undefined);
      this.log.warning(rejection(this.target, outcome.httpStatus));
      return false;
    } else if (!this.ended.signal.aborted) {
      this.log.warning(`${notSet(this.target, STARTED, outcome.cause)} The step tries again when it ends.`);
    }
    return true;
  }
}

/**
 * Returns the commit status of a step.
 *
 * @returns undefined if `request` is undefined, or with a warning if the commit or the repository is unknown
 */
export function openCommitStatus(
  request: CommitStatusRequest | undefined,
  run: RunContext,
  log: Log,
  env: NodeJS.ProcessEnv,
): CommitStatus | undefined {
  const target = request && statusTarget(request, run, log);
  return target && new CommitStatus(target, log, env);
}

/**
 * Sets what the step has saved as its result. The post step calls this after every step.
 *
 * The runner evaluates the inputs again for the post step. If their expressions have other values by then, the result of
 * the copy would be set for another commit or under another name, so nothing is set.
 *
 * https://github.com/actions/runner/blob/main/src/Runner.Worker/ActionRunner.cs (EvaluateStepInputs)
 *
 * @param request undefined if the step sets no commit status
 */
export async function setSavedStatus(
  request: CommitStatusRequest | undefined,
  run: RunContext,
  log: Log,
  env: NodeJS.ProcessEnv,
): Promise<void> {
  const saved = request && savedStatus(env);
  const target = saved && statusTarget(request, run, log);
  if (!target) return;
  const { content } = saved;
  if (saved.context !== target.context || saved.sha !== target.sha) {
    log.warning(`${notSet(saved, content, OTHER_INPUTS)} To set it, re-run the job.`);
    return;
  }
  const outcome = await sendCommitStatus(target, content, performance.now() + COMMIT_STATUS.total);
  if (outcome.kind === 'set') log.info(isSet(target, content));
  else if (outcome.kind === 'rejected') log.warning(rejection(target, outcome.httpStatus));
  else log.warning(`${notSet(target, content, outcome.cause)} To set it, re-run the job.`);
}

function statusTarget(
  { context, sha, token }: CommitStatusRequest,
  run: RunContext,
  log: Log,
): StatusTarget | undefined {
  const [owner, repo] = run.repository?.split('/') ?? [];
  if (!owner || !repo || sha === undefined) {
    log.warning(
      `The commit status ${context} is not set, because the environment does not name the repository or the commit.`,
    );
    return undefined;
  }
  log.maskSecret(token);
  return { apiUrl: run.apiUrl, owner, repo, sha, context, token, targetUrl: runUrl(run) };
}

const OTHER_INPUTS = 'commit-status or commit-sha has another value in the post step than in the step';

function isSet({ context, sha }: StatusTarget, { state, description }: StatusContent): string {
  return `Commit status ${context} of ${sha}: ${state}. ${description}`;
}

function notSet({ context }: Pick<StatusTarget, 'context'>, { state }: StatusContent, cause: string): string {
  return `The commit status ${context} could not be set to ${state}: ${cause}. This does not affect the copy.`;
}

function rejection({ context, sha }: StatusTarget, httpStatus: number): string {
  const advice = ADVICE[httpStatus] ?? `Check commit-status and commit-sha, which is ${sha}.`;
  return `The commit status ${context} could not be set: GitHub rejected the request (HTTP ${httpStatus}). This does not affect the copy. ${advice}`;
}

/** What to do, by the HTTP status. */
const ADVICE: Readonly<Record<number, string>> = {
  401: 'Check github-token. The token is invalid or has expired.',
  403: 'Add `permissions: statuses: write` to the job. In a reusable workflow, add it to the calling job too. Workflows for pull requests from forks cannot get this permission.',
  404: 'Check github-token. The token must have access to the repository, and write access to its commit statuses.',
  422: 'Check commit-sha. The commit must exist in the repository, and GitHub allows 1,000 statuses per commit and commit-status.',
};
