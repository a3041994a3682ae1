/**
 * Initial size of a buffer. DynamoDB ends a page at 1 MB of items. As JSON, a page has about the same size; as lines,
 * it is slightly larger and rarely twice as large.
 */
const FIRST_BYTES = 1_536 * 1024;

/**
 * Pool of buffers for pages and their lines, shared by all workers. A worker holds one buffer while it receives a page
 * or writes its lines, two while it converts the page to lines, and usually none while it waits for DynamoDB.
 */
export class PageBuffers {
  private readonly free: Buffer[] = [];

  /**
   * Returns a buffer, preferably the one returned last because it may still be in the CPU cache. The caller can later
   * give back a larger buffer instead.
   */
  take(): Buffer {
    return this.free.pop() ?? Buffer.allocUnsafeSlow(FIRST_BYTES);
  }

  /** Returns a buffer to the pool. It must no longer be in use. */
  release(buffer: Buffer): void {
    this.free.push(buffer);
  }
}
