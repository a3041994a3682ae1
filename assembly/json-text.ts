// Parts of JSON that several modules read. Zero bytes follow the text, so no loop has to check for its end.

export const QUOTE: u8 = 0x22;
export const COMMA: u8 = 0x2c;
export const COLON: u8 = 0x3a;
export const OPEN_BRACKET: u8 = 0x5b;
export const BACKSLASH: u8 = 0x5c;
export const CLOSE_BRACKET: u8 = 0x5d;
export const LOWER_E: u8 = 0x65;
export const OPEN_BRACE: u8 = 0x7b;
export const CLOSE_BRACE: u8 = 0x7d;
const LOWER_U: u8 = 0x75;

/** Texts as little-endian numbers. */
export const TRUE: u32 = 0x65757274;
export const FALS: u32 = 0x736c6166;
export const SCALAR: u64 = 0x22_3a_22_00_22_7b; // {"S":" with the type letter masked out
export const ALL_BUT_LETTER: u64 = 0xffff_ff00_ffff;
export const LINE_START: u64 = (u64(0x3a_22_6d_65) << 32) | 0x74_49_22_7b; // {"Item":
export const LINE_END: u16 = 0x0a_7d; // } and a line feed

/** Returns the address after the closing quote of a string whose first character is at `start`; 0 if it is invalid. */
export function endOfString(start: usize): usize {
  let at = start;
  while (true) {
    const bytes = v128.load(at);
    const quotes = i8x16.eq(bytes, i8x16.splat(QUOTE));
    const backslashes = i8x16.eq(bytes, i8x16.splat(BACKSLASH));
    // x86 compares only signed bytes. A byte is below 0x20 if the unsigned minimum of it and 0x1f is the byte itself.
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
