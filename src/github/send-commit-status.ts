import { setTimeout as sleep } from 'node:timers/promises';
import { COMMIT_STATUS } from '../timeouts.ts';
import { ACTION } from '../version.ts';

/** Where a commit status is set. */
export interface StatusTarget {
  /** Base URL of the REST API. */
  readonly apiUrl: string;
  readonly owner: string;
  readonly repo: string;
  readonly sha: string;
  /** Name that distinguishes the status from others of the commit. */
  readonly context: string;
  readonly token: string;
  /** URL that the status links to; undefined for none. */
  readonly targetUrl: string | undefined;
}

/** Content of a commit status. */
export interface StatusContent {
  readonly state: 'pending' | 'success' | 'failure';
  /** At most `MAX_DESCRIPTION` characters. */
  readonly description: string;
}

/** Maximum number of characters of a description. GitHub rejects longer ones. */
export const MAX_DESCRIPTION = 140;

/** Result of an attempt to set a commit status. */
export type StatusOutcome =
  | { readonly kind: 'set' }
  /** GitHub rejected the request. It would reject it again. */
  | { readonly kind: 'rejected'; readonly httpStatus: number }
  /** The time for retries elapsed. `cause` is a part of a sentence. */
  | { readonly kind: 'failed'; readonly cause: string };

/** Octokit would print warnings about deprecated endpoints to stderr. */
const SILENT = { debug() {}, info() {}, warn() {}, error() {} };

/**
 * Sets a commit status. Retries network errors, server errors and rate limits. Never throws.
 *
 * https://docs.github.com/rest/commits/statuses#create-a-commit-status
 *
 * @param end time by performance.now() at which the last attempt ends
 * @param stop aborts the pause before the next attempt, but no attempt in progress
 */
export async function sendCommitStatus(
  target: StatusTarget,
  content: StatusContent,
  end: number,
  stop?: AbortSignal,
): Promise<StatusOutcome> {
  for (let pause = COMMIT_STATUS.firstPause; ; pause *= 2) {
    const attempt = await sendOnce(target, content, Math.min(COMMIT_STATUS.attempt, end - performance.now()));
    if (attempt.kind !== 'failed') return attempt;
    const wait = Math.max(pause, attempt.retryAfterMs);
    if (performance.now() + wait >= end || stop?.aborted) return { kind: 'failed', cause: attempt.cause };
    try {
      await sleep(wait, undefined, stop && { signal: stop });
    } catch {
      return { kind: 'failed', cause: attempt.cause };
    }
  }
}

type Attempt =
  | Exclude<StatusOutcome, { kind: 'failed' }>
  | { readonly kind: 'failed'; readonly cause: string; readonly retryAfterMs: number };

async function sendOnce(target: StatusTarget, content: StatusContent, timeoutMs: number): Promise<Attempt> {
  const { apiUrl: baseUrl, token, targetUrl, ...path } = target;
  let toolkit: typeof import('@actions/github');
  try {
    // Reads the event file too, which can be invalid.
    toolkit = await import(/* webpackChunkName: "octokit" */ '@actions/github');
  } catch (error) {
    const cause = `the client for GitHub could not be loaded (${causeName(error)})`;
    return { kind: 'failed', cause, retryAfterMs: Number.POSITIVE_INFINITY };
  }
  try {
    const { getOctokit } = toolkit;
    const octokit = getOctokit(token, { baseUrl, log: SILENT, userAgent: `${ACTION.name}/${ACTION.version}` });
    const { status } = await octokit.rest.repos.createCommitStatus({
      ...path,
      ...content,
      ...(targetUrl !== undefined && { target_url: targetUrl }),
      request: { signal: AbortSignal.timeout(Math.max(1, Math.round(timeoutMs))), log: SILENT },
    });
    // fetch follows a redirect with GET, which creates nothing.
    return Number(status) === 201 ? { kind: 'set' } : { kind: 'rejected', httpStatus: status };
  } catch (error) {
    return explain(error, timeoutMs);
  }
}

/** Members of RequestError in @octokit/request-error. `response` is missing after a network error. */
interface RequestFailure {
  readonly response?: { readonly status: number; readonly headers: Readonly<Record<string, string | undefined>> };
}

function explain(error: unknown, timeoutMs: number): Attempt {
  const { response } = error as RequestFailure;
  if (!response) return { kind: 'failed', cause: networkCause(error, timeoutMs), retryAfterMs: 0 };
  const { status, headers } = response;
  const seconds = Number(headers['retry-after'] ?? Number.NaN);
  const hasNoRequestsLeft = headers['x-ratelimit-remaining'] === '0';
  // https://docs.github.com/rest/using-the-rest-api/rate-limits-for-the-rest-api#exceeding-the-rate-limit
  if (status === 429 || (status === 403 && (hasNoRequestsLeft || !Number.isNaN(seconds)))) {
    // Without Retry-After, the limit is that of an hour.
    const retryAfterMs = Number.isNaN(seconds) ? Number.POSITIVE_INFINITY : 1000 * seconds;
    return { kind: 'failed', cause: `GitHub limits the rate of requests (HTTP ${status})`, retryAfterMs };
  }
  if (status >= 500 || status === 408) {
    return { kind: 'failed', cause: `GitHub returned HTTP ${status}`, retryAfterMs: 0 };
  }
  return { kind: 'rejected', httpStatus: status };
}

/** Returns the cause of a network error. */
function networkCause(error: unknown, timeoutMs: number): string {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    if (cause.name === 'TimeoutError') return `GitHub did not respond within ${Math.round(timeoutMs / 1000)} s`;
  }
  return `the connection to GitHub failed (${causeName(error)})`;
}

/** Returns the code of an error or of its cause, or else its name. Messages can contain the URL or parts of events. */
function causeName(error: unknown): string {
  let name = error instanceof Error ? error.name : typeof error;
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    const { code } = cause as { code?: unknown };
    if (typeof code === 'string' && /^[A-Z][A-Z0-9_]+$/.test(code)) name = code;
  }
  return name;
}
