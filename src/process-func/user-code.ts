import { PROCESS_LEAVE } from '../aws/timeouts.ts';
import { CopyError } from '../errors.ts';
import type { Narrator } from '../narrator.ts';
import { quoted } from '../parameters/problems.ts';
import { describeError } from './describe-error.ts';

/**
 * Errors that the user's code leaves to nobody: thrown in a callback, or of a promise that nothing awaits. Node would
 * print them, message and all, and end the process without a report.
 *
 * Watches until the process ends, as nobody knows when such code is through.
 *
 * @returns a signal that the first of them fires, with a CopyError as its reason
 */
export function watchStrayErrors(path: string, url: string): AbortSignal {
  const stray = new AbortController();
  const onError = (error: unknown) => {
    stray.abort(
      new CopyError(
        'PROCESS_FUNC_FAILED',
        `process-func: an error that nothing handles occurred while ${quoted(path)} was in use (${describeError(error, url)}).`,
        'Await every promise, and catch what callbacks of timers and events throw. The error text is not shown, as it may be data.',
        { cause: error },
      ),
    );
  };
  process.on('uncaughtException', onError);
  process.on('unhandledRejection', onError);
  return stray.signal;
}

/** What to tell of a process that the user's code ended before the Action was through. */
export function endedTooEarly(path: string): CopyError {
  return new CopyError(
    'PROCESS_FUNC_FAILED',
    `process-func: ${quoted(path)} ended the process before the copy was complete.`,
    'Leave process.exit() out of the module and of what it imports; throw an error to fail the step.',
  );
}

/**
 * Ends the process although the user's code may have left timers or connections open: they would keep the step running
 * until the job's time limit. Where nothing is open, the process is gone before.
 */
export function endDespiteUserCode(path: string, narrator: Narrator): void {
  const end = () => {
    narrator.warning(
      `process-func: ${quoted(path)} left a timer or a connection open. The step ends without waiting for it.`,
    );
    // Nothing gentler ends it; all that was logged has long been written.
    process.exit();
  };
  setTimeout(end, PROCESS_LEAVE).unref();
}
