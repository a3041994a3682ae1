import { CLOSE_BRACKET, NEWLINE, QUOTE } from './ascii.ts';
import { FastLines, type KeyDefinition } from './check-lines.ts';
import type { Cursor } from './cursor.ts';
import { writeBlob } from './ion-blob.ts';
import { ItemLines } from './item-lines.ts';
import { copyNumber, copyText } from './json.ts';
import type { LineChecker, OnItems } from './line-checker.ts';
import { LineInput } from './line-input.ts';
import { LineBuffer } from './lines.ts';
import { InvalidIonText, MalformedPage } from './malformed-page.ts';
import { transcoder } from './transcoder.ts';
import { typedItem } from './typed-item.ts';

/**
 * Checks lines in DYNAMODB_JSON: each is `{"Item":{...}}` with an item whose values have known types and valid contents,
 * and with each key attribute once. What it accepts can be loaded into a table with these keys, except for values that
 * exceed limits of DynamoDB, duplicate elements of a set, and attributes of an item or map with the same name.
 */
export class ItemChecker implements LineChecker {
  count = 0;
  private readonly input = new LineInput();
  private readonly fast: Pick<FastLines, 'load' | 'accepted'>;
  private readonly keys: readonly KeyDefinition[];
  private readonly onItems: OnItems | undefined;
  private slow: ItemLines | undefined;

  /**
   * @param keys key attributes; empty if they are unknown
   * @param onItems receives the lines
   * @param fast accepts lines in the usual form. All others are checked in JavaScript.
   */
  constructor(
    keys: readonly KeyDefinition[],
    onItems?: OnItems,
    fast: Pick<FastLines, 'load' | 'accepted'> = new FastLines(keys),
  ) {
    this.keys = keys;
    this.fast = fast;
    this.onItems = onItems;
  }

  append(chunk: Buffer): void {
    this.input.append(chunk);
    this.check();
  }

  finish(): void {
    this.input.finish();
    this.check();
  }

  private check(): void {
    const { input, fast } = this;
    if (input.at >= input.complete) return;
    const lines = input.bytes.subarray(input.at, input.complete);
    fast.load(lines);
    for (let at = 0; at < lines.length; ) {
      const { count, length } = fast.accepted(at);
      if (count > 0) this.accept(lines.subarray(at, at + length), count);
      at += length;
      if (at === lines.length) break;
      const end = lines.indexOf(NEWLINE, at) + 1;
      this.accept(this.checkLine(lines.subarray(at, end)), 1);
      at = end;
    }
    input.at = input.complete;
  }

  /**
   * Checks any line. Slower than FastLines.
   *
   * @param line with its line feed
   * @returns the line without whitespace between tokens
   * @throws {MalformedPage} if it is invalid
   */
  private checkLine(line: Buffer): Buffer {
    this.slow ??= new ItemLines(
      this.keys.map(({ name }) => name),
      true,
    );
    this.slow.append(line);
    this.slow.next();
    const { bytes, start, end, keys } = this.slow;
    const item = Buffer.concat([bytes.subarray(start, end), Buffer.of(CLOSE_BRACKET)]);
    scratch.clear();
    readItem(item, 0, scratch);
    for (const [index, { type }] of this.keys.entries()) {
      const value = keys[2 * index] as number;
      if (value < 0) throw new MalformedPage('each key attribute');
      const hasType = bytes.toString('latin1', value, value + 6) === `{"${type}":"`;
      if (!hasType || bytes[value + 6] === QUOTE) throw new MalformedPage('a value of the type of the key attribute');
    }
    return Buffer.concat([LINE_START, bytes.subarray(start, end), LINE_END]);
  }

  private accept(lines: Buffer, count: number): void {
    this.count += count;
    this.onItems?.(lines);
  }
}

const scratch = new LineBuffer(Buffer.allocUnsafeSlow(64 * 1024));
const NOTHING = Buffer.alloc(0);

/** Reads base64 in every notation of JSON. */
function readBase64(cursor: Cursor): void {
  try {
    writeBlob(cursor);
  } catch (error) {
    if (error instanceof InvalidIonText) throw cursor.malformed('base64');
    throw error;
  }
}

/** Reads an item of known types. What it writes is not used. */
const readItem = transcoder(
  typedItem({
    lineStart: NOTHING,
    lineEnd: NOTHING,
    sets: { SS: NOTHING, NS: NOTHING, BS: NOTHING },
    name: copyText,
    S: copyText,
    N: copyNumber,
    B: readBase64,
  }),
  2,
);

const LINE_START = Buffer.from('{"Item":');
const LINE_END = Buffer.from('}\n');
