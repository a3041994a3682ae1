/** Maximum number of requests of one kind in progress at once. */
const MAX_AT_ONCE = 16;

/**
 * Runs `work` for each item, in parallel.
 *
 * @throws the first failure; no further work is started after it
 */
export async function inParallel<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  const queue = items.values();
  let hasFailed = false;
  const worker = async () => {
    for (const item of queue) {
      await work(item).catch((error: unknown) => {
        hasFailed = true;
        throw error;
      });
      if (hasFailed) return;
    }
  };
  await Promise.all(Array.from({ length: Math.min(MAX_AT_ONCE, items.length) }, worker));
}
