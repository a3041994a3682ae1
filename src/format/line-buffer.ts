/** The lines of one page, in one buffer: the scan makes no garbage per item. */
export class LineBuffer {
  /** The storage. Only the first `length` bytes mean anything; `ensure` may replace it. */
  bytes: Buffer;
  /** The same storage, for writes of several bytes at once. */
  view: DataView;
  /** How many bytes hold lines. */
  length = 0;

  /** @param bytes the first storage: all of its ArrayBuffer */
  constructor(bytes: Buffer) {
    this.bytes = bytes;
    this.view = new DataView(bytes.buffer);
  }

  /** Makes room for `more` bytes after `length`, keeping what is there. */
  ensure(more: number): void {
    const needed = this.length + more;
    if (needed <= this.bytes.length) return;
    const larger = Buffer.allocUnsafeSlow(Math.max(needed, this.bytes.length * 2));
    this.bytes.copy(larger, 0, 0, this.length);
    this.bytes = larger;
    this.view = new DataView(larger.buffer);
  }

  /** Forgets the lines, keeps the storage. */
  clear(): void {
    this.length = 0;
  }

  /** The lines as a view into the storage: valid until the next `ensure` or `clear`. */
  lines(): Buffer {
    return this.bytes.subarray(0, this.length);
  }
}
