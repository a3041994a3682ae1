// AssemblyScript: TypeScript's syntax for WebAssembly. `npm run build` compiles it into src/format/copy-items.wasm.ts.
//
// It does what src/format/dynamodb-json.ts does, sixteen bytes at a step, to pages as DynamoDB writes them. Whatever else
// it meets it leaves alone: that code then reads the page, and says what is wrong with it if something is.
//
// Zeros follow the page. A zero is neither structure nor allowed in a string, so that no loop has to ask for the end.

/** Where it is noted which of the maps and lists around a value are which. */
const KINDS: usize = 1024;
const MOST_NESTED: i32 = 200;

const OBJECT: u8 = 1;
const ARRAY: u8 = 0;

const QUOTE: u8 = 0x22;
const COMMA: u8 = 0x2c;
const COLON: u8 = 0x3a;
const OPEN_BRACKET: u8 = 0x5b;
const BACKSLASH: u8 = 0x5c;
const CLOSE_BRACKET: u8 = 0x5d;
const LOWER_E: u8 = 0x65;
const LOWER_U: u8 = 0x75;
const OPEN_BRACE: u8 = 0x7b;
const CLOSE_BRACE: u8 = 0x7d;

/** Texts as one little-endian number. */
const TRUE: u32 = 0x65757274;
const FALS: u32 = 0x736c6166;
const NULL: u32 = 0x6c6c756e;
const SCALAR: u64 = 0x22_3a_22_00_22_7b; // {"S":" or the like; the letter is masked out
const ALL_BUT_LETTER: u64 = 0xffff_ff00_ffff;
const LINE_START: u64 = (u64(0x3a_22_6d_65) << 32) | 0x74_49_22_7b; // {"Item":
const LINE_END: u16 = 0x0a_7d; // } and a line feed

/** Where the page goes on behind its items. */
export let end: usize = 0;
/** Where the lines end. */
export let linesEnd: usize = 0;

/**
 * Writes the line of each item, from `start`, just behind the `[` of `"Items":[`, up to the `]`.
 *
 * @param to has room for four times as many bytes as there are, and 16 more
 * @returns how many items there were; -1 where something is not as DynamoDB writes it
 */
export function copyItems(start: usize, to: usize): i32 {
  let at = start;
  let out = to;
  let count = 0;
  if (load<u8>(at) === CLOSE_BRACKET) at += 1;
  else {
    let next: u8;
    do {
      const itemEnd = load<u8>(at) === OPEN_BRACE ? endOfValue(at) : 0;
      if (itemEnd === 0) return -1;
      const length = itemEnd - at;
      store<u64>(out, LINE_START);
      memory.copy(out + 8, at, length);
      store<u16>(out + 8 + length, LINE_END);
      out += length + 10;
      count += 1;
      next = load<u8>(itemEnd);
      at = itemEnd + 1;
    } while (next === COMMA);
    if (next !== CLOSE_BRACKET) return -1;
  }
  end = at;
  linesEnd = out;
  return count;
}

/** Index behind the value that starts at `start`; 0 where it is none. */
function endOfValue(start: usize): usize {
  let at = start;
  let depth = 0;
  while (true) {
    const first = load<u8>(at);
    // Most of what there is. One test for S, N and B: which of them comes is more than a processor can foretell.
    if ((load<u64>(at) & ALL_BUT_LETTER) === SCALAR && isCapital(load<u8>(at + 2))) {
      at = endOfString(at + 6);
      if (at === 0 || load<u8>(at) !== CLOSE_BRACE) return 0;
      at += 1;
    } else if (first === QUOTE) {
      at = endOfString(at + 1);
      if (at === 0) return 0;
    } else if (first === OPEN_BRACE || first === OPEN_BRACKET) {
      const isObject = first === OPEN_BRACE;
      at += 1;
      if (load<u8>(at) === closing(isObject)) at += 1;
      else {
        if (depth === MOST_NESTED) return 0;
        store<u8>(KINDS + depth, isObject ? OBJECT : ARRAY);
        depth += 1;
        if (isObject) at = endOfName(at);
        if (at === 0) return 0;
        continue;
      }
    } else {
      at = endOfLiteral(at);
      if (at === 0) return 0;
    }

    // Behind a value: out of all that ends here.
    while (true) {
      if (depth === 0) return at;
      const isObject = load<u8>(KINDS + depth - 1) === OBJECT;
      const next = load<u8>(at);
      at += 1;
      if (next === COMMA) {
        if (isObject) at = endOfName(at);
        if (at === 0) return 0;
        break;
      }
      if (next !== closing(isObject)) return 0;
      depth -= 1;
    }
  }
}

function closing(isObject: bool): u8 {
  return isObject ? CLOSE_BRACE : CLOSE_BRACKET;
}

/** Index behind a name and its colon. */
function endOfName(start: usize): usize {
  if (load<u8>(start) !== QUOTE) return 0;
  const at = endOfString(start + 1);
  return at !== 0 && load<u8>(at) === COLON ? at + 1 : 0;
}

function isCapital(byte: u8): bool {
  return byte >= 0x41 && byte <= 0x5a;
}

/** Numbers are strings in DynamoDB JSON. */
function endOfLiteral(at: usize): usize {
  const four = load<u32>(at);
  if (four === TRUE || four === NULL) return at + 4;
  return four === FALS && load<u8>(at + 4) === LOWER_E ? at + 5 : 0;
}

/** Index behind the closing quote of the string whose first character is at `start`. */
function endOfString(start: usize): usize {
  let at = start;
  while (true) {
    const bytes = v128.load(at);
    const quotes = i8x16.eq(bytes, i8x16.splat(QUOTE));
    const backslashes = i8x16.eq(bytes, i8x16.splat(BACKSLASH));
    // x86 compares signed bytes only: whether a byte is below 0x20 is asked for by what the lesser of the two is.
    const controls = i8x16.eq(i8x16.min_u(bytes, i8x16.splat(0x1f)), bytes);
    const stops = i8x16.bitmask(v128.or(v128.or(quotes, backslashes), controls));
    if (stops === 0) {
      at += 16;
      continue;
    }
    at += ctz(stops);
    const byte = load<u8>(at);
    if (byte === QUOTE) return at + 1;
    if (byte !== BACKSLASH) return 0;
    at = endOfEscape(at);
    if (at === 0) return 0;
  }
}

function endOfEscape(at: usize): usize {
  switch (load<u8>(at + 1)) {
    case QUOTE:
    case BACKSLASH:
    case 0x2f: // /
    case 0x62: // b
    case 0x66: // f
    case 0x6e: // n
    case 0x72: // r
    case 0x74: // t
      return at + 2;
    case LOWER_U:
      for (let i: usize = 2; i < 6; i++) {
        if (!isHexDigit(load<u8>(at + i))) return 0;
      }
      return at + 6;
    default:
      return 0;
  }
}

function isHexDigit(byte: u8): bool {
  const lower: u8 = byte | 0x20;
  return (byte >= 0x30 && byte <= 0x39) || (lower >= 0x61 && lower <= 0x66);
}
