/**
 * Value in a JSON or YAML mapping. Numbers keep their source text: DynamoDB numbers have up to 38 digits, and a
 * JavaScript number keeps about 16 of them.
 */
export type SourceValue = string | boolean | null | SourceNumber | SourceList | SourceMapping;

export type SourceList = readonly SourceValue[];

/** A Map instead of an object, because `__proto__` must be an ordinary key. */
export type SourceMapping = ReadonlyMap<string, SourceValue>;

/**
 * Unquoted text that JSON or YAML reads as a number. Code that needs a number must check the text: it can be
 * hexadecimal, infinite or contain underscores, and DynamoDB accepts none of these.
 */
export class SourceNumber {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

export function isMapping(value: SourceValue | undefined): value is SourceMapping {
  return value instanceof Map;
}

export function isList(value: SourceValue | undefined): value is SourceList {
  return Array.isArray(value);
}

/** Describes a value for a message that must not show it. */
export function describeKind(value: SourceValue): string {
  if (value === null) return 'null';
  if (value === '') return 'an empty string';
  if (value instanceof SourceNumber) return 'a number';
  if (isMapping(value)) return 'a mapping';
  if (isList(value)) return 'a list';
  return typeof value === 'string' ? 'a string' : 'a boolean';
}

/** Error for text that is not a valid mapping. The message never contains the text. */
export class MalformedMapping extends Error {
  override readonly name = 'MalformedMapping';
  /** Index of the problem in the text. */
  readonly at: number;

  constructor(reason: string, at: number) {
    super(reason);
    this.at = at;
  }
}
