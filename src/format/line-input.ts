import { isUtf8 } from 'node:buffer';
import { NEWLINE } from './ascii.ts';
import { PADDING } from './cursor.ts';
import { MalformedPage } from './malformed-page.ts';

/**
 * Maximum size of a line in bytes. An item has up to 400 KB. As DynamoDB JSON, it has up to eight times as many bytes,
 * if it consists of the constants true and false.
 */
export const MAX_LINE_BYTES = 4 * 1024 * 1024;

const FIRST_BYTES = 256 * 1024;

/** Collects chunks of bytes, which end anywhere, and provides the complete lines in one reused buffer. */
export class LineInput {
  /** PADDING more bytes than are in use can be read. */
  bytes: Buffer = Buffer.allocUnsafeSlow(FIRST_BYTES);
  /** Index of the next line. The reader moves it. */
  at = 0;
  /** Index after the last complete line. */
  complete = 0;
  /** Index after the last byte. */
  private end = 0;

  /**
   * Appends a chunk. The reader must have read all complete lines; their bytes are overwritten.
   *
   * @throws {MalformedPage} if a line is too long or is not valid UTF-8
   */
  append(chunk: Buffer): void {
    const rest = this.end - this.at;
    this.reserve(rest, chunk.length);
    chunk.copy(this.bytes, rest);
    this.at = 0;
    this.end = rest + chunk.length;
    const last = chunk.lastIndexOf(NEWLINE);
    this.complete = last < 0 ? 0 : rest + last + 1;
    if (this.end - this.complete > MAX_LINE_BYTES) throw new MalformedPage('a line of at most 4 MiB');
    if (!isUtf8(this.bytes.subarray(0, this.complete))) throw new MalformedPage('valid UTF-8');
  }

  /** Ends the input. The last line may have no line feed. */
  finish(): void {
    if (this.end > this.at) this.append(Buffer.of(NEWLINE));
  }

  /** Moves the incomplete line to the start of a buffer with room for `more` bytes. */
  private reserve(rest: number, more: number): void {
    const needed = rest + more + PADDING;
    if (needed <= this.bytes.length) {
      this.bytes.copyWithin(0, this.at, this.end);
      return;
    }
    const larger = Buffer.allocUnsafeSlow(Math.max(needed, this.bytes.length * 2));
    this.bytes.copy(larger, 0, this.at, this.end);
    this.bytes = larger;
  }
}
