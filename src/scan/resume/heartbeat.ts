import { HEARTBEAT } from '../../aws/timeouts.ts';
import type { Claim } from './claim.ts';

/**
 * Confirms a claim every few minutes, also while nothing else is written: no lifecycle rule expires run.json then, and
 * its Last-Modified says how long the attempt has given no sign of life.
 *
 * @param onLost is called once if the claim is lost
 * @returns stops the heartbeat, and the request that is in progress
 */
export function startHeartbeat(claim: Claim, signal: AbortSignal, onLost: () => void): () => void {
  const stopped = new AbortController();
  const stoppable = AbortSignal.any([signal, stopped.signal]);
  let isConfirming = false;
  const confirm = async () => {
    if (isConfirming) return;
    isConfirming = true;
    // The claim is confirmed before anything is completed in any case: an error here can wait for that.
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
