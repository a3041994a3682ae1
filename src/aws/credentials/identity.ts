import { setTimeout as pause } from 'node:timers/promises';
import type { AwsCredentialIdentity } from '@smithy/types';
import { MAX_RETRY_TIME, MAX_RETRY_TIME_BEFORE_SUCCESS, RENEWAL } from '../../timeouts.ts';
import { isThrottle } from '../throttle.ts';
import type { CredentialSource, IssuedSession } from './credential-source.ts';

/** Session with its start and end by `performance.now()`, because the runner's clock can be set while the copy runs. */
interface Held {
  readonly credentials: AwsCredentialIdentity;
  readonly since: number;
  readonly until: number;
}

/**
 * Identity for the source or the destination: one set of credentials, which all of its clients share and which is
 * renewed while the copy runs.
 *
 * In its last five minutes, a session stays in use while it is renewed. While the session is valid, a failed renewal
 * has no effect and is retried. Requests wait for the renewal only in the last minute. (The SDK's own memoization
 * requests credentials once per client. In those five minutes, each request fails if the renewal fails.)
 */
export class Identity {
  readonly description: string;
  /** Credential provider for the clients of the SDK. With `memoized`, they do not memoize it a second time. */
  readonly provider = Object.assign(() => this.credentials(), { memoized: true });
  private readonly source: CredentialSource;
  private readonly maskSecret: (secret: string) => void;
  private readonly closed = new AbortController();
  private readonly signal: AbortSignal;
  private held: Held | undefined;
  private renewal: Promise<Held> | undefined;
  /**
   * Earliest time of the next renewal while the current session is valid. After a denial, not every request triggers
   * one.
   */
  private nextRenewal = 0;

  /**
   * @param maskSecret receives every secret before it is used
   * @param signal ends a wait for credentials
   */
  constructor(source: CredentialSource, maskSecret: (secret: string) => void, signal: AbortSignal) {
    this.description = source.description;
    this.source = source;
    this.maskSecret = maskSecret;
    this.signal = AbortSignal.any([signal, this.closed.signal]);
  }

  /** @throws {CopyError} as explained by the credential source, if there are no credentials */
  async credentials(): Promise<AwsCredentialIdentity> {
    const { held } = this;
    const now = performance.now();
    if (held && held.until - now > RENEWAL.startsBeforeEnd) return held.credentials;
    if (held && held.until > now && this.nextRenewal > now) return held.credentials;
    const renewal = this.renew();
    if (held && held.until - now > RENEWAL.waitsBeforeEnd) {
      // No request waits for this renewal. If it fails, a later request starts another.
      renewal.catch(() => {});
      return held.credentials;
    }
    try {
      return (await renewal).credentials;
    } catch (error) {
      if (held && held.until > performance.now()) return held.credentials;
      throw error;
    }
  }

  /** Returns the current session, for `rejectSession`. */
  currentSession(): unknown {
    return this.held;
  }

  /**
   * Discards a session that AWS reports as expired before its end: it was revoked, or the runner was suspended.
   *
   * @returns true if a retry uses another session; false if this one was just issued, because AWS would reject the next
   * too
   */
  rejectSession(session: unknown): boolean {
    const { held } = this;
    // Another request has already reported this session.
    if (held === undefined || session !== held) return true;
    if (held.until === Number.POSITIVE_INFINITY || performance.now() - held.since < RENEWAL.minSessionAge) return false;
    this.held = undefined;
    return true;
  }

  /** Cancels a renewal in progress, which would keep the process running. */
  close(): void {
    this.closed.abort();
  }

  /** Starts a renewal, or returns the one in progress. */
  private renew(): Promise<Held> {
    this.renewal ??= this.issue().finally(() => {
      this.renewal = undefined;
    });
    return this.renewal;
  }

  private async issue(): Promise<Held> {
    let pauseAfter: number = RENEWAL.afterFailure;
    try {
      const { credentials, validForMs } = await this.issueWithRetries();
      pauseAfter = RENEWAL.afterSuccess;
      for (const secret of [credentials.sessionToken, credentials.secretAccessKey, credentials.accessKeyId]) {
        if (secret !== undefined) this.maskSecret(secret);
      }
      const since = performance.now();
      this.held = { credentials, since, until: since + validForMs };
      return this.held;
    } finally {
      this.nextRenewal = performance.now() + pauseAfter;
    }
  }

  private async issueWithRetries(): Promise<IssuedSession> {
    const started = performance.now();
    const limit = this.held ? MAX_RETRY_TIME : MAX_RETRY_TIME_BEFORE_SUCCESS;
    for (let longest: number = RENEWAL.firstPause; ; longest *= 2) {
      try {
        return await this.source.issue(AbortSignal.any([this.signal, AbortSignal.timeout(RENEWAL.attemptTimeout)]));
      } catch (error) {
        this.signal.throwIfAborted();
        const ceiling = Math.min(longest, isThrottle(error) ? RENEWAL.longestPauseThrottled : RENEWAL.longestPause);
        // Jobs of a matrix that were rejected together should not retry together.
        const delay = ceiling * (0.5 + 0.5 * Math.random());
        const isOver = performance.now() + delay - started > limit;
        if (!this.source.isRetryable(error) || isOver) throw this.source.explain(error);
        await pause(delay, undefined, { signal: this.signal });
      }
    }
  }
}
