import { type Reply, startScriptedServer } from '../aws/scripted-server.ts';
import { GITHUB_TOKEN } from '../fixtures/action-inputs.ts';

/** A commit status that the double has created. */
export interface CreatedStatus {
  readonly sha: string;
  readonly state: string;
  readonly context: string;
  readonly description: string;
  readonly targetUrl: string;
}

/** Emulates the endpoint of GitHub's REST API that creates commit statuses. */
export interface GitHubApi extends AsyncDisposable {
  /** Variables of a job on this server. */
  readonly env: { readonly GITHUB_API_URL: string; readonly GITHUB_SERVER_URL: string };
  /** Created statuses, in order. */
  readonly statuses: readonly CreatedStatus[];
  /** Returns the number of requests that have arrived. */
  readonly requestCount: () => number;
  /** Sets a function that returns the reply to the nth request; undefined for the normal one. */
  readonly inject: (reply?: (nth: number) => Reply | undefined) => void;
}

export interface GitHubApiOptions {
  /** `/api/v3` on GitHub Enterprise Server. Default: no path, as on api.github.com. */
  readonly basePath?: string;
  /** Commits that exist in the repository. Default: all. */
  readonly commits?: readonly string[];
  /** False if the job lacks `permissions: statuses: write`. */
  readonly canWrite?: boolean;
}

const REPOSITORY = 'octo-org/shop';
const STATES = ['error', 'failure', 'pending', 'success'];
const MAX_STATUSES = 1000;

/**
 * Starts the double for the repository of the emulated job.
 *
 * https://docs.github.com/rest/commits/statuses#create-a-commit-status
 */
export async function startGitHubApi({
  basePath = '',
  commits,
  canWrite = true,
}: GitHubApiOptions = {}): Promise<GitHubApi> {
  const statuses: CreatedStatus[] = [];
  let injected: (nth: number) => Reply | undefined = () => undefined;
  const server = await startScriptedServer(({ method, url, headers, body }, nth) => {
    const special = injected(nth);
    if (special) return special;
    if (headers.authorization !== `token ${GITHUB_TOKEN}`) {
      // Contains the header, because a message of the Action must not contain the response.
      return json({ message: `Bad credentials: ${headers.authorization}` }, 401);
    }
    const [, repository, sha = ''] =
      /^\/repos\/([^/]+\/[^/]+)\/statuses\/([^/]+)$/.exec(url.slice(basePath.length)) ?? [];
    if (!url.startsWith(basePath) || method !== 'POST' || repository !== REPOSITORY) {
      return json({ message: 'Not Found' }, 404);
    }
    if (!canWrite) return json({ message: 'Resource not accessible by integration' }, 403);
    const { state, context = 'default', description = '', target_url: targetUrl = '' } = JSON.parse(String(body));
    const errors = [
      ...(STATES.includes(state) ? [] : ['state is not included in the list']),
      ...([...description].length <= 140 ? [] : ['description is too long (maximum is 140 characters)']),
      ...(targetUrl === '' || /^https?:\/\//.test(targetUrl) ? [] : ['target_url must be a URL']),
      ...(/^[\da-f]{40}$/.test(sha) && (commits?.includes(sha) ?? true) ? [] : [`No commit found for SHA: ${sha}`]),
      ...(statuses.filter((one) => one.sha === sha && isSame(one.context, context)).length < MAX_STATUSES
        ? []
        : ['This SHA and context has reached the maximum number of statuses.']),
    ];
    if (errors.length > 0) return json({ message: 'Validation Failed', errors }, 422);
    const status = { sha, state, context, description, targetUrl };
    statuses.push(status);
    return json({ id: nth, state, context, description, target_url: targetUrl }, 201);
  });
  return {
    env: {
      GITHUB_API_URL: `${server.endpoint}${basePath}`,
      GITHUB_SERVER_URL: basePath === '' ? 'https://github.com' : server.endpoint,
    },
    statuses,
    requestCount: () => server.requests.length,
    inject(reply = () => undefined) {
      injected = reply;
    },
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}

/** Contexts are not case-sensitive. */
function isSame(one: string, other: string): boolean {
  return one.toLowerCase() === other.toLowerCase();
}

/** Returns a response of the API. */
export function json(body: object, status: number, headers: Readonly<Record<string, string>> = {}) {
  return {
    status,
    headers: { 'content-type': 'application/json; charset=utf-8', ...headers },
    body: JSON.stringify(body),
  };
}
