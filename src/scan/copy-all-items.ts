import { copySegments } from './copy-segments.ts';
import type { ScanContext } from './scan-request.ts';

/**
 * Copies the items. Fails if the process-func module causes an unhandled error, because an item may be missing as a
 * result. After all items are stored, such an error cannot affect the copy, so it is only a warning.
 */
export async function copyAllItems(copy: ScanContext): Promise<void> {
  const unhandled = copy.request.transform?.unhandledErrors;
  if (!unhandled) return copySegments(copy);
  try {
    await copySegments({ ...copy, signal: AbortSignal.any([copy.signal, unhandled]) });
  } catch (error) {
    throw unhandled.aborted && (error as Error).name === 'AbortError' ? unhandled.reason : error;
  }
  unhandled.throwIfAborted();
  unhandled.addEventListener('abort', () => {
    copy.logger.warning(`${(unhandled.reason as Error).message} All items had already been stored.`);
  });
}
