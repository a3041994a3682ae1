import type { FinalizeRequestMiddleware } from '@smithy/types';
import { type Identity, isExpiry } from './identity.ts';

/**
 * A client middleware for each attempt of a request: where AWS says that its session has expired, the next attempt is
 * signed with another. To the SDK, an expired session is nothing that another attempt could help.
 */
export function replaceRefused<Input extends object, Output extends object>(
  identity: Identity,
): FinalizeRequestMiddleware<Input, Output> {
  return (next) => async (args) => {
    const session = identity.inUse();
    try {
      return await next(args);
    } catch (error) {
      // Read by the SDK: an error with this trait is sent to the retry strategy as a transient one.
      if (isExpiry(error) && identity.refused(session)) Object.assign(error as Error, { $retryable: {} });
      throw error;
    }
  };
}
