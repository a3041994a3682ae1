import type { LineBuffer } from './line-buffer.ts';
import { MalformedPage } from './malformed-page.ts';

/** Zero bytes after the page: more than any single look ahead reads. */
export const PADDING = 16;

/** From so many bytes on a native copy is the faster one: its call alone takes some 50 ns. */
const NATIVE_COPY = 256;

/**
 * What a transcoder works on: the bytes it reads and how far it is, the bytes it writes and how far it is.
 *
 * The page is read with zeros after it. A zero is neither structure nor allowed inside a string, so every loop ends at
 * it by itself, and none has to ask at each byte whether the page is over.
 */
export class Cursor {
  /** The bytes to read, zeros after them. */
  bytes: Buffer = Buffer.alloc(0);
  view: DataView = new DataView(this.bytes.buffer);
  /** Storage for a page that has to be copied; `bytes` is this then. */
  private copied: Buffer = this.bytes;
  /** How many bytes there are to read. */
  length = 0;
  /** Index of the next byte to read. */
  at = 0;

  /** Where lines go; the storage of the LineBuffer last passed to `writeTo`. */
  out: Buffer = this.bytes;
  outView: DataView = this.view;
  /** Index of the next byte to write. */
  to = 0;

  /** Takes in the bytes of a page: where they are, if zeros follow there already; a copy of them, if not. */
  load(page: Buffer, start: number): void {
    if (zerosFollow(page)) this.read(page);
    else {
      page.copy(this.reserve(page.length));
      this.seal(page.length);
    }
    this.length = page.length;
    this.at = start;
  }

  /** Storage of the cursor's own, to be read from, with room for `length` bytes and the zeros. */
  reserve(length: number): Buffer {
    if (this.copied.length < length + PADDING) this.copied = Buffer.allocUnsafeSlow(length + PADDING);
    this.read(this.copied);
    return this.copied;
  }

  /** Ends what is to be read of that storage after `length` bytes. */
  seal(length: number): void {
    this.length = length;
    this.copied.fill(0, length, length + PADDING);
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

  private read(bytes: Buffer): void {
    this.bytes = bytes;
    this.view = new DataView(bytes.buffer, bytes.byteOffset);
  }
}

/** Whether the storage goes on behind `page`, and with zeros. BodyBuffer sees to that. */
function zerosFollow({ buffer, byteOffset, length }: Buffer): boolean {
  const end = byteOffset + length;
  if (buffer.byteLength - end < PADDING) return false;
  return new Uint8Array(buffer, end, PADDING).every((byte) => byte === 0);
}

/** Four ASCII characters as `view.getInt32` reads them in little-endian order. */
export function word(text: string): number {
  return Buffer.from(text, 'latin1').readInt32LE();
}

/** Two ASCII characters as `view.getInt16` reads them in little-endian order. */
export function halfWord(text: string): number {
  return Buffer.from(text, 'latin1').readInt16LE();
}
