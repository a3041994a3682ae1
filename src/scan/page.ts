import type { TranscodeItems } from '../format/format.ts';
import type { LineBuffer } from '../format/line-buffer.ts';
import { MalformedPage } from '../format/malformed-page.ts';

const QUOTE = 0x22;
const COMMA = 0x2c;
const COLON = 0x3a;
const BACKSLASH = 0x5c;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;
const ITEMS = Buffer.from('"Items"');

/** A Scan response without its items. */
export interface CutPage {
  /** The response as JSON with `"Items":[]`, for the SDK to read the rest from. */
  readonly rest: Buffer;
  /** How many items went to the lines. */
  readonly count: number;
}

/**
 * Cuts `Items` out of a Scan response and hands its bytes to the format's transcoder, in one pass over the page.
 *
 * @throws {MalformedPage} where the response is not one whole JSON object, or `Items` are not as many as `Count` says
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
      if (items) throw new MalformedPage('one "Items"', at);
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
    // `{"a":1,}` would otherwise pass as an object that ends here.
    expect(body, QUOTE, at, 'a name');
  }
  if (skipSpace(body, at + 1) !== body.length) throw new MalformedPage('the end', at + 1);
  if (!items) throw new MalformedPage('"Items"', at);

  const rest = Buffer.concat([body.subarray(0, items.start), Buffer.from('[]'), body.subarray(items.end)]);
  checkCount(rest, items.count, at);
  return { rest, count: items.count };
}

/** Everything that Scan answers with. */
const MEMBERS = new Set(['Items', 'Count', 'ScannedCount', 'LastEvaluatedKey', 'ConsumedCapacity']);

/**
 * Checks what decides whether a page is the last one, where no checksum has vouched for it: with one bit of the name
 * LastEvaluatedKey changed, all is well-formed, and its segment would seem to end there.
 *
 * @throws {MalformedPage} where there is a member that Scan has not, or a LastEvaluatedKey that is no key
 */
export function checkEnvelope(rest: Buffer): void {
  const page = JSON.parse(rest.toString()) as Record<string, unknown>;
  if (Object.keys(page).some((name) => !MEMBERS.has(name))) throw new MalformedPage('only what Scan answers with');
  const key = page['LastEvaluatedKey'] ?? undefined;
  if (key === undefined) return;
  if (typeof key !== 'object' || Array.isArray(key) || Object.keys(key).length === 0) {
    throw new MalformedPage('a key as "LastEvaluatedKey"');
  }
}

function checkCount(rest: Buffer, count: number, at: number): void {
  let counted: unknown;
  try {
    counted = (JSON.parse(rest.toString()) as { Count?: unknown }).Count;
  } catch {
    throw new MalformedPage('a JSON object', at);
  }
  if (counted !== count) throw new MalformedPage('as many items as "Count" says', at);
}

/** @returns index just past a value of any kind; what is inside it is left for JSON.parse to judge */
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

/** @returns index just past the closing quote */
function skipString(body: Buffer, start: number): number {
  let at = expect(body, QUOTE, start, 'a name') + 1;
  while (at < body.length) {
    const byte = body[at];
    if (byte === QUOTE) return at + 1;
    at += byte === BACKSLASH ? 2 : 1;
  }
  throw new MalformedPage('the end of a string', start);
}

function skipSpace(body: Buffer, start: number): number {
  let at = start;
  while (body[at] === 0x20 || body[at] === 0x0a || body[at] === 0x0d || body[at] === 0x09) at += 1;
  return at;
}

/** @returns `at`, where `byte` was found */
function expect(body: Buffer, byte: number, at: number, name: string): number {
  if (body[at] !== byte) throw new MalformedPage(name, at);
  return at;
}
