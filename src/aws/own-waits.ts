/** Milliseconds that a failed attempt was held back before it was sent, by the error that it failed with. */
const waits = new WeakMap<object, number>();

/** Notes how long this process itself held back an attempt that then failed. The service cannot be blamed for that time. */
export function noteOwnWait(error: unknown, milliseconds: number): void {
  if (typeof error === 'object' && error !== null) waits.set(error, milliseconds);
}

/** Returns the milliseconds that were noted; 0 for an attempt that was not held back. */
export function ownWaitBefore(error: unknown): number {
  return (typeof error === 'object' && error !== null && waits.get(error)) || 0;
}
