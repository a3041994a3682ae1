import type { MiddlewareStack } from '@smithy/types';

/**
 * The SDK retries and signs in earlier steps. A middleware in this step runs once per attempt, with the signed request.
 */
export const EACH_ATTEMPT = { step: 'deserialize', priority: 'low' } as const;

/**
 * Runs `check` after each attempt of a request is signed and before it is sent, including retries. If `check` throws,
 * the attempt is not sent, and the request fails with that error.
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
