import { COLON, OPEN_BRACE, QUOTE } from './ascii.ts';
import { canonicalDecimal } from './decimal.ts';

/**
 * Returns the key of an item as text that is equal for equal keys: numbers compare by value, strings by character and
 * binaries by byte, however they are written.
 *
 * @param keys start and end of the value of each key attribute, as in ItemLines
 * @returns undefined if a key attribute is missing or is not a string, a number or a binary; DynamoDB rejects the item
 */
export function keyIn(bytes: Buffer, keys: Int32Array): string | undefined {
  let key = '';
  for (let i = 0; i < keys.length; i += 2) {
    const part = scalarIn(bytes, keys[i] as number, keys[i + 1] as number);
    if (part === undefined) return undefined;
    key += `${part.length}:${part}`;
  }
  return key;
}

/** Returns the same text for an item that was parsed with JSON.parse. */
export function keyOf(item: unknown, keyAttributes: readonly string[]): string | undefined {
  let key = '';
  for (const name of keyAttributes) {
    const value = isObject(item) && Object.hasOwn(item, name) ? item[name] : undefined;
    const [[type = '', content] = [], ...more] = isObject(value) ? Object.entries(value) : [];
    const part = typeof content === 'string' && more.length === 0 ? canonicalScalar(type, content) : undefined;
    if (part === undefined) return undefined;
    key += `${part.length}:${part}`;
  }
  return key;
}

/** Reads `{"S":"..."}`, and the same with N or B. */
function scalarIn(bytes: Buffer, start: number, end: number): string | undefined {
  if (start < 0 || bytes[start] !== OPEN_BRACE || bytes[end - 2] !== QUOTE) return undefined;
  if (bytes[start + 3] !== QUOTE || bytes[start + 4] !== COLON || bytes[start + 5] !== QUOTE) return undefined;
  const raw = bytes.toString('utf8', start + 6, end - 2);
  const content = raw.includes('\\') ? unescaped(raw) : raw.includes('"') ? undefined : raw;
  if (content === undefined) return undefined;
  return canonicalScalar(String.fromCharCode(bytes[start + 2] as number), content);
}

function canonicalScalar(type: string, content: string): string | undefined {
  switch (type) {
    case 'S':
      return `S${content}`;
    case 'N':
      return `N${canonicalDecimal(content)}`;
    case 'B':
      return `B${Buffer.from(content, 'base64').toString('base64')}`;
    default:
      return undefined;
  }
}

function unescaped(raw: string): string | undefined {
  try {
    return JSON.parse(`"${raw}"`) as string;
  } catch {
    return undefined;
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
