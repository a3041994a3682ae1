import type { LineBuffer } from './line-buffer.ts';
import { MalformedPage } from './malformed-page.ts';

/** Zero bytes kept after the page: more than any single look ahead reads. */
const PADDING = 16;

/** From so many bytes on a native copy is the faster one: its call alone takes some 50 ns. */
const NATIVE_COPY = 256;

/**
 * What a transcoder works on: the bytes it reads and how far it is, the bytes it writes and how far it is.
 *
 * The page is read from a copy with zeros after it. A zero is neither structure nor allowed inside a string, so every
 * loop ends at it by itself, and none has to ask at each byte whether the page is over. The copy takes a thirtieth of
 * the time.
 */
export class Cursor {
  /** The bytes to read, zeros after them. */
  bytes: Buffer = Buffer.alloc(0);
  view: DataView = new DataView(this.bytes.buffer);
  /** How many bytes there are to read. */
  length = 0;
  /** Index of the next byte to read. */
  at = 0;

  /** Where lines go; the storage of the LineBuffer last passed to `writeTo`. */
  out: Buffer = this.bytes;
  outView: DataView = this.view;
  /** Index of the next byte to write. */
  to = 0;

  /** Takes in the bytes of a page. */
  load(page: Buffer, start: number): void {
    this.reserve(page.length);
    page.copy(this.bytes);
    this.seal(page.length);
    this.at = start;
  }

  /** Makes `bytes` hold at least `length` bytes and the zeros; what was in it is lost. */
  reserve(length: number): void {
    if (this.bytes.length >= length + PADDING) return;
    this.bytes = Buffer.allocUnsafeSlow(length + PADDING);
    this.view = new DataView(this.bytes.buffer);
  }

  /** Ends what is to be read after `length` bytes. */
  seal(length: number): void {
    this.length = length;
    this.bytes.fill(0, length, length + PADDING);
  }

  /** Goes on writing at the end of `lines`, which has room for what comes. */
  writeTo(lines: LineBuffer): void {
    this.out = lines.bytes;
    this.outView = lines.view;
    this.to = lines.length;
  }

  /** Steps over `byte`, which must be next. */
  expect(byte: number, expected: string): void {
    if (this.view.getUint8(this.at) !== byte) throw this.malformed(expected);
    this.at += 1;
  }

  /** Writes one byte. */
  put(byte: number): void {
    this.out[this.to] = byte;
    this.to += 1;
  }

  /** Writes a short text. */
  putAll(text: Uint8Array): void {
    for (let i = 0; i < text.length; i += 1) this.out[this.to + i] = text[i] as number;
    this.to += text.length;
  }

  /** Writes `length` bytes from `from` on. */
  copy(from: number, length: number): void {
    if (length >= NATIVE_COPY) this.bytes.copy(this.out, this.to, from, from + length);
    else {
      // What is written past the end is written over by what comes next; LineBuffer has room for it.
      for (let i = 0; i < length; i += 4) {
        this.outView.setInt32(this.to + i, this.view.getInt32(from + i, true), true);
      }
    }
    this.to += length;
  }

  malformed(expected: string, at = this.at): MalformedPage {
    return new MalformedPage(expected, Math.min(at, this.length));
  }
}

/** Four ASCII characters as `view.getInt32` reads them in little-endian order. */
export function word(text: string): number {
  return Buffer.from(text, 'latin1').readInt32LE();
}

/** Two ASCII characters as `view.getInt16` reads them in little-endian order. */
export function halfWord(text: string): number {
  return Buffer.from(text, 'latin1').readInt16LE();
}
