import { CLOSE_BRACE, CLOSE_BRACKET, COLON, COMMA, LOWER_E, OPEN_BRACE, OPEN_BRACKET } from './ascii.ts';
import { type Cursor, fourBytes, twoBytes } from './cursor.ts';
import type { TranscodeItem } from './transcoder.ts';

/** Maximum nesting depth. DynamoDB allows 32 levels; this limit keeps a malicious page from exhausting the stack. */
export const MAX_NESTING = 100;

/** Describes how a format without type descriptors writes values. */
export interface ItemWriter {
  readonly lineStart: Uint8Array;
  readonly lineEnd: Uint8Array;
  /** Text before the `[` of a set. */
  readonly sets: { readonly SS: Uint8Array; readonly NS: Uint8Array; readonly BS: Uint8Array };
  /** These functions read a string, from its opening through its closing quote, and write its value. */
  readonly name: WriteString;
  readonly S: WriteString;
  readonly N: WriteString;
  readonly B: WriteString;
}

export type WriteString = (cursor: Cursor) => void;

/**
 * Returns a function that reads an item in the form that DynamoDB writes, checks every byte of its structure, and
 * writes it with `writer`. Maps, lists, true, false and null are the same in all formats.
 */
export function typedItem(writer: ItemWriter): TranscodeItem {
  return (cursor) => {
    cursor.putAll(writer.lineStart);
    writeMap(cursor, writer, 0);
    cursor.putAll(writer.lineEnd);
  };
}

function writeMap(cursor: Cursor, writer: ItemWriter, depth: number): void {
  if (depth > MAX_NESTING) throw cursor.malformed('fewer nesting levels');
  cursor.expect(OPEN_BRACE, 'a map');
  cursor.put(OPEN_BRACE);
  if (closes(cursor, CLOSE_BRACE)) return;
  do {
    writer.name(cursor);
    cursor.expect(COLON, '":"');
    cursor.put(COLON);
    writeValue(cursor, writer, depth);
  } while (hasNext(cursor, CLOSE_BRACE));
}

function writeList(cursor: Cursor, writer: ItemWriter, depth: number): void {
  if (depth > MAX_NESTING) throw cursor.malformed('fewer nesting levels');
  cursor.expect(OPEN_BRACKET, 'a list');
  cursor.put(OPEN_BRACKET);
  if (closes(cursor, CLOSE_BRACKET)) return;
  do writeValue(cursor, writer, depth);
  while (hasNext(cursor, CLOSE_BRACKET));
}

/** Sets are never empty. */
function writeSet(cursor: Cursor, annotation: Uint8Array, write: WriteString): void {
  cursor.putAll(annotation);
  cursor.expect(OPEN_BRACKET, 'a set');
  cursor.put(OPEN_BRACKET);
  do write(cursor);
  while (hasNext(cursor, CLOSE_BRACKET));
}

/** Reads and writes a `,` or the closing bracket. Returns true after a `,`, since another element follows. */
function hasNext(cursor: Cursor, close: number): boolean {
  const byte = cursor.view.getUint8(cursor.at);
  if (byte !== COMMA && byte !== close) throw cursor.malformed('"," or a closing bracket');
  cursor.at += 1;
  cursor.put(byte);
  return byte === COMMA;
}

function closes(cursor: Cursor, close: number): boolean {
  if (cursor.view.getUint8(cursor.at) !== close) return false;
  cursor.at += 1;
  cursor.put(close);
  return true;
}

/** Reads a value with its type descriptor, `{"S":...}`, and writes it. The first four bytes identify the type. */
function writeValue(cursor: Cursor, writer: ItemWriter, depth: number): void {
  switch (cursor.view.getInt32(cursor.at, true)) {
    case S:
      skipDescriptor(cursor, 1);
      writer.S(cursor);
      break;
    case N:
      skipDescriptor(cursor, 1);
      writer.N(cursor);
      break;
    case M:
      skipDescriptor(cursor, 1);
      writeMap(cursor, writer, depth + 1);
      break;
    case L:
      skipDescriptor(cursor, 1);
      writeList(cursor, writer, depth + 1);
      break;
    case BO:
      if (cursor.view.getInt16(cursor.at + 4, true) !== OL) throw cursor.malformed('a type descriptor');
      skipDescriptor(cursor, 4);
      writeBoolean(cursor);
      break;
    case NU:
      if (cursor.view.getInt16(cursor.at + 4, true) !== LL) throw cursor.malformed('a type descriptor');
      skipDescriptor(cursor, 4);
      writeNull(cursor);
      break;
    case B:
      skipDescriptor(cursor, 1);
      writer.B(cursor);
      break;
    case SS:
      skipDescriptor(cursor, 2);
      writeSet(cursor, writer.sets.SS, writer.S);
      break;
    case NS:
      skipDescriptor(cursor, 2);
      writeSet(cursor, writer.sets.NS, writer.N);
      break;
    case BS:
      skipDescriptor(cursor, 2);
      writeSet(cursor, writer.sets.BS, writer.B);
      break;
    default:
      throw cursor.malformed('an attribute value');
  }
  cursor.expect(CLOSE_BRACE, 'the end of an attribute value');
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
const OL = twoBytes('OL');
const NU = fourBytes('{"NU');
const LL = twoBytes('LL');
const QUOTE_COLON = twoBytes('":');

/** Skips `{"`, a type name of `length` letters, and `":`. */
function skipDescriptor(cursor: Cursor, length: number): void {
  const closing = cursor.at + 2 + length;
  if (cursor.view.getInt16(closing, true) !== QUOTE_COLON) throw cursor.malformed('a type descriptor', closing);
  cursor.at = closing + 2;
}

function writeBoolean(cursor: Cursor): void {
  const literal = cursor.view.getInt32(cursor.at, true);
  cursor.outView.setInt32(cursor.to, literal, true);
  cursor.at += 4;
  cursor.to += 4;
  if (literal === TRUE) return;
  if (literal !== FALS) throw cursor.malformed('true or false');
  cursor.expect(LOWER_E, 'true or false');
  cursor.put(LOWER_E);
}

/** Writes null. DynamoDB sends only `"NULL":true`, never `"NULL":false`. */
function writeNull(cursor: Cursor): void {
  if (cursor.view.getInt32(cursor.at, true) !== TRUE) throw cursor.malformed('true');
  cursor.outView.setInt32(cursor.to, NULL, true);
  cursor.at += 4;
  cursor.to += 4;
}

const TRUE = fourBytes('true');
const FALS = fourBytes('fals');
const NULL = fourBytes('null');
