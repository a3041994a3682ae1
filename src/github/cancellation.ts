import type { Logger } from '../logger.ts';
import { CANCEL, STOP_MARK_CHECK } from '../timeouts.ts';
import type { StopMark } from './stop-mark.ts';

/**
 * Returns a signal that is aborted when the runner cancels the step. The runner sends SIGINT, then SIGTERM 7.5 seconds
 * later, and kills the process 2.5 seconds after that. The signal is also aborted when `post` creates the stop mark,
 * because signals do not reach a step in a container job. Code that ignores the signal, such as a process-func or a
 * request without a response, does not delay the end of the process.
 *
 * @param stopMark undefined for a step without `post`
 * @param report reports the current state of the step, unless it was reported already
 */
export function cancellationSignal(logger: Logger, stopMark: StopMark | undefined, report: () => void): AbortSignal {
  const controller = new AbortController();
  const end = () => {
    report();
    // Only process.exit ends code that ignores the signal. Everything logged has been written by the next turn.
    setTimeout(() => process.exit(), 0);
  };
  const cancel = (by: string) => {
    if (controller.signal.aborted) return;
    logger.info(`Cancelled (${by}). Requests in progress are aborted.`);
    setTimeout(end, CANCEL).unref();
    controller.abort();
  };
  for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, () => cancel(name));
  if (stopMark) {
    const checks = setInterval(() => {
      if (!stopMark.exists()) return;
      clearInterval(checks);
      cancel('post step');
    }, STOP_MARK_CHECK).unref();
  }
  return controller.signal;
}
