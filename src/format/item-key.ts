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
  const partition = scalarIn(bytes, keys[0] as number, keys[1] as number);
  if (keys.length === 2 || partition === undefined) return partition;
  const sort = scalarIn(bytes, keys[2] as number, keys[3] as number);
  return sort === undefined ? undefined : joined(partition, sort);
}

/** Returns the same text for an item that was parsed with JSON.parse. */
export function keyOf(item: unknown, keyAttributes: readonly string[]): string | undefined {
  const [partition, ...sort] = keyAttributes.map((name) => {
    const value = isObject(item) && Object.hasOwn(item, name) ? item[name] : undefined;
    const [[type = '', content] = [], ...more] = isObject(value) ? Object.entries(value) : [];
    return typeof content === 'string' && more.length === 0 ? canonicalScalar(type, content) : undefined;
  });
  if (sort.length === 0 || partition === undefined) return partition;
  return sort[0] === undefined ? undefined : joined(partition, sort[0]);
}

function joined(partition: string, sort: string): string {
  return `${partition.length}:${partition}${sort}`;
}

/** Reads `{"S":"..."}`, and the same with N or B. */
function scalarIn(bytes: Buffer, start: number, end: number): string | undefined {
  if (start < 0 || bytes[start] !== OPEN_BRACE || bytes[end - 2] !== QUOTE) return undefined;
  if (bytes[start + 3] !== QUOTE || bytes[start + 4] !== COLON || bytes[start + 5] !== QUOTE) return undefined;
  // Type and content, such as `S":"x`, which for most strings is the canonical text.
  const text = bytes.toString('utf8', start + 2, end - 2);
  const type = text.charAt(0);
  if (text.includes('\\')) {
    const content = unescaped(text.slice(4));
    return content === undefined ? undefined : canonicalScalar(type, content);
  }
  if (text.includes('"', 4)) return undefined;
  return type === 'S' ? text : canonicalScalar(type, text.slice(4));
}

function canonicalScalar(type: string, content: string): string | undefined {
  switch (type) {
    case 'S':
      return `S":"${content}`;
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
