import type { InitializeMiddleware } from '@smithy/types';

/**
 * Returns a client middleware that limits the number of concurrent calls of some operations. A call counts until its
 * last retry ends. Other calls wait in order, without a timeout, because each call in progress has one.
 *
 * @param operations matches commands such as `UploadPartCommand`
 * @param limit maximum number of concurrent calls
 */
export function limitInFlight<Input extends object, Output extends object>(
  operations: RegExp,
  limit: number,
): InitializeMiddleware<Input, Output> {
  const waiting: (() => void)[] = [];
  let free = limit;
  return (next, context) => async (args) => {
    if (!operations.test(context.commandName ?? '')) return next(args);
    if (free > 0) free -= 1;
    else await new Promise<void>((resolve) => waiting.push(resolve));
    try {
      return await next(args);
    } finally {
      const first = waiting.shift();
      if (first) first();
      else free += 1;
    }
  };
}
