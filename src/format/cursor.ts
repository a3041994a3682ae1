import type { LineBuffer } from './lines.ts';
import { MalformedPage } from './malformed-page.ts';

/** Number of zero bytes after the page: more than any single read looks ahead. */
export const PADDING = 16;

/** Minimum number of bytes for which a native copy is faster. The call alone takes about 50 ns. */
const NATIVE_COPY = 256;

/**
 * The input and output of a transcoder, each with its current position.
 *
 * Zero bytes follow the page. A zero byte is neither structure nor allowed inside a string, so every loop stops there
 * and does not have to check for the end of the page at each byte.
 */
export class Cursor {
  /** Input bytes, followed by zeros. */
  bytes: Buffer = Buffer.alloc(0);
  view: DataView = new DataView(this.bytes.buffer);
  /** Buffer for pages that have to be copied; `bytes` is then this buffer. */
  private copied: Buffer = this.bytes;
  /** Number of input bytes, without the zeros. */
  length = 0;
  /** Index of the next byte to read. */
  at = 0;

  /** Output: the buffer of the LineBuffer last passed to `writeTo`. */
  out: Buffer = this.bytes;
  outView: DataView = this.view;
  /** Index of the next byte to write. */
  to = 0;

  /** Loads a page. Reads it in place if zeros already follow it, otherwise copies it. */
  load(page: Buffer, start: number): void {
    if (zerosFollow(page)) this.read(page);
    else {
      page.copy(this.reserve(page.length));
      this.seal(page.length);
    }
    this.length = page.length;
    this.at = start;
  }

  /**
   * Reads `bytes` in place. PADDING more bytes must be readable after `length`. They need not be zeros if the input ends
   * in a line feed, which stops every loop like a zero byte.
   */
  readInPlace(bytes: Buffer, length: number): void {
    if (this.bytes !== bytes) this.read(bytes);
    this.length = length;
  }

  /** Makes the cursor's own buffer the input. It has room for `length` bytes and the zeros. */
  reserve(length: number): Buffer {
    if (this.copied.length < length + PADDING) this.copied = Buffer.allocUnsafeSlow(length + PADDING);
    this.read(this.copied);
    return this.copied;
  }

  /** Sets the length of the input in that buffer and writes the zeros after it. */
  seal(length: number): void {
    this.length = length;
    this.copied.fill(0, length, length + PADDING);
  }

  /** Writes from now on at the end of `lines`, which must have enough room. */
  writeTo(lines: LineBuffer): void {
    this.out = lines.bytes;
    this.outView = lines.view;
    this.to = lines.length;
  }

  /**
   * Skips `byte`.
   *
   * @throws {MalformedPage} if the next byte is a different one
   */
  expect(byte: number, expected: string): void {
    if (this.view.getUint8(this.at) !== byte) throw this.malformed(expected);
    this.at += 1;
  }

  /** Writes one byte. */
  put(byte: number): void {
    this.out[this.to] = byte;
    this.to += 1;
  }

  /** Writes a few bytes. */
  putAll(text: Uint8Array): void {
    for (let i = 0; i < text.length; i += 1) this.out[this.to + i] = text[i] as number;
    this.to += text.length;
  }

  /** Copies `length` bytes of the input, starting at `from`. */
  copy(from: number, length: number): void {
    if (length >= NATIVE_COPY) this.bytes.copy(this.out, this.to, from, from + length);
    else {
      // This writes up to 3 bytes past the end. The next write overwrites them, and LineBuffer has room for them.
      for (let i = 0; i < length; i += 4) {
        this.outView.setInt32(this.to + i, this.view.getInt32(from + i, true), true);
      }
    }
    this.to += length;
  }

  malformed(expected: string, at = this.at): MalformedPage {
    return new MalformedPage(expected, Math.min(at, this.length));
  }

  private read(bytes: Buffer): void {
    this.bytes = bytes;
    // Bounded, so that no read can reach other pages in the same memory.
    const readable = Math.min(bytes.length + PADDING, bytes.buffer.byteLength - bytes.byteOffset);
    this.view = new DataView(bytes.buffer, bytes.byteOffset, readable);
  }
}

/** Returns true if at least PADDING zero bytes follow `page` in its ArrayBuffer. BodyBuffer ensures this. */
export function zerosFollow({ buffer, byteOffset, length }: Buffer): boolean {
  const end = byteOffset + length;
  if (buffer.byteLength - end < PADDING) return false;
  return new Uint8Array(buffer, end, PADDING).every((byte) => byte === 0);
}

/** Returns four ASCII characters as `view.getInt32` reads them in little-endian order. */
export function fourBytes(text: string): number {
  return Buffer.from(text, 'latin1').readInt32LE();
}

/** Returns two ASCII characters as `view.getInt16` reads them in little-endian order. */
export function twoBytes(text: string): number {
  return Buffer.from(text, 'latin1').readInt16LE();
}
