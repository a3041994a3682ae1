import { setTimeout as pause } from 'node:timers/promises';
import type { AwsCredentialIdentity } from '@smithy/types';
import { GIVE_UP, GIVE_UP_AT_FIRST, RENEWAL } from '../timeouts.ts';
import type { Mechanism, Session } from './mechanism.ts';

/** A session, and when it ends by `performance.now()`. A runner's clock may be set while the copy runs. */
interface Held {
  readonly credentials: AwsCredentialIdentity;
  readonly since: number;
  readonly until: number;
}

/**
 * Who a side acts as: one set of credentials, shared by all clients of the side, and renewed for as long as the copy
 * runs.
 *
 * In its last five minutes a session is renewed while it is still in use. As long as it holds, a renewal that fails
 * harms nobody: it is tried again. Only in the last minute do requests wait for it. (The SDK's own memoisation asks
 * once a client, and in those five minutes fails each request with the renewal.)
 */
export class Identity {
  readonly description: string;
  /** What the clients of the SDK take; `memoized` keeps them from doing it again. */
  readonly provider = Object.assign(() => this.credentials(), { memoized: true });
  private readonly mechanism: Mechanism;
  private readonly conceal: (secret: string) => void;
  private readonly closed = new AbortController();
  private readonly signal: AbortSignal;
  private held: Held | undefined;
  private renewal: Promise<Held> | undefined;
  /** Not before, as long as the session that is held does: a denial is not asked about at every request. */
  private nextRenewal = 0;

  /**
   * @param conceal is told every secret before anything can be made with it
   * @param signal ends a wait for credentials
   */
  constructor(mechanism: Mechanism, conceal: (secret: string) => void, signal: AbortSignal) {
    this.description = mechanism.description;
    this.mechanism = mechanism;
    this.conceal = conceal;
    this.signal = AbortSignal.any([signal, this.closed.signal]);
  }

  /** @throws {CopyError} where there are none, and as the mechanism explains it */
  async credentials(): Promise<AwsCredentialIdentity> {
    const { held } = this;
    const now = performance.now();
    if (held && held.until - now > RENEWAL.before) return held.credentials;
    if (held && held.until > now && this.nextRenewal > now) return held.credentials;
    const renewal = this.renew();
    if (held && held.until - now > RENEWAL.margin) {
      // Nobody waits for this one; where it fails, a later request begins another.
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

  /** Which session is in use, to be handed to `refused`. */
  inUse(): unknown {
    return this.held;
  }

  /**
   * AWS says that a session has expired which should still hold: it was revoked, or the runner slept.
   *
   * @returns whether there will be another: not where it was issued a moment ago, as the next would fare no better
   */
  refused(session: unknown): boolean {
    const { held } = this;
    // Another request has been told so before.
    if (held === undefined || session !== held) return true;
    if (held.until === Number.POSITIVE_INFINITY || performance.now() - held.since < RENEWAL.young) return false;
    this.held = undefined;
    return true;
  }

  /** Ends a renewal that is under way, which would keep the process. */
  close(): void {
    this.closed.abort();
  }

  /** One renewal at a time, for whoever asks. */
  private renew(): Promise<Held> {
    this.renewal ??= this.ask().finally(() => {
      this.renewal = undefined;
    });
    return this.renewal;
  }

  private async ask(): Promise<Held> {
    let pauseAfter: number = RENEWAL.afterFailure;
    try {
      const { credentials, validForMs } = await this.askPatiently();
      pauseAfter = RENEWAL.afterSuccess;
      for (const secret of [credentials.sessionToken, credentials.secretAccessKey, credentials.accessKeyId]) {
        if (secret !== undefined) this.conceal(secret);
      }
      const since = performance.now();
      this.held = { credentials, since, until: since + validForMs };
      return this.held;
    } finally {
      this.nextRenewal = performance.now() + pauseAfter;
    }
  }

  private async askPatiently(): Promise<Session> {
    const started = performance.now();
    const limit = this.held ? GIVE_UP : GIVE_UP_AT_FIRST;
    for (let longest: number = RENEWAL.firstPause; ; longest *= 2) {
      try {
        return await this.mechanism.issue(AbortSignal.any([this.signal, AbortSignal.timeout(RENEWAL.answer)]));
      } catch (error) {
        this.signal.throwIfAborted();
        const passes = this.mechanism.passes(error);
        const ceiling = Math.min(longest, passes === 'later' ? RENEWAL.longestPauseThrottled : RENEWAL.longestPause);
        // Jobs of a matrix that were refused together should not come back together.
        const delay = ceiling * (0.5 + 0.5 * Math.random());
        if (passes === false || performance.now() + delay - started > limit) throw this.mechanism.explain(error);
        await pause(delay, undefined, { signal: this.signal });
      }
    }
  }
}

/** Whether AWS refused a request because the session that it was signed with has ended. */
export function isExpiry(error: unknown): boolean {
  return error instanceof Error && /^(ExpiredToken|ExpiredTokenException|TokenRefreshRequired)$/.test(error.name);
}
