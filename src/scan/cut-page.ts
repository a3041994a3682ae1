import {
  BACKSLASH,
  CARRIAGE_RETURN,
  CLOSE_BRACE,
  CLOSE_BRACKET,
  COLON,
  COMMA,
  NEWLINE,
  OPEN_BRACE,
  OPEN_BRACKET,
  QUOTE,
  SPACE,
  TAB,
} from '../format/ascii.ts';
import type { LineBuffer } from '../format/line-buffer.ts';
import { MalformedPage } from '../format/malformed-page.ts';
import type { TranscodeItems } from '../format/transcode-items.ts';

const ITEMS = Buffer.from('"Items"');

/** A Scan response without its items. */
export interface CutPage {
  /** The response as JSON with `"Items":[]`. The SDK parses the other members from it. */
  readonly rest: Buffer;
  /** Number of items written to the lines. */
  readonly count: number;
}

/**
 * Removes `Items` from a Scan response and passes its bytes to the transcoder of the format, in one pass over the page.
 *
 * @throws {MalformedPage} if the response is not one complete JSON object, or `Count` does not match the number of
 *   items
 */
export function cutPage(body: Buffer, transcode: TranscodeItems, lines: LineBuffer): CutPage {
  let at = expect(body, OPEN_BRACE, skipSpace(body, 0), '"{"') + 1;
  let items: { start: number; end: number; count: number } | undefined;

  at = skipSpace(body, at);
  while (body[at] !== CLOSE_BRACE) {
    const keyEnd = skipString(body, at);
    const isItems = keyEnd - at === ITEMS.length && body.compare(ITEMS, 0, ITEMS.length, at, keyEnd) === 0;
    at = skipSpace(body, expect(body, COLON, skipSpace(body, keyEnd), '":"') + 1);
    if (isItems) {
      if (items) throw new MalformedPage('only one "Items"', at);
      const start = expect(body, OPEN_BRACKET, at, '"["');
      const { end, count } = transcode(body, start + 1, lines);
      items = { start, end, count };
      at = end;
    } else {
      at = skipValue(body, at);
    }
    at = skipSpace(body, at);
    if (body[at] === CLOSE_BRACE) break;
    at = skipSpace(body, expect(body, COMMA, at, '"," or "}"') + 1);
    // Without this check, `{"a":1,}` would be accepted.
    expect(body, QUOTE, at, 'a member name');
  }
  if (skipSpace(body, at + 1) !== body.length) throw new MalformedPage('the end of the JSON object', at + 1);
  if (!items) throw new MalformedPage('"Items"', at);

  const rest = Buffer.concat([body.subarray(0, items.start), Buffer.from('[]'), body.subarray(items.end)]);
  checkCount(rest, items.count, at);
  return { rest, count: items.count };
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

function checkCount(rest: Buffer, count: number, at: number): void {
  let counted: unknown;
  try {
    counted = (JSON.parse(rest.toString()) as { Count?: unknown }).Count;
  } catch {
    throw new MalformedPage('a JSON object', at);
  }
  if (counted !== count) throw new MalformedPage('the number of items in "Count"', at);
}

/** @returns index after a value of any type; JSON.parse validates the content of the value later */
function skipValue(body: Buffer, start: number): number {
  let depth = 0;
  let at = start;
  while (at < body.length) {
    const byte = body[at];
    if (byte === QUOTE) {
      at = skipString(body, at);
      if (depth === 0) return at;
      continue;
    }
    if (byte === OPEN_BRACE || byte === OPEN_BRACKET) depth += 1;
    else if (byte === CLOSE_BRACE || byte === CLOSE_BRACKET) {
      if (depth === 0) return at;
      depth -= 1;
      if (depth === 0) return at + 1;
    } else if (byte === COMMA && depth === 0) return at;
    at += 1;
  }
  throw new MalformedPage('the end of a value', start);
}

/** @returns index after the closing quote */
function skipString(body: Buffer, start: number): number {
  let at = expect(body, QUOTE, start, 'a string') + 1;
  while (at < body.length) {
    const byte = body[at];
    if (byte === QUOTE) return at + 1;
    at += byte === BACKSLASH ? 2 : 1;
  }
  throw new MalformedPage('the end of a string', start);
}

function skipSpace(body: Buffer, start: number): number {
  let at = start;
  while (body[at] === SPACE || body[at] === NEWLINE || body[at] === CARRIAGE_RETURN || body[at] === TAB) at += 1;
  return at;
}

/**
 * @returns `at`
 * @throws {MalformedPage} if `byte` is not at this index
 */
function expect(body: Buffer, byte: number, at: number, name: string): number {
  if (body[at] !== byte) throw new MalformedPage(name, at);
  return at;
}
