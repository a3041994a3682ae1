import { NEWLINE, OPEN_BRACE } from './ascii.ts';
import { Cursor } from './cursor.ts';
import { endOfObject } from './json-value.ts';
import type { LineChecker } from './line-checker.ts';
import { LineInput } from './line-input.ts';
import { MalformedPage } from './malformed-page.ts';

/** Checks lines in the format JSON: each is one JSON object. */
export class JsonChecker implements LineChecker {
  count = 0;
  private readonly input = new LineInput();
  private readonly cursor = new Cursor();

  append(chunk: Buffer): void {
    this.input.append(chunk);
    this.check();
  }

  finish(): void {
    this.input.finish();
    this.check();
  }

  private check(): void {
    const { input, cursor } = this;
    cursor.readInPlace(input.bytes, input.complete);
    while (input.at < input.complete) {
      input.at = this.endOfCompact(input.at) ?? this.endOfAny(input.at);
      this.count += 1;
    }
  }

  /** Returns the index after a line without whitespace; undefined for any other line. */
  private endOfCompact(start: number): number | undefined {
    const { cursor, input } = this;
    if (input.bytes[start] !== OPEN_BRACE) return undefined;
    try {
      const end = endOfObject(cursor, start, 0);
      return input.bytes[end] === NEWLINE ? end + 1 : undefined;
    } catch (error) {
      if (!(error instanceof MalformedPage)) throw error;
      return undefined;
    }
  }

  private endOfAny(start: number): number {
    const end = this.input.bytes.indexOf(NEWLINE, start) + 1;
    if (!isObject(this.input.bytes.toString('utf8', start, end))) throw new MalformedPage('a JSON object');
    return end;
  }
}

function isObject(json: string): boolean {
  try {
    const value: unknown = JSON.parse(json);
    return typeof value === 'object' && value !== null && !Array.isArray(value);
  } catch {
    return false;
  }
}
