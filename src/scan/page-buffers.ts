/** DynamoDB ends a page at 1 MB of items. Written as JSON they are about that, and as lines a little more; seldom twice. */
const FIRST_BYTES = 1_536 * 1024;

/**
 * Storage for pages and for their lines, which all workers share: a worker holds one while a page arrives or its lines
 * are written, two while the one becomes the other, and as a rule none while it waits for DynamoDB.
 */
export class PageBuffers {
  private readonly free: Buffer[] = [];

  /** Some storage; whoever has it may put a larger one in its place. What was given back last is in the cache still. */
  take(): Buffer {
    return this.free.pop() ?? Buffer.allocUnsafeSlow(FIRST_BYTES);
  }

  /** Gives back storage that nothing reads from any more. */
  give(buffer: Buffer): void {
    this.free.push(buffer);
  }
}
