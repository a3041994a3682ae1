/**
 * Size of every part except the last one of an object; the minimum that S3 allows. The maximum of 10,000 parts then
 * makes 48.8 GiB, more than the largest `file-size` can fill.
 */
export const PART_BYTES = 5 * 1024 * 1024;

/**
 * Buffers in which parts are filled and sent. Their number is fixed for the whole run. This bounds the memory, and it
 * slows down the readers if S3 is slower than the table.
 *
 * Each open object holds one buffer. All others hold parts that are being sent. Sending never waits for a buffer, so
 * every caller that waits for one eventually receives it.
 */
export class PartBuffers {
  private readonly free: Buffer[] = [];
  private readonly waiting: ((buffer: Buffer) => void)[] = [];
  private unallocated: number;

  constructor(count: number) {
    this.unallocated = count;
  }

  /** Returns a buffer of PART_BYTES. Callers receive buffers in the order of their calls. */
  async take(): Promise<Buffer> {
    const buffer = this.free.pop();
    if (buffer) return buffer;
    if (this.unallocated > 0) {
      this.unallocated -= 1;
      return Buffer.allocUnsafeSlow(PART_BYTES);
    }
    return new Promise((resolve) => this.waiting.push(resolve));
  }

  /**
   * Releases a buffer that is no longer read.
   *
   * @param buffer the one that `take` returned, or another view of its memory; it is replaced if its memory is lost
   *   because the thread ended that used it
   */
  release(buffer: Buffer): void {
    const whole = buffer.length === PART_BYTES ? buffer : wholeBuffer(buffer);
    const next = this.waiting.shift();
    if (next) next(whole);
    else this.free.push(whole);
  }
}

function wholeBuffer({ buffer }: Buffer): Buffer {
  return buffer.byteLength === PART_BYTES ? Buffer.from(buffer) : Buffer.allocUnsafeSlow(PART_BYTES);
}
