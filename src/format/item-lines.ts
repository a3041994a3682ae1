import { CARRIAGE_RETURN, CLOSE_BRACE, COLON, COMMA, NEWLINE, OPEN_BRACE, QUOTE, SPACE, TAB } from './ascii.ts';
import { compactItems } from './compact-items.ts';
import { Cursor, fourBytes, PADDING } from './cursor.ts';
import { endOfString } from './json-string.ts';
import { endOfValue } from './json-value.ts';
import { LineInput } from './line-input.ts';
import { MalformedPage } from './malformed-page.ts';

/**
 * Reads lines in DYNAMODB_JSON, `{"Item":{...}}`, without parsing the items into objects.
 *
 * A line is accepted if and only if it is one JSON object whose only member is an object `Item`. The bytes of an item
 * can therefore be placed into another JSON document as they are. The types of the attribute values are not checked,
 * except that numbers, strings, arrays and objects must be valid JSON.
 */
export class ItemLines {
  /** Buffer that contains the current item. */
  bytes: Buffer = Buffer.alloc(0);
  /** Index of the `{` of the current item. */
  start = 0;
  /** Index after the `}` of the current item. */
  end = 0;
  /** Start and end of the value of each key attribute, such as `{"S":"x"}`. -1 for an attribute that is missing. */
  readonly keys: Int32Array;
  /** Number of lines read so far. */
  count = 0;
  private readonly names: readonly string[];
  private readonly rawNames: readonly Buffer[];
  private readonly input = new LineInput();
  private readonly cursor = new Cursor();
  private readonly decodesAll: boolean;

  /**
   * @param keyAttributes names of the key attributes, at most a few
   * @param decodesAll true to decode the names of all items, which also finds a key attribute that an item has twice, once
   *   with escape sequences. Otherwise, they are decoded only if a key attribute is missing.
   */
  constructor(keyAttributes: readonly string[], decodesAll = false) {
    this.names = keyAttributes;
    this.decodesAll = decodesAll;
    this.rawNames = keyAttributes.map((name) => Buffer.from(name));
    this.keys = new Int32Array(2 * keyAttributes.length);
  }

  /** Appends a chunk. All complete lines of earlier chunks must have been read. */
  append(chunk: Buffer): void {
    this.input.append(chunk);
  }

  /** Ends the input. */
  finish(): void {
    this.input.finish();
  }

  /**
   * Moves to the next line.
   *
   * @returns false if no complete line is left
   * @throws {MalformedPage} if the line is invalid
   */
  next(): boolean {
    const { input, cursor } = this;
    if (input.at >= input.complete) return false;
    this.count += 1;
    cursor.readInPlace(input.bytes, input.complete);
    this.bytes = input.bytes;
    try {
      input.at = this.scan(input.at);
    } catch (error) {
      if (!(error instanceof MalformedPage)) throw error;
      input.at = this.scanCompacted(error);
    }
    return true;
  }

  /** Reads a line that another program wrote with whitespace. */
  private scanCompacted(problem: MalformedPage): number {
    const { bytes, at } = this.input;
    const next = bytes.indexOf(NEWLINE, at) + 1;
    const compact = compactLine(bytes.subarray(at, next));
    if (!compact) throw problem;
    this.bytes = compact;
    this.cursor.readInPlace(compact, compact.length - PADDING);
    this.scan(0);
    return next;
  }

  /** @returns index after the line */
  private scan(start: number): number {
    const { cursor } = this;
    const { view } = cursor;
    if (view.getInt32(start, true) !== LINE_START || view.getInt32(start + 4, true) !== LINE_START_2) {
      throw cursor.malformed('{"Item":', start);
    }
    this.start = start + 8;
    this.end = this.scanItem(this.start, false);
    if (this.decodesAll || this.keys.includes(-1)) this.scanItem(this.start, true);
    if (view.getUint8(this.end) !== CLOSE_BRACE || view.getUint8(this.end + 1) !== NEWLINE) {
      throw cursor.malformed('the end of the line', this.end);
    }
    return this.end + 2;
  }

  /** @param decodes true to find names with escape sequences too @returns index after the item */
  private scanItem(start: number, decodes: boolean): number {
    const { cursor, keys } = this;
    const { view } = cursor;
    keys.fill(-1);
    if (view.getUint8(start) !== OPEN_BRACE) throw cursor.malformed('an item', start);
    if (view.getUint8(start + 1) === CLOSE_BRACE) return start + 2;
    let at = start;
    do {
      const name = at + 1;
      if (view.getUint8(name) !== QUOTE) throw cursor.malformed('an attribute name', name);
      const nameEnd = endOfString(cursor, name + 1);
      if (view.getUint8(nameEnd) !== COLON) throw cursor.malformed('":"', nameEnd);
      at = endOfValue(cursor, nameEnd + 1, 0);
      const key = decodes ? this.decodedKey(name, nameEnd) : this.keyNamed(name + 1, nameEnd - 1);
      if (key >= 0) {
        if (keys[key] !== -1) throw cursor.malformed('each key attribute once', name);
        keys[key] = nameEnd + 1;
        keys[key + 1] = at;
      }
    } while (view.getUint8(at) === COMMA);
    if (view.getUint8(at) !== CLOSE_BRACE) throw cursor.malformed('"," or "}"', at);
    return at + 1;
  }

  /** @returns index in `keys`; -1 if the name is not that of a key attribute */
  private keyNamed(start: number, end: number): number {
    const { rawNames, cursor } = this;
    const length = end - start;
    for (let i = 0; i < rawNames.length; i += 1) {
      const name = rawNames[i] as Buffer;
      if (name.length !== length) continue;
      let same = 0;
      while (same < length && cursor.bytes[start + same] === name[same]) same += 1;
      if (same === length) return 2 * i;
    }
    return -1;
  }

  private decodedKey(start: number, end: number): number {
    const index = this.names.indexOf(JSON.parse(this.bytes.toString('utf8', start, end)) as string);
    return index < 0 ? -1 : 2 * index;
  }
}

const LINE_START = fourBytes('{"It');
const LINE_START_2 = fourBytes('em":');

/**
 * Returns a line without the whitespace between its tokens, followed by PADDING; undefined if it is not one JSON object.
 */
function compactLine(line: Buffer): Buffer | undefined {
  const opening = skipSpace(line, 0);
  if (line[opening] !== OPEN_BRACE) return undefined;
  const compact = Buffer.alloc(line.length + 1 + PADDING);
  compact[0] = OPEN_BRACE;
  try {
    const { read, written } = compactItems(line, opening + 1, compact.subarray(1));
    if (skipSpace(line, read) !== line.length) return undefined;
    compact[1 + written] = NEWLINE;
    return compact.subarray(0, 2 + written + PADDING);
  } catch (error) {
    if (error instanceof MalformedPage) return undefined;
    throw error;
  }
}

function skipSpace(line: Buffer, start: number): number {
  let at = start;
  while ([SPACE, TAB, CARRIAGE_RETURN, NEWLINE].includes(line[at] ?? 0)) at += 1;
  return at;
}
