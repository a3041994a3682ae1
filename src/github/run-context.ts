import { context } from '@actions/github';

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
  readonly serverUrl: string | undefined;
  /** Base URL of the REST API; on GitHub Enterprise Server, it ends with `/api/v3`. */
  readonly apiUrl: string;
  /** Name of the event that triggered the workflow, such as `pull_request`. */
  readonly eventName: string | undefined;
  /** Repository of the head branch if a pull request triggered the workflow; undefined if the fork was deleted. */
  readonly headRepository: string | undefined;
  readonly isPullRequest: boolean;
}

/**
 * Returns the context of @actions/github with missing values as undefined. The toolkit reads the environment and the
 * event file of the runner when it is loaded.
 */
export function runContext(from: typeof context = context): RunContext {
  const { runId, runAttempt, sha, job, action, serverUrl, apiUrl, eventName, payload } = from;
  return {
    runId: Number.isNaN(runId) ? undefined : String(runId),
    runAttempt: Number.isNaN(runAttempt) ? undefined : runAttempt,
    repository: repositoryOf(from),
    sha: sha || undefined,
    headSha: payload.pull_request?.['head']?.sha ?? payload['workflow_run']?.head_sha,
    job: job || undefined,
    action: action || undefined,
    serverUrl: serverUrl || undefined,
    apiUrl,
    eventName: eventName || undefined,
    headRepository: payload.pull_request?.['head']?.repo?.full_name,
    isPullRequest: payload.pull_request !== undefined,
  };
}

/** The toolkit throws outside a workflow. */
function repositoryOf(from: typeof context): string | undefined {
  try {
    const { owner, repo } = from.repo;
    return `${owner}/${repo}`;
  } catch {
    return undefined;
  }
}
