import type { AwsCredentialIdentity, FinalizeRequestMiddleware } from '@smithy/types';

/** Identity that a client signs its requests with, as a session that can be replaced. */
export interface ClientIdentity {
  /** Returns the current credentials, for the SDK. */
  readonly provider: (() => Promise<AwsCredentialIdentity>) & { readonly memoized: boolean };
  /** Returns a token for the current session, to be passed to `rejectSession`. */
  currentSession(): unknown;
  /** Reports that AWS rejected a session as expired. Returns whether another one replaces it. */
  rejectSession(session: unknown): boolean;
}

/**
 * Returns a client middleware that runs in each attempt of a request. If AWS reports the session as expired, the next
 * attempt uses another session. The SDK itself does not retry such a request.
 */
export function replaceRejectedSession<Input extends object, Output extends object>(
  identity: ClientIdentity,
): FinalizeRequestMiddleware<Input, Output> {
  return (next) => async (args) => {
    const session = identity.currentSession();
    try {
      return await next(args);
    } catch (error) {
      // The SDK passes an error with this trait to the retry strategy as a transient error.
      if (isExpiredSession(error) && identity.rejectSession(session)) Object.assign(error as Error, { $retryable: {} });
      throw error;
    }
  };
}

/** Returns true if AWS rejected a request because its session has expired. */
export function isExpiredSession(error: unknown): boolean {
  return error instanceof Error && /^(ExpiredToken|ExpiredTokenException|TokenRefreshRequired)$/.test(error.name);
}
