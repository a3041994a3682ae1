import type { IncomingMessage } from 'node:http';
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
import { PADDING } from '../format/cursor.ts';
import type { LineBuffer } from '../format/lines.ts';
import { MalformedPage } from '../format/malformed-page.ts';
import type { TranscodeItems } from '../format/transcode-items.ts';

/** Body of a Scan response. */
export interface PageBody {
  /** Followed by PADDING zeros, so that the transcoder can read it in place. */
  readonly body: Buffer;
  /** Value of the `x-amz-crc32` header; undefined if the server sent none. */
  readonly crc: string | undefined;
}

/** Receives response bodies into a reused buffer, one at a time. */
export class BodyBuffer {
  /** Replaced by a larger buffer if a body does not fit. */
  private bytes: Buffer;

  /** @param storage used only by this BodyBuffer until `release` */
  constructor(storage: Buffer) {
    this.bytes = storage;
  }

  /**
   * Receives the whole body.
   *
   * @returns the body as a view of the buffer, valid until the next call
   * @throws {Error} with code ECONNRESET if the connection closes before the end of the body; the SDK retries that
   */
  async receive(response: IncomingMessage): Promise<PageBody> {
    const length = Number(response.headers['content-length'] ?? 0);
    if (length + PADDING > this.bytes.length) this.bytes = Buffer.allocUnsafeSlow(length + PADDING);

    const end = await this.fill(response);
    // Pad the body with zeros so the transcoder can read it in place.
    this.bytes.fill(0, end, end + PADDING);
    return { body: this.bytes.subarray(0, end), crc: response.headers['x-amz-crc32'] as string | undefined };
  }

  /**
   * Detaches the buffer. A late chunk of an abandoned response can then no longer write to it: by that time the buffer
   * may contain another page whose checksum has already been verified.
   */
  release(): void {
    this.bytes = Buffer.alloc(0);
  }

  private fill(response: IncomingMessage): Promise<number> {
    return new Promise((resolve, reject) => {
      let end = 0;
      response.on('data', (chunk: Buffer) => {
        if (end + chunk.length + PADDING > this.bytes.length) this.grow(end, chunk.length + PADDING);
        // Copy the chunk now: keeping it would keep the whole read buffer of the socket in memory. If threads share the
        // memory, `fill` takes half as long as `copy`, which uses a slower routine then (34 and 77 us per MB, Node 24).
        this.bytes.fill(chunk, end, end + chunk.length);
        end += chunk.length;
      });
      response.on('end', () => resolve(end));
      response.on('error', () => reject(brokenConnection()));
      // If the connection closes before the last byte, Node may emit only 'close'.
      response.on('close', () => {
        if (!response.complete) reject(brokenConnection());
      });
    });
  }

  private grow(end: number, more: number): void {
    const larger = Buffer.allocUnsafeSlow(Math.max(end + more, this.bytes.length * 2));
    this.bytes.copy(larger, 0, 0, end);
    this.bytes = larger;
  }
}

/** The code ECONNRESET makes the SDK retry it like any other network error. */
const brokenConnection = (): Error =>
  Object.assign(new Error('the connection closed before the end of the response'), { code: 'ECONNRESET' });

/** A Scan response without its items. */
export interface ResponseWithoutItems {
  /** The response as JSON with `"Items":[]`. The SDK parses the other members from it. */
  readonly rest: Buffer;
  /** Number of items written to the lines. */
  readonly count: number;
}

const ITEMS = Buffer.from('"Items"');

/**
 * Removes `Items` from a Scan response and passes its bytes to the transcoder of the format, in one pass over the page.
 *
 * @throws {MalformedPage} if the response is not one complete JSON object, or `Count` does not match the number of
 *   items
 */
export function extractItems(body: Buffer, transcode: TranscodeItems, lines: LineBuffer): ResponseWithoutItems {
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

function checkCount(rest: Buffer, count: number, at: number): void {
  let counted: unknown;
  try {
    counted = (JSON.parse(rest.toString()) as { Count?: unknown }).Count;
  } catch {
    throw new MalformedPage('a JSON object', at);
  }
  if (counted !== count) throw new MalformedPage('the number of items in "Count"', at);
}

/** @returns index after a value; JSON.parse validates its content later */
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

/** Returns `at`. @throws {MalformedPage} if `byte` is not at this index */
function expect(body: Buffer, byte: number, at: number, name: string): number {
  if (body[at] !== byte) throw new MalformedPage(name, at);
  return at;
}
