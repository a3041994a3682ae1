import { APOSTROPHE, BACKSLASH, LOWER_E, LOWER_U, QUOTE, SLASH, SPACE } from './ascii.ts';
import { type Cursor, fourBytes } from './cursor.ts';
import { codeUnit, copyString, lengthOfEscape } from './json-string.ts';
import { InvalidIonText } from './malformed-page.ts';

/** Writes a JSON string as an Ion string. They differ only in escape sequences. */
export function writeText(cursor: Cursor): void {
  copyString(cursor, writeEscapeInString);
}

/** Writes a string as a field name: unquoted if it is an identifier and not a keyword, otherwise in single quotes. */
export function writeFieldName(cursor: Cursor): void {
  cursor.expect(QUOTE, 'an attribute name');
  const { view, at: start } = cursor;
  const end = endOfIdentifier(view, start);
  if (view.getUint8(end) !== QUOTE || !canBeUnquoted(view, start, end)) {
    writeQuotedName(cursor);
    return;
  }
  cursor.copy(start, end - start);
  cursor.at = end + 1;
}

function writeQuotedName(cursor: Cursor): void {
  const { view, to: opening } = cursor;
  cursor.put(APOSTROPHE);
  for (;;) {
    const byte = view.getUint8(cursor.at);
    if (byte === QUOTE) break;
    if (byte < SPACE) throw cursor.malformed('the rest of an attribute name');
    if (byte === BACKSLASH) {
      writeEscape(cursor, APOSTROPHE);
      continue;
    }
    if (byte === APOSTROPHE) cursor.put(BACKSLASH);
    cursor.put(byte);
    cursor.at += 1;
  }
  cursor.at += 1;

  const { outView, to: closing } = cursor;
  cursor.put(APOSTROPHE);
  // If the name was quoted only because of escape sequences that are now decoded, write it unquoted.
  if (endOfIdentifier(outView, opening + 1) === closing && canBeUnquoted(outView, opening + 1, closing)) {
    cursor.out.copyWithin(opening, opening + 1, closing);
    cursor.to -= 2;
  }
}

/** Returns the index of the first byte, starting at `start`, that is not allowed in an identifier. */
function endOfIdentifier(view: DataView, start: number): number {
  let at = start;
  while (IDENTIFIER[view.getUint8(at)] === 1) at += 1;
  return at;
}

/** Excludes `$`, which Ion allows: `$1` would be a symbol ID and `$ion_1_0` a version marker. */
const IDENTIFIER = new Uint8Array(256);
for (const byte of Buffer.from('ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz0123456789')) IDENTIFIER[byte] = 1;

/** Returns true if these identifier characters form an identifier: not empty, no leading digit, not a keyword. */
function canBeUnquoted(view: DataView, start: number, end: number): boolean {
  const length = end - start;
  if (length === 0 || view.getUint8(start) < 0x41) return false;
  if (length < 3 || length > 5) return true;
  const first = view.getInt32(start, true);
  if (length === 3) return (first & 0xffffff) !== NAN;
  if (length === 4) return first !== NULL && first !== TRUE;
  return first !== FALS || view.getUint8(end - 1) !== LOWER_E;
}

const NAN = fourBytes('nan\0');
const NULL = fourBytes('null');
const TRUE = fourBytes('true');
const FALS = fourBytes('fals');

function writeEscapeInString(cursor: Cursor): void {
  writeEscape(cursor, QUOTE);
}

/**
 * Writes the character of a JSON escape sequence as Ion.
 *
 * @param delimiter quote character around the text, which must be escaped in it
 */
export function writeEscape(cursor: Cursor, delimiter: number): void {
  const length = lengthOfEscape(cursor, cursor.at);
  const kind = cursor.view.getUint8(cursor.at + 1);
  if (kind === LOWER_U) {
    writeCharacter(cursor, codePoint(cursor), delimiter);
    return;
  }
  cursor.at += length;
  if (kind === SLASH || (kind === QUOTE && delimiter !== QUOTE)) cursor.put(kind);
  else {
    cursor.put(BACKSLASH);
    cursor.put(kind);
  }
}

/** Reads a `\uXXXX`, or two that form a surrogate pair. */
function codePoint(cursor: Cursor): number {
  const unit = codeUnit(cursor, cursor.at);
  cursor.at += 6;
  if (unit < 0xd800 || unit > 0xdfff) return unit;
  // If the page ends here, the other half can be missing because the page is incomplete.
  if (cursor.at + 2 > cursor.length) throw cursor.malformed('more data');
  if (unit > 0xdbff || cursor.view.getInt16(cursor.at, true) !== UNICODE_ESCAPE) throw new InvalidIonText();
  const low = codeUnit(cursor, cursor.at);
  if (low < 0xdc00 || low > 0xdfff) throw new InvalidIonText();
  cursor.at += 6;
  return 0x10000 + ((unit - 0xd800) << 10) + (low - 0xdc00);
}

const UNICODE_ESCAPE = 0x755c;

function writeCharacter(cursor: Cursor, character: number, delimiter: number): void {
  const spelled = ESCAPES.get(character);
  if (spelled) cursor.putAll(spelled);
  else if (character === delimiter) {
    cursor.put(BACKSLASH);
    cursor.put(character);
  } else cursor.to += cursor.out.write(String.fromCodePoint(character), cursor.to);
}

/** Characters that must be escaped in a line of Ion, with the escape sequence of ion-java for those that it escapes. */
const ESCAPES = new Map<number, Buffer>();
for (let control = 0; control < SPACE; control += 1) {
  ESCAPES.set(control, Buffer.from(`\\x${control.toString(16).padStart(2, '0')}`));
}
for (const [character, spelled] of Object.entries({
  '\0': '\\0',
  '\x07': '\\a',
  '\b': '\\b',
  '\t': '\\t',
  '\n': '\\n',
  '\v': '\\v',
  '\f': '\\f',
  '\r': '\\r',
  '\\': '\\\\',
  '\u0085': '\\u0085',
  '\u2028': '\\u2028',
  '\u2029': '\\u2029',
})) {
  ESCAPES.set(character.charCodeAt(0), Buffer.from(spelled));
}
