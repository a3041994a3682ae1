import { readFileSync } from 'node:fs';

/** What GitHub reports about the workflow run. Members are undefined if the runner did not set them. */
export interface RunContext {
  readonly runId: string | undefined;
  /** Starts with 1. */
  readonly runAttempt: number | undefined;
  /** `owner/name` */
  readonly repository: string | undefined;
  readonly sha: string | undefined;
  /**
   * Head commit of the pull request, or commit of the workflow run, that triggered the workflow; undefined for other
   * events. `sha` is then a merge commit, or the last commit of a branch that may have moved on.
   *
   * https://docs.github.com/actions/reference/workflows-and-actions/events-that-trigger-workflows
   */
  readonly headSha: string | undefined;
  readonly job: string | undefined;
  /** Identifier of the step; the runner derives one if the step has no `id`. */
  readonly action: string | undefined;
  readonly serverUrl: string;
  /** Base URL of the REST API; on GitHub Enterprise Server, it ends with `/api/v3`. */
  readonly apiUrl: string;
  /** Name of the event that triggered the workflow, such as `pull_request`. */
  readonly eventName: string | undefined;
  /** Repository of the head branch if a pull request triggered the workflow; undefined if the fork was deleted. */
  readonly headRepository: string | undefined;
  readonly isPullRequest: boolean;
}

/**
 * Reads the variables and the event file of the runner. The context of @actions/github has the same values, but it is
 * imported together with Octokit, which would delay the start of every step.
 *
 * https://docs.github.com/actions/reference/workflows-and-actions/variables
 */
export function runContext(env: NodeJS.ProcessEnv): RunContext {
  const { pull_request: pullRequest, workflow_run: workflowRun } = readEvent(env['GITHUB_EVENT_PATH']);
  const attempt = Number(env['GITHUB_RUN_ATTEMPT'] || Number.NaN);
  return {
    runId: env['GITHUB_RUN_ID'] || undefined,
    runAttempt: Number.isNaN(attempt) ? undefined : attempt,
    repository: env['GITHUB_REPOSITORY'] || undefined,
    sha: env['GITHUB_SHA'] || undefined,
    headSha: pullRequest?.head?.sha ?? workflowRun?.head_sha,
    job: env['GITHUB_JOB'] || undefined,
    action: env['GITHUB_ACTION'] || undefined,
    serverUrl: env['GITHUB_SERVER_URL'] || 'https://github.com',
    apiUrl: env['GITHUB_API_URL'] || 'https://api.github.com',
    eventName: env['GITHUB_EVENT_NAME'] || undefined,
    headRepository: pullRequest?.head?.repo?.full_name,
    isPullRequest: pullRequest !== undefined,
  };
}

/** The members of an event that the Action uses. https://docs.github.com/webhooks/webhook-events-and-payloads */
interface Event {
  readonly pull_request?: {
    readonly head?: { readonly sha?: string; readonly repo?: { readonly full_name?: string } | null };
  };
  readonly workflow_run?: { readonly head_sha?: string };
}

/** Returns an empty event if the file does not exist or is not JSON: a copy does not depend on it. */
function readEvent(path: string | undefined): Event {
  if (!path) return {};
  try {
    return (JSON.parse(readFileSync(path, 'utf8')) as Event | null) ?? {};
  } catch {
    return {};
  }
}
