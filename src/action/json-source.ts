import { SourceNumber, type SourceValue } from '../parameters/source-value.ts';
import { DEEPEST_NESTING, DUPLICATE_KEY, MalformedMapping, TOO_DEEP } from './malformed-mapping.ts';

/**
 * Reads `text`, which JSON.parse has accepted, again for what JSON.parse drops: the digits of numbers, and the keys
 * that appear twice. Because the text is known to be JSON, nothing else about it is checked.
 *
 * @throws {MalformedMapping} for a key that appears twice, and for nesting no DynamoDB value can have
 */
export function readJsonSource(text: string): SourceValue {
  return new JsonSource(text).readValue(0);
}

const SPACE = /[ \t\n\r]*/y;
const STRING = /"[^"\\]*(?:\\.[^"\\]*)*"/y;
const NUMBER = /[-+.\deE]+/y;
const WORD = /[a-z]+/y;

class JsonSource {
  private readonly text: string;
  private at = 0;

  constructor(text: string) {
    this.text = text;
  }

  readValue(depth: number): SourceValue {
    if (depth > DEEPEST_NESTING) throw new MalformedMapping(TOO_DEEP, this.at);
    this.take(SPACE);
    switch (this.text[this.at]) {
      case '{':
        return this.readObject(depth);
      case '[':
        return this.readArray(depth);
      case '"':
        return this.readString();
      case 't':
      case 'f':
      case 'n':
        return JSON.parse(this.take(WORD)) as boolean | null;
      default:
        return new SourceNumber(this.take(NUMBER));
    }
  }

  private readObject(depth: number): SourceValue {
    const object = new Map<string, SourceValue>();
    for (let more = this.opens('}'); more; more = this.goesOn()) {
      this.take(SPACE);
      const start = this.at;
      const key = this.readString();
      if (object.has(key)) throw new MalformedMapping(DUPLICATE_KEY, start);
      this.take(SPACE);
      this.at += 1;
      object.set(key, this.readValue(depth + 1));
    }
    return object;
  }

  private readArray(depth: number): SourceValue {
    const array: SourceValue[] = [];
    for (let more = this.opens(']'); more; more = this.goesOn()) array.push(this.readValue(depth + 1));
    return array;
  }

  /** Steps over the opening bracket, and over `close` too where that follows: then there is nothing to read. */
  private opens(close: string): boolean {
    this.at += 1;
    this.take(SPACE);
    if (this.text[this.at] !== close) return true;
    this.at += 1;
    return false;
  }

  /** Steps over the comma or the closing bracket; true for a comma. */
  private goesOn(): boolean {
    this.take(SPACE);
    this.at += 1;
    return this.text[this.at - 1] === ',';
  }

  private readString(): string {
    return JSON.parse(this.take(STRING)) as string;
  }

  private take(token: RegExp): string {
    token.lastIndex = this.at;
    const taken = token.exec(this.text)?.[0] ?? '';
    this.at += taken.length;
    return taken;
  }
}
