/**
 * S3's smallest part, and so the size of all of them but an object's last. 10,000 parts, S3's most, then make 48.8 GiB:
 * more than the largest `file-size` can fill.
 */
export const PART_BYTES = 5 * 1024 * 1024;

/**
 * The buffers that parts are filled in and sent from: a fixed number for the whole run, which is what bounds its memory
 * and holds the readers back when S3 is slower than the table.
 *
 * Each open object holds one; the rest are parts on their way. Sending never waits for a buffer, so whoever waits here
 * is always served in the end.
 */
export class PartBuffers {
  private readonly free: Buffer[] = [];
  private readonly waiting: ((buffer: Buffer) => void)[] = [];
  private unmade: number;

  constructor(count: number) {
    this.unmade = count;
  }

  /** A buffer of PART_BYTES, in the order of asking. */
  async take(): Promise<Buffer> {
    const buffer = this.free.pop();
    if (buffer) return buffer;
    if (this.unmade > 0) {
      this.unmade -= 1;
      return Buffer.allocUnsafeSlow(PART_BYTES);
    }
    return new Promise((resolve) => this.waiting.push(resolve));
  }

  /** Gives back a buffer that nothing reads from any more. */
  give(buffer: Buffer): void {
    const next = this.waiting.shift();
    if (next) next(buffer);
    else this.free.push(buffer);
  }
}
