import { APOSTROPHE, NINE, ZERO } from './ascii.ts';
import { endOf, type IonInput, readText } from './ion-input.ts';

/** Reads a symbol: in single quotes, or an identifier that is neither a keyword nor a symbol ID. */
export function readFieldName(input: IonInput): void {
  if (input.peek() === APOSTROPHE) {
    readText(input, APOSTROPHE);
    return;
  }
  const start = input.at;
  input.at = endOf(IDENTIFIER, input);
  if (!isIdentifier(input, start)) throw input.malformed('a field name');
  input.put('"');
  input.putFrom(start);
  input.put('"');
}

/** Returns true if the text from `start` is an identifier: not empty, no leading digit, not a keyword or symbol ID. */
function isIdentifier({ bytes, at }: IonInput, start: number): boolean {
  const first = bytes[start] as number;
  if (at === start || (first >= ZERO && first <= NINE)) return false;
  // Only short names can be keywords, and only those that start with a dollar sign can be symbol IDs.
  if (at - start > MAX_KEYWORD && first !== DOLLAR) return true;
  return !/^(?:null|true|false|nan|\$\d+)$/.test(bytes.toString('latin1', start, at));
}

const MAX_KEYWORD = 'false'.length;
const DOLLAR = 0x24;

const IDENTIFIER = new Uint8Array(256);
for (const byte of Buffer.from('ABCDEFGHIJKLMNOPQRSTUVWXYZ_$abcdefghijklmnopqrstuvwxyz0123456789'))
  IDENTIFIER[byte] = 1;
