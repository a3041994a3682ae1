import {
  DUPLICATE_KEY,
  MAX_SOURCE_NESTING,
  MalformedMapping,
  NESTED_TOO_DEEPLY,
  SourceNumber,
  type SourceValue,
} from './source-value.ts';

/**
 * Parses JSON without the losses of JSON.parse: keeps all digits of numbers and detects duplicate keys. `text` must be
 * valid JSON (accepted by JSON.parse); this parser does not check it again.
 *
 * @throws {MalformedMapping} if a key is defined twice, or if values are nested deeper than any DynamoDB value can be
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
    if (depth > MAX_SOURCE_NESTING) throw new MalformedMapping(NESTED_TOO_DEEPLY, this.at);
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
    for (let more = this.opens('}'); more; more = this.continues()) {
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
    for (let more = this.opens(']'); more; more = this.continues()) array.push(this.readValue(depth + 1));
    return array;
  }

  /** Consumes the opening bracket. If `close` follows, consumes it too and returns false: the collection is empty. */
  private opens(close: string): boolean {
    this.at += 1;
    this.take(SPACE);
    if (this.text[this.at] !== close) return true;
    this.at += 1;
    return false;
  }

  /** Consumes a comma or the closing bracket. Returns true for a comma. */
  private continues(): boolean {
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
