import { CLOSE_BRACE, NEWLINE } from '../../format/ascii.ts';
import type { KeyDefinition } from '../../format/check-lines.ts';
import { Cursor, fourBytes, PADDING } from '../../format/cursor.ts';
import { LineBuffer } from '../../format/lines.ts';
import { ItemKey } from './canonical-key.ts';
import { CanonicalValues } from './canonical-values.ts';

/**
 * Maximum ratio of output to input: a set element `"1",` becomes its entry length, its length, sign, exponent and digit.
 */
const MAX_GROWTH = 4;

/** Room for the text of a number behind its result, and for writes of several bytes at once. */
const OUTPUT_OVERHEAD = 128;

/**
 * Reads lines in DYNAMODB_JSON and writes the canonical form of each item, without creating objects. It is the same for
 * items that are equal in DynamoDB, and for no others: every value with a type tag and a length, attributes sorted by
 * name, sets sorted by element, strings as their code units, binaries as bytes, and numbers as sign, exponent and digits.
 */
export class CanonicalItems {
  /** Canonical form of the current item, from `start` to `end`. The bytes before `start` are the given ones. */
  readonly item: LineBuffer;
  readonly start: number;
  end: number;
  /** Key of the current item. */
  readonly key: ItemKey;
  private readonly cursor = new Cursor();
  private readonly values = new CanonicalValues(this.cursor);
  private lines: Buffer = Buffer.alloc(0);
  /** Index of the next line. */
  private at = 0;

  /** @param prefix bytes to keep before the canonical form of each item and of each key */
  constructor(keyAttributes: readonly KeyDefinition[], prefix: Buffer) {
    this.item = new LineBuffer(Buffer.allocUnsafeSlow(256 * 1024));
    this.item.length = prefix.copy(this.item.bytes);
    this.start = prefix.length;
    this.end = prefix.length;
    this.key = new ItemKey(keyAttributes, prefix);
  }

  /** Sets the lines to read: compact JSON, each with a line feed at its end. They must not change until `next` returns false. */
  load(lines: Buffer): void {
    if (lines.length > 0 && lines.at(-1) !== NEWLINE) throw new Error('the last line is not complete');
    this.lines = this.readable(lines);
    this.at = 0;
    this.item.ensure(lines.length * MAX_GROWTH + OUTPUT_OVERHEAD);
  }

  /**
   * Moves to the next item.
   *
   * @returns false if all lines are read
   * @throws {MalformedPage} if the line is not a valid item with the key attributes; the message contains no data
   */
  next(): boolean {
    const { cursor, lines } = this;
    if (this.at >= lines.length) return false;
    cursor.readInPlace(lines, lines.length);
    this.at = this.readLine(this.at);
    return true;
  }

  /** Returns the lines in a buffer from which the cursor can read in place. */
  private readable(lines: Buffer): Buffer {
    const { buffer, byteOffset, length } = lines;
    if (buffer.byteLength - byteOffset - length >= PADDING) return lines;
    const copied = this.cursor.reserve(length);
    lines.copy(copied);
    return copied.subarray(0, length);
  }

  /** @returns index after the line */
  private readLine(start: number): number {
    const { cursor, item, values, key } = this;
    const { view } = cursor;
    if (view.getInt32(start, true) !== LINE_START || view.getInt32(start + 4, true) !== LINE_START_2) {
      throw cursor.malformed('{"Item":', start);
    }
    cursor.at = start + 8;
    cursor.writeTo(item);
    key.clear();
    values.readItem(key);
    cursor.expect(CLOSE_BRACE, 'the end of the line');
    cursor.expect(NEWLINE, 'the end of the line');
    this.end = cursor.to;
    return cursor.at;
  }
}

const LINE_START = fourBytes('{"It');
const LINE_START_2 = fourBytes('em":');
