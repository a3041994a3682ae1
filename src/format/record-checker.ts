import { NEWLINE } from './ascii.ts';
import type { KeyDefinition } from './check-lines.ts';
import { problemOfItem } from './check-response.ts';
import type { LineChecker } from './line-checker.ts';
import { LineInput } from './line-input.ts';
import { MalformedPage } from './malformed-page.ts';

/**
 * Checks the lines of an incremental export in DYNAMODB_JSON: `{"Metadata":{...},"Keys":{...},"OldImage":{...},
 * "NewImage":{...}}`, where the images are optional.
 *
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/S3DataExport.Output.html
 */
export class RecordChecker implements LineChecker {
  count = 0;
  private readonly input = new LineInput();
  private readonly keys: readonly KeyDefinition[];

  /** @param keys key attributes; empty if they are unknown */
  constructor(keys: readonly KeyDefinition[]) {
    this.keys = keys;
  }

  append(chunk: Buffer): void {
    this.input.append(chunk);
    this.check();
  }

  finish(): void {
    this.input.finish();
    this.check();
  }

  private check(): void {
    const { input, keys } = this;
    while (input.at < input.complete) {
      const end = input.bytes.indexOf(NEWLINE, input.at) + 1;
      checkRecord(parse(input.bytes.toString('utf8', input.at, end)), keys);
      this.count += 1;
      input.at = end;
    }
  }
}

/** The message of the parser quotes the text, which is data of the user. */
function parse(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    throw new MalformedPage('a line of JSON');
  }
}

const MEMBERS = ['Metadata', 'Keys', 'OldImage', 'NewImage'] as const;

/** @throws {MalformedPage} */
function checkRecord(record: unknown, keys: readonly KeyDefinition[]): void {
  if (!isObject(record)) throw new MalformedPage('a record');
  for (const [name, value] of Object.entries(record)) {
    if (!MEMBERS.some((known) => known === name)) throw new MalformedPage('only members of a record');
    if (name === 'Metadata') continue;
    const problem = problemOfItem(value);
    if (problem !== undefined) throw new MalformedPage(problem);
  }
  const { Metadata, Keys, ...images } = record as Readonly<Partial<Record<(typeof MEMBERS)[number], object>>>;
  if (!isObject(Metadata) || !isTime(Metadata['WriteTimestampMicros']))
    throw new MalformedPage('the time of the write');
  if (!isObject(Keys) || Object.keys(Keys).length === 0) throw new MalformedPage('"Keys"');
  if (keys.length > 0 && Object.keys(Keys).length !== keys.length) throw new MalformedPage('the key attributes');
  for (const item of [Keys, ...Object.values(images)] as readonly Readonly<Record<string, object>>[]) {
    for (const { name, type } of keys) {
      const value = Object.hasOwn(item, name) ? (item[name] as Readonly<Record<string, unknown>>) : {};
      if (!value[type]) throw new MalformedPage('each key attribute');
    }
  }
}

/** Exports have an attribute value of type N. An example in the documentation has a string. */
function isTime(value: unknown): boolean {
  const text = isObject(value) ? value['N'] : value;
  return typeof text === 'string' && /^\d{1,20}$/.test(text);
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
