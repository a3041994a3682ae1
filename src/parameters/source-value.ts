/**
 * What a JSON or YAML mapping holds, with numbers as they were written: DynamoDB has numbers of 38 digits, and a
 * JavaScript number keeps about 16 of them.
 */
export type SourceValue = string | boolean | null | SourceNumber | SourceList | SourceMapping;

export type SourceList = readonly SourceValue[];

/** A Map and no object, so that a key such as `__proto__` is a key like any other. */
export type SourceMapping = ReadonlyMap<string, SourceValue>;

/**
 * Something written as a number: unquoted, and a number to JSON or to a YAML reader. Who needs a number checks the
 * text; it may be hexadecimal, infinite or have underscores, none of which DynamoDB takes.
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

/** What a value is, for a message that must not show it. */
export function kindOf(value: SourceValue): string {
  if (value === null) return 'null';
  if (value === '') return 'empty';
  if (value instanceof SourceNumber) return 'a number';
  if (isMapping(value)) return 'a mapping';
  if (isList(value)) return 'a list';
  return typeof value === 'string' ? 'a string' : 'true or false';
}
