import type { FinalizeRequestMiddleware } from '@smithy/types';
import { type Identity, isExpiry } from './credentials/identity.ts';

/**
 * Returns a client middleware that runs in each attempt of a request. If AWS reports the session as expired, the next
 * attempt uses another session. The SDK itself does not retry such a request.
 */
export function replaceRejectedSession<Input extends object, Output extends object>(
  identity: Identity,
): FinalizeRequestMiddleware<Input, Output> {
  return (next) => async (args) => {
    const session = identity.currentSession();
    try {
      return await next(args);
    } catch (error) {
      // The SDK passes an error with this trait to the retry strategy as a transient error.
      if (isExpiry(error) && identity.rejectSession(session)) Object.assign(error as Error, { $retryable: {} });
      throw error;
    }
  };
}
