import type { MiddlewareStack } from '@smithy/types';

/** The SDK retries and signs in an earlier step, so that what runs in this one runs for each attempt, with the signed request. */
export const EACH_ATTEMPT = { step: 'deserialize', priority: 'low' } as const;

/**
 * Runs `check` between signing and sending of each attempt of a request, retries included. If it throws, the attempt is
 * not sent, and the request fails with that error.
 */
export function checkEachAttempt<Input extends object, Output extends object>(
  { middlewareStack }: { readonly middlewareStack: MiddlewareStack<Input, Output> },
  check: () => Promise<void>,
): void {
  middlewareStack.add(
    (next) => async (args) => {
      await check();
      return next(args);
    },
    { name: 'checkEachAttempt', ...EACH_ATTEMPT },
  );
}
