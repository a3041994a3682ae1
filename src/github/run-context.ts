import { context } from '@actions/github';

/** What GitHub reports about the workflow run. Members are undefined if the runner did not set them. */
export interface RunContext {
  readonly runId: string | undefined;
  /** Starts with 1. */
  readonly runAttempt: number | undefined;
  /** `owner/name` */
  readonly repository: string | undefined;
  readonly sha: string | undefined;
  readonly job: string | undefined;
  /** Identifier of the step; the runner derives one if the step has no `id`. */
  readonly action: string | undefined;
  readonly serverUrl: string | undefined;
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
  const { runId, runAttempt, sha, job, action, serverUrl, eventName, payload } = from;
  return {
    runId: Number.isNaN(runId) ? undefined : String(runId),
    runAttempt: Number.isNaN(runAttempt) ? undefined : runAttempt,
    repository: repositoryOf(from),
    sha: sha || undefined,
    job: job || undefined,
    action: action || undefined,
    serverUrl: serverUrl || undefined,
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
