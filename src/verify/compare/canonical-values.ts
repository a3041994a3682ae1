import { CLOSE_BRACE, CLOSE_BRACKET, COLON, COMMA, LOWER_E, OPEN_BRACE, OPEN_BRACKET } from '../../format/ascii.ts';
import { type Cursor, fourBytes, twoBytes } from '../../format/cursor.ts';
import { MAX_NESTING } from '../../format/typed-item.ts';
import type { ItemKey } from './canonical-key.ts';
import { endField, LENGTH_BYTES, writeBinary, writeNumber, writeString } from './canonical-scalars.ts';
import { SortedEntries } from './sorted-entries.ts';

/** Reads attribute values in DynamoDB JSON and writes their canonical form. */
export class CanonicalValues {
  private readonly cursor: Cursor;
  private readonly entries = new SortedEntries();

  constructor(cursor: Cursor) {
    this.cursor = cursor;
  }

  /**
   * Reads an item and writes its attributes, sorted by name.
   *
   * @param key receives the key of the item
   * @throws {MalformedPage} if the item is invalid or has no key
   */
  readItem(key: ItemKey): void {
    this.entries.count = 0;
    this.readEntries(0, key);
    key.copy(this.cursor);
    this.sortNames(0);
  }

  private readMap(depth: number): void {
    const first = this.entries.count;
    this.readEntries(depth, undefined);
    this.sortNames(first);
  }

  /** @param key notes the key attributes */
  private readEntries(depth: number, key: ItemKey | undefined): void {
    const { cursor, entries } = this;
    if (depth > MAX_NESTING) throw cursor.malformed('fewer nesting levels');
    cursor.expect(OPEN_BRACE, 'a map');
    if (this.closes(CLOSE_BRACE)) return;
    do {
      const entry = cursor.to;
      entries.add(entry);
      cursor.to += LENGTH_BYTES;
      writeString(cursor);
      cursor.expect(COLON, '":"');
      const { at, to } = cursor;
      this.readValue(depth);
      endField(cursor, entry);
      key?.note(cursor, entry + LENGTH_BYTES, at, to);
    } while (this.hasNext(CLOSE_BRACE));
  }

  private sortNames(first: number): void {
    if (!this.entries.sort(this.cursor, first)) throw this.cursor.malformed('each attribute once');
  }

  private readList(depth: number): void {
    const { cursor } = this;
    if (depth > MAX_NESTING) throw cursor.malformed('fewer nesting levels');
    cursor.expect(OPEN_BRACKET, 'a list');
    if (this.closes(CLOSE_BRACKET)) return;
    do this.readValue(depth);
    while (this.hasNext(CLOSE_BRACKET));
  }

  /** Sets are never empty. DynamoDB stores no element twice; if a line has one twice, both count. */
  private readSet(write: (cursor: Cursor) => void): void {
    const { cursor, entries } = this;
    cursor.expect(OPEN_BRACKET, 'a set');
    const first = entries.count;
    do {
      const entry = cursor.to;
      entries.add(entry);
      cursor.to += LENGTH_BYTES;
      write(cursor);
      endField(cursor, entry);
    } while (this.hasNext(CLOSE_BRACKET));
    entries.sort(cursor, first);
  }

  /** Reads a value with its type descriptor, `{"S":...}`, and writes its tag and content. */
  private readValue(depth: number): void {
    const { cursor } = this;
    switch (cursor.view.getInt32(cursor.at, true)) {
      case S:
        this.begin(1, TAGS.S);
        writeString(cursor);
        break;
      case N:
        this.begin(1, TAGS.N);
        writeNumber(cursor);
        break;
      case B:
        this.begin(1, TAGS.B);
        writeBinary(cursor);
        break;
      case M:
      case L:
        this.readNested(depth + 1);
        break;
      case BO:
        this.readConstant(BOOL);
        break;
      case NU:
        this.readConstant(NULL);
        break;
      case SS:
        this.begin(2, TAGS.SS);
        this.readSet(writeString);
        break;
      case NS:
        this.begin(2, TAGS.NS);
        this.readSet(writeNumber);
        break;
      case BS:
        this.begin(2, TAGS.BS);
        this.readSet(writeBinary);
        break;
      default:
        throw cursor.malformed('an attribute value of a known type');
    }
    cursor.expect(CLOSE_BRACE, 'the end of an attribute value');
  }

  /** Writes a map or a list with its tag and length. */
  private readNested(depth: number): void {
    const { cursor } = this;
    const isMap = cursor.view.getInt32(cursor.at, true) === M;
    this.begin(1, isMap ? TAGS.M : TAGS.L);
    const start = cursor.to;
    cursor.to += LENGTH_BYTES;
    if (isMap) this.readMap(depth);
    else this.readList(depth);
    endField(cursor, start);
  }

  /** Skips `{"`, a type name of `length` letters, and `":`, and writes the tag. */
  private begin(length: number, tag: number): void {
    const { cursor } = this;
    const closing = cursor.at + 2 + length;
    if (cursor.view.getInt16(closing, true) !== QUOTE_COLON) throw cursor.malformed('a type descriptor', closing);
    cursor.at = closing + 2;
    cursor.put(tag);
  }

  /** @param type BOOL or NULL. DynamoDB knows only `"NULL":true`. */
  private readConstant(type: number): void {
    const { cursor } = this;
    const { view } = cursor;
    if (view.getInt32(cursor.at + 2, true) !== type) throw cursor.malformed('a type descriptor');
    this.begin(4, type === BOOL ? TAGS.TRUE : TAGS.NULL);
    const literal = view.getInt32(cursor.at, true);
    if (literal !== TRUE && (literal !== FALS || type !== BOOL)) throw cursor.malformed('true or false');
    cursor.at += 4;
    if (literal === TRUE) return;
    cursor.expect(LOWER_E, 'true or false');
    cursor.out[cursor.to - 1] = TAGS.FALSE;
  }

  private closes(close: number): boolean {
    const { cursor } = this;
    if (cursor.view.getUint8(cursor.at) !== close) return false;
    cursor.at += 1;
    return true;
  }

  /** Skips a `,` or the closing bracket. Returns true after a `,`. */
  private hasNext(close: number): boolean {
    const { cursor } = this;
    const byte = cursor.view.getUint8(cursor.at);
    if (byte !== COMMA && byte !== close) throw cursor.malformed('"," or a closing bracket');
    cursor.at += 1;
    return byte === COMMA;
  }
}

const S = fourBytes('{"S"');
const N = fourBytes('{"N"');
const B = fourBytes('{"B"');
const M = fourBytes('{"M"');
const L = fourBytes('{"L"');
const SS = fourBytes('{"SS');
const NS = fourBytes('{"NS');
const BS = fourBytes('{"BS');
const BO = fourBytes('{"BO');
const NU = fourBytes('{"NU');
const BOOL = fourBytes('BOOL');
const NULL = fourBytes('NULL');
const QUOTE_COLON = twoBytes('":');
const TRUE = fourBytes('true');
const FALS = fourBytes('fals');

/** First byte of each value in the canonical form. Those of S, N and B are also in `KeyPlace`. */
const TAGS = { S: 0x53, N: 0x4e, B: 0x42, M: 0x4d, L: 0x4c, SS: 0x73, NS: 0x6e, BS: 0x62, TRUE: 1, FALSE: 2, NULL: 3 };
