import { HEARTBEAT } from '../../timeouts.ts';
import type { Claim } from './run-lock.ts';

/**
 * Confirms the run lock every few minutes, even while nothing else is written. As a result, no lifecycle rule expires
 * run.json, and its Last-Modified shows when the attempt was last known to be alive.
 *
 * @param onLost called once if the lock is lost
 * @returns a function that stops the heartbeat and the request in progress
 */
export function startHeartbeat(claim: Claim, signal: AbortSignal, onLost: () => void): () => void {
  const stopped = new AbortController();
  const stoppable = AbortSignal.any([signal, stopped.signal]);
  let isConfirming = false;
  const confirm = async () => {
    if (isConfirming) return;
    isConfirming = true;
    // The lock is confirmed before anything is completed in any case. An error here can be handled then.
    const isHeld = await claim.confirm(stoppable).catch(() => true);
    isConfirming = false;
    if (isHeld) return;
    clearInterval(timer);
    onLost();
  };
  const timer = setInterval(() => void confirm(), HEARTBEAT);
  timer.unref();
  return () => {
    clearInterval(timer);
    stopped.abort();
  };
}
