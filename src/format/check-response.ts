import { isUtf8 } from 'node:buffer';
import { parseDecimal } from './decimal.ts';
import { MalformedPage } from './malformed-page.ts';
import { MAX_NESTING } from './typed-item.ts';

/**
 * Checks a complete Scan response that no checksum has verified: valid UTF-8, valid JSON, and only items that consist
 * of well-formed attribute values of known types. Slow.
 *
 * @throws {MalformedPage} if a check fails; names the index of the item, not the byte
 */
export function checkScanResponse(page: Buffer): void {
  if (!isUtf8(page)) throw new MalformedPage('valid UTF-8');
  const response = parse(page);
  if (!isObject(response) || !Array.isArray(response['Items'])) throw new MalformedPage('an "Items" array');
  for (const [index, item] of response['Items'].entries()) {
    const problem = problemOfMap(item, 0);
    if (problem) throw new MalformedPage(`${problem} in item ${index}`);
  }
}

/** Members of a Scan response. */
const MEMBERS = new Set(['Items', 'Count', 'ScannedCount', 'LastEvaluatedKey', 'ConsumedCapacity']);

/**
 * Checks the members that determine whether a page is the last one, for a response without a checksum. If one bit of
 * the name LastEvaluatedKey is changed, the response is still well-formed JSON, and the segment would appear to end
 * there.
 *
 * @throws {MalformedPage} if the response has an unknown member, or LastEvaluatedKey is not a key
 */
export function checkResponseMembers(rest: Buffer): void {
  const page = JSON.parse(rest.toString()) as Record<string, unknown>;
  if (Object.keys(page).some((name) => !MEMBERS.has(name))) throw new MalformedPage('only members of a Scan response');
  const key = page['LastEvaluatedKey'] ?? undefined;
  if (key === undefined) return;
  if (typeof key !== 'object' || Array.isArray(key) || Object.keys(key).length === 0) {
    throw new MalformedPage('a key in "LastEvaluatedKey"');
  }
}

function parse(page: Buffer): unknown {
  try {
    return JSON.parse(page.toString());
  } catch {
    // The message of the parser quotes the text, which could be user data.
    throw new MalformedPage('valid JSON');
  }
}

type Problem = string | undefined;

/** Returns what is missing in an item that was parsed from JSON; undefined if it has only well-formed values. */
export function problemOfItem(item: unknown): Problem {
  return problemOfMap(item, 0);
}

function problemOfMap(map: unknown, depth: number): Problem {
  if (!isObject(map)) return 'a map';
  if (depth > MAX_NESTING) return 'fewer nesting levels';
  return firstProblem(Object.values(map), (value) => problemOfValue(value, depth));
}

function problemOfValue(value: unknown, depth: number): Problem {
  if (!isObject(value)) return 'an attribute value';
  const [[type, content] = [], ...more] = Object.entries(value);
  if (type === undefined || more.length > 0) return 'exactly one type descriptor';
  switch (type) {
    case 'S':
      return typeof content === 'string' ? undefined : 'a string';
    case 'N':
      return problemOfNumber(content);
    case 'B':
      return problemOfBinary(content);
    case 'BOOL':
      return typeof content === 'boolean' ? undefined : 'true or false';
    case 'NULL':
      return content === true ? undefined : 'true';
    case 'M':
      return problemOfMap(content, depth + 1);
    case 'L':
      if (!Array.isArray(content)) return 'a list';
      if (depth >= MAX_NESTING) return 'fewer nesting levels';
      return firstProblem(content, (element) => problemOfValue(element, depth + 1));
    case 'SS':
      return problemOfSet(content, (element) => (typeof element === 'string' ? undefined : 'a string'));
    case 'NS':
      return problemOfSet(content, problemOfNumber);
    case 'BS':
      return problemOfSet(content, problemOfBinary);
    default:
      return 'a known type descriptor';
  }
}

function problemOfNumber(content: unknown): Problem {
  return typeof content === 'string' && parseDecimal(content) ? undefined : 'a number as a string';
}

function problemOfBinary(content: unknown): Problem {
  const whole = typeof content === 'string' && content.length % 4 === 0 && /^[A-Za-z0-9+/]*={0,2}$/.test(content);
  return whole ? undefined : 'base64 as a string';
}

function problemOfSet(content: unknown, problemOf: (element: unknown) => Problem): Problem {
  if (!Array.isArray(content) || content.length === 0) return 'a set';
  return firstProblem(content, problemOf);
}

function firstProblem(values: readonly unknown[], problemOf: (value: unknown) => Problem): Problem {
  for (const value of values) {
    const problem = problemOf(value);
    if (problem) return problem;
  }
  return undefined;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
