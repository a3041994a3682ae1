import { CLOSE_BRACE, CLOSE_BRACKET, COLON, COMMA, OPEN_BRACE, OPEN_BRACKET, QUOTE } from './ascii.ts';
import { readFieldName } from './ion-field-name.ts';
import { IonInput, readBlob, readText } from './ion-input.ts';
import { readNumber, startsNumber } from './ion-number.ts';
import { LineInput, MAX_LINE_BYTES } from './line-input.ts';
import { LineBuffer } from './lines.ts';
import { MAX_NESTING } from './typed-item.ts';

const FIRST_BYTES = 256 * 1024;

/**
 * Converts lines of ION, `$ion_1_0 {Item:{...}}`, to lines in DYNAMODB_JSON without parsing the items into objects.
 *
 * Accepts the Ion text that DynamoDB's exports and this Action write: one line per item, without whitespace and comments
 * between tokens, and only the Ion types that represent DynamoDB types. Numbers keep every digit.
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/S3DataExport.Output.html
 */
export class IonLines {
  private readonly lines = new LineInput();
  private readonly json = new LineBuffer(Buffer.allocUnsafeSlow(FIRST_BYTES));
  private readonly input = new IonInput(this.json);
  private readonly readLine: (input: IonInput) => void;

  /** @param readLine reads a line through its line feed, and writes it. Default: the line of a full copy. */
  constructor(readLine = readItemLine) {
    this.readLine = readLine;
  }

  /**
   * Appends a chunk.
   *
   * @returns the lines that are now complete, in DYNAMODB_JSON; valid until the next call
   * @throws {MalformedPage} if a line is invalid
   */
  append(chunk: Buffer): Buffer {
    this.lines.append(chunk);
    return this.convert();
  }

  /** Ends the input. The last line may have no line feed. */
  finish(): Buffer {
    this.lines.finish();
    return this.convert();
  }

  private convert(): Buffer {
    const { lines, json, input } = this;
    json.clear();
    input.bytes = lines.bytes;
    input.at = lines.at;
    while (input.at < lines.complete) {
      const start = json.length;
      this.readLine(input);
      // `0,` becomes `{"N":"0"},`.
      if (json.length - start > MAX_LINE_BYTES) throw input.malformed('a line of at most 4 MiB of JSON');
    }
    lines.at = input.at;
    return json.lines();
  }
}

const LINE_START = Buffer.from('$ion_1_0 {Item:');
const LINE_END = Buffer.from('}\n');

function readItemLine(input: IonInput): void {
  input.expect(LINE_START, '$ion_1_0 {Item:');
  input.put('{"Item":');
  readStruct(input, 0);
  input.expect(LINE_END, 'the end of the line');
  input.put('}\n');
}

/** Reads a struct of attributes, and writes it as an item or a map. @throws {MalformedPage} if it is invalid */
export function readStruct(input: IonInput, depth: number): void {
  if (depth > MAX_NESTING) throw input.malformed('fewer nesting levels');
  if (input.peek() !== OPEN_BRACE) throw input.malformed('a struct');
  input.at += 1;
  input.put('{');
  if (!closes(input, CLOSE_BRACE, '}')) {
    do {
      readFieldName(input);
      if (input.peek() !== COLON) throw input.malformed('":"');
      input.at += 1;
      input.put(':');
      readValue(input, depth);
    } while (hasNext(input, CLOSE_BRACE, '}'));
  }
}

function readList(input: IonInput, readElement: () => void): void {
  if (input.peek() !== OPEN_BRACKET) throw input.malformed('a list');
  input.at += 1;
  input.put('[');
  if (closes(input, CLOSE_BRACKET, ']')) return;
  do readElement();
  while (hasNext(input, CLOSE_BRACKET, ']'));
}

function closes(input: IonInput, close: number, text: string): boolean {
  if (input.peek() !== close) return false;
  input.at += 1;
  input.put(text);
  return true;
}

/** Reads a `,` or the closing bracket. Returns true after a `,`, since another element follows. */
export function hasNext(input: IonInput, close: number, text: string): boolean {
  if (closes(input, close, text)) return false;
  if (input.peek() !== COMMA) throw input.malformed('"," or a closing bracket');
  input.at += 1;
  input.put(',');
  return true;
}

/** Reads a value, and writes it with its type descriptor. */
function readValue(input: IonInput, depth: number): void {
  const byte = input.peek();
  if (byte === QUOTE) wrapped(input, '{"S":', readString);
  else if (startsNumber(byte)) wrapped(input, '{"N":', readNumber);
  else if (byte === OPEN_BRACE) {
    if (input.peek(1) === OPEN_BRACE) wrapped(input, '{"B":', readBlob);
    else wrapped(input, '{"M":', () => readStruct(input, depth + 1));
  } else if (byte === OPEN_BRACKET) wrapped(input, '{"L":', () => readValues(input, depth + 1));
  else if (input.skip(SETS.SS)) wrapped(input, '{"SS":', () => readSet(input, readString));
  else if (input.skip(SETS.NS)) wrapped(input, '{"NS":', () => readSet(input, readNumber));
  else if (input.skip(SETS.BS)) wrapped(input, '{"BS":', () => readSet(input, readBlob));
  else readConstant(input);
}

const SETS = {
  SS: Buffer.from('$dynamodb_SS::'),
  NS: Buffer.from('$dynamodb_NS::'),
  BS: Buffer.from('$dynamodb_BS::'),
} as const;

function wrapped(input: IonInput, start: string, read: (input: IonInput) => void): void {
  input.put(start);
  read(input);
  input.put('}');
}

function readString(input: IonInput): void {
  if (input.peek() !== QUOTE) throw input.malformed('a string');
  readText(input, QUOTE);
}

function readValues(input: IonInput, depth: number): void {
  if (depth > MAX_NESTING) throw input.malformed('fewer nesting levels');
  readList(input, () => readValue(input, depth));
}

/** Sets are never empty. */
function readSet(input: IonInput, read: (input: IonInput) => void): void {
  if (input.peek(1) === CLOSE_BRACKET) throw input.malformed('an element of a set');
  readList(input, () => read(input));
}

function readConstant(input: IonInput): void {
  const found = CONSTANTS.find(({ ion }) => input.skip(ion));
  if (!found) throw input.malformed('a value');
  // The next byte is checked by the caller: `nullable` or `null.string` has no "," or closing bracket here.
  input.put(found.json);
}

const CONSTANTS = [
  { ion: Buffer.from('true'), json: '{"BOOL":true}' },
  { ion: Buffer.from('false'), json: '{"BOOL":false}' },
  { ion: Buffer.from('null'), json: '{"NULL":true}' },
] as const;
