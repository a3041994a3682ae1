import type { AwsCredentialIdentity } from '@smithy/types';
import type { CopyError } from '../../errors.ts';

/** Credentials as they were issued. */
export interface Session {
  readonly credentials: AwsCredentialIdentity;
  /** Milliseconds that they hold from now on, by the clock of whoever issued them; Infinity for fixed ones. */
  readonly validForMs: number;
}

/** A way to credentials. Each file beside this one with a function that returns a mechanism is one of them. */
export interface Mechanism {
  /** Who one is with these credentials, for the log: `arn:aws:iam::123456789012:role/backup, by OIDC`. */
  readonly description: string;
  /**
   * Asks once, with everything that a session needs made anew.
   *
   * @throws whatever went wrong, for `passes` and `explain` to look at
   */
  issue(signal: AbortSignal): Promise<Session>;
  /** Whether asking again in a moment may help. */
  passes(error: unknown): 'soon' | 'later' | false;
  /** What went wrong, why, and what to do. */
  explain(error: unknown): CopyError;
}
