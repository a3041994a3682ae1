/** Returns a signal that aborts some milliseconds after another. `release` removes the listener and the timer. */
export function delayedSignal(
  signal: AbortSignal,
  milliseconds: number,
): { readonly signal: AbortSignal; release(): void } {
  const controller = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  const start = () => {
    timer = setTimeout(() => controller.abort(), milliseconds);
  };
  signal.addEventListener('abort', start, { once: true });
  return {
    signal: controller.signal,
    release() {
      signal.removeEventListener('abort', start);
      clearTimeout(timer);
    },
  };
}
