import { CopyError } from '../errors.ts';
import type { Logger } from '../logger.ts';
import { quote } from '../message-text.ts';
import { TRANSFORM_EXIT_GRACE } from '../timeouts.ts';
import { describeError } from './describe-error.ts';

/**
 * Watches for errors that the user's code does not handle: thrown in a callback, or from a promise that is not awaited.
 * Node would print them with their messages and end the process without a report.
 *
 * Watches until the process ends, because the end of such code cannot be detected.
 *
 * @returns a signal that the first such error aborts, with a CopyError as its reason
 */
export function watchUnhandledErrors(path: string, url: string): AbortSignal {
  const unhandled = new AbortController();
  const onError = (error: unknown) => {
    unhandled.abort(
      new CopyError(
        'PROCESS_FUNC_FAILED',
        `An unhandled error occurred while the module ${quote(path)} was in use (${describeError(error, url)}).`,
        'Await every promise, and catch errors in callbacks of timers and events. The error message is not shown because it may contain data.',
        { cause: error },
      ),
    );
  };
  process.on('uncaughtException', onError);
  process.on('unhandledRejection', onError);
  return unhandled.signal;
}

/** Returns the error for a process that the user's code ended before the Action had finished. */
export function processEndedError(path: string): CopyError {
  return new CopyError(
    'PROCESS_FUNC_FAILED',
    `The module ${quote(path)} ended the process before the copy was complete.`,
    'Remove process.exit() from the module and from the code that it imports. Throw an error to fail the step.',
  );
}

/**
 * Ends the process even if the user's code left timers or connections open, which would keep the step running until the
 * job times out. If nothing is open, the process ends before this does anything.
 */
export function exitDespiteOpenHandles(path: string, logger: Logger): void {
  const end = () => {
    logger.warning(`The module ${quote(path)} left a timer or a connection open. The step does not wait for it.`);
    // Only this ends the process in every case. All log lines were written long before.
    process.exit();
  };
  setTimeout(end, TRANSFORM_EXIT_GRACE).unref();
}
