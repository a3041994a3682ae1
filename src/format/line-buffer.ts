/** Holds the lines of one page in one buffer, so that the scan allocates nothing per item. */
export class LineBuffer {
  /** Buffer. Only the first `length` bytes are valid; `ensure` can replace the buffer. */
  bytes: Buffer;
  /** View of the same buffer, to write several bytes at once. */
  view: DataView;
  /** Number of bytes in use. */
  length = 0;

  /** @param bytes initial buffer, which must span its whole ArrayBuffer */
  constructor(bytes: Buffer) {
    this.bytes = bytes;
    this.view = new DataView(bytes.buffer);
  }

  /** Makes room for `more` bytes after `length` and keeps the contents. */
  ensure(more: number): void {
    const needed = this.length + more;
    if (needed <= this.bytes.length) return;
    const larger = Buffer.allocUnsafeSlow(Math.max(needed, this.bytes.length * 2));
    this.bytes.copy(larger, 0, 0, this.length);
    this.bytes = larger;
    this.view = new DataView(larger.buffer);
  }

  /** Removes the lines and keeps the buffer. */
  clear(): void {
    this.length = 0;
  }

  /** Returns the lines as a view into the buffer, valid until the next `ensure` or `clear`. */
  lines(): Buffer {
    return this.bytes.subarray(0, this.length);
  }
}
