import type { AwsCredentialIdentity } from '@smithy/types';
import type { CopyError } from '../../errors.ts';

/** Issued credentials. */
export interface IssuedSession {
  readonly credentials: AwsCredentialIdentity;
  /** Remaining validity in milliseconds, by the issuer's clock; Infinity for credentials without an end. */
  readonly validForMs: number;
}

/** Credential source. The files in this folder that return one implement the different sources. */
export interface CredentialSource {
  /** Identity for the log: `arn:aws:iam::123456789012:role/backup, assumed with OIDC`. */
  readonly description: string;
  /**
   * Requests a session once, with new inputs such as ID tokens.
   *
   * @throws any error, for `isRetryable` and `explain`
   */
  issue(signal: AbortSignal): Promise<IssuedSession>;
  /** Returns true if a retry can succeed. */
  isRetryable(error: unknown): boolean;
  /** Returns the error with its cause and what to do. */
  explain(error: unknown): CopyError;
}
