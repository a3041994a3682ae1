/** Milliseconds for which this process delayed a failed attempt. The key is the error of the attempt. */
const waits = new WeakMap<object, number>();

/** Records how long this process delayed an attempt that then failed. The service did not cause this wait. */
export function noteOwnWait(error: unknown, milliseconds: number): void {
  if (typeof error === 'object' && error !== null) waits.set(error, milliseconds);
}

/** Returns the recorded milliseconds; 0 for an attempt that was not delayed. */
export function ownWaitBefore(error: unknown): number {
  return (typeof error === 'object' && error !== null && waits.get(error)) || 0;
}
