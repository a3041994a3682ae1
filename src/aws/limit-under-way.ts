import type { InitializeMiddleware } from '@smithy/types';

/**
 * A client middleware that lets so many calls of some operations be under way at once, their retries and the pauses
 * between them included; the others wait their turn, without a time limit, as each that is under way has one.
 *
 * @param operations matches commands such as `UploadPartCommand`
 */
export function limitUnderWay<Input extends object, Output extends object>(
  operations: RegExp,
  most: number,
): InitializeMiddleware<Input, Output> {
  const waiting: (() => void)[] = [];
  let free = most;
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
