import { CLOSE_BRACE, CLOSE_BRACKET, COLON, COMMA, LOWER_E, OPEN_BRACE, OPEN_BRACKET, QUOTE } from './ascii.ts';
import { copyItems } from './copy-items.ts';
import { type Cursor, fourBytes, twoBytes } from './cursor.ts';
import { endOfString } from './json-string.ts';
import { holdsSeparators } from './line-separators.ts';
import { endOfNumber } from './number.ts';
import type { TranscodeItems } from './transcode-items.ts';
import { transcoder } from './transcoder.ts';
import { MAX_NESTING } from './typed-item.ts';

const LINE_START = Buffer.from('{"Item":');
const LINE_END = Buffer.from('}\n');

/**
 * DYNAMODB_JSON: each item as DynamoDB sent it, as `{"Item":{...}}`.
 *
 * Checks that an item is complete, valid JSON, but not that its values have known types. If DynamoDB adds a type, its
 * values are copied like all others.
 */
export const transcodeDynamoDbJson: TranscodeItems = (page, start, lines) =>
  (holdsSeparators(page, start) ? undefined : copyItems(page, start, lines)) ?? copyAndCheck(page, start, lines);

/** Handles the pages that `copyItems` rejects: whitespace, line separators, raw numbers. Reports malformed pages. */
export const copyAndCheck: TranscodeItems = transcoder(copyItem, 1);

function copyItem(cursor: Cursor): void {
  const start = cursor.at;
  const end = endOfObject(cursor, start, 0);
  cursor.putAll(LINE_START);
  cursor.copy(start, end - start);
  cursor.putAll(LINE_END);
  cursor.at = end;
}

/** Returns the index after the JSON value that starts at `start`. */
function endOfValue(cursor: Cursor, start: number, depth: number): number {
  const { view } = cursor;
  const first = view.getInt32(start, true);
  // Most values are strings and numbers. Reading them in one step saves 10% of the time.
  if ((first === S || first === N) && view.getInt16(start + 4, true) === COLON_QUOTE) {
    const end = endOfString(cursor, start + 6);
    if (view.getUint8(end) === CLOSE_BRACE) return end + 1;
  }
  switch (view.getUint8(start)) {
    case OPEN_BRACE:
      return endOfObject(cursor, start, depth + 1);
    case OPEN_BRACKET:
      return endOfArray(cursor, start, depth + 1);
    case QUOTE:
      return endOfString(cursor, start + 1);
  }
  if (first === TRUE || first === NULL) return start + 4;
  if (first === FALS && view.getUint8(start + 4) === LOWER_E) return start + 5;
  const end = endOfNumber(view, start);
  if (end < 0) throw cursor.malformed('a value', start);
  return end;
}

function endOfObject(cursor: Cursor, start: number, depth: number): number {
  const { view } = cursor;
  if (depth > MAX_DEPTH) throw cursor.malformed('fewer nesting levels', start);
  if (view.getUint8(start + 1) === CLOSE_BRACE) return start + 2;
  let at = start;
  do {
    at += 1;
    if (view.getUint8(at) !== QUOTE) throw cursor.malformed('an attribute name', at);
    at = endOfString(cursor, at + 1);
    if (view.getUint8(at) !== COLON) throw cursor.malformed('":"', at);
    at = endOfValue(cursor, at + 1, depth);
  } while (view.getUint8(at) === COMMA);
  if (view.getUint8(at) !== CLOSE_BRACE) throw cursor.malformed('"," or "}"', at);
  return at + 1;
}

function endOfArray(cursor: Cursor, start: number, depth: number): number {
  const { view } = cursor;
  if (depth > MAX_DEPTH) throw cursor.malformed('fewer nesting levels', start);
  if (view.getUint8(start + 1) === CLOSE_BRACKET) return start + 2;
  let at = start;
  do at = endOfValue(cursor, at + 1, depth);
  while (view.getUint8(at) === COMMA);
  if (view.getUint8(at) !== CLOSE_BRACKET) throw cursor.malformed('"," or "]"', at);
  return at + 1;
}

/** A map or list takes two levels, its own and its type descriptor's. A value at the deepest level takes one more. */
const MAX_DEPTH = 2 * MAX_NESTING + 1;

const S = fourBytes('{"S"');
const N = fourBytes('{"N"');
const COLON_QUOTE = twoBytes(':"');
const TRUE = fourBytes('true');
const FALS = fourBytes('fals');
const NULL = fourBytes('null');
