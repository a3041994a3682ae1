import assert from 'node:assert/strict';
import type { WireItem, WireValue } from '../support/items.ts';

/** A number of a line, as it is written there. */
export class NumberText {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

export type PlainItem = Readonly<Record<string, unknown>>;

/** Reads a line of a copy in JSON, with numbers as they are written. */
export function parsePlainItem(line: string): PlainItem {
  const keepNumbers = (_: string, value: unknown, context?: { readonly source?: string }): unknown =>
    typeof value === 'number' ? new NumberText(context?.source ?? '') : value;
  return JSON.parse(line, keepNumbers) as PlainItem;
}

/** Fails unless the line holds the item: every attribute, in plain JSON, and every digit. */
export function assertPlainItem(line: string, item: WireItem): void {
  const problem = difference(parsePlainItem(line), { M: item });
  assert.equal(problem, undefined, `${problem}: ${line.slice(0, 300)}`);
}

/** Where the plain value is not what the attribute value says, or undefined. */
function difference(plain: unknown, wire: WireValue, path = ''): string | undefined {
  const [type = '', content] = Object.entries(wire)[0] ?? [];
  const same = (condition: boolean): string | undefined => (condition ? undefined : `${path || 'the item'} differs`);
  switch (type) {
    case 'N':
      return same(plain instanceof NumberText && isSameNumber(plain.text, content as string));
    case 'NULL':
      return same(plain === null);
    case 'M': {
      const members = content as WireItem;
      if (!isObject(plain)) {
        return same(false);
      }
      const names = Object.keys(members);
      if (names.length !== Object.keys(plain).length) {
        return `${path || 'the item'} has other attributes`;
      }
      return first(names, (name) =>
        Object.hasOwn(plain, name)
          ? difference(plain[name], members[name] as WireValue, `${path}.${name.slice(0, 40)}`)
          : `${path}.${name.slice(0, 40)} is missing`,
      );
    }
    case 'L': {
      const elements = content as readonly WireValue[];
      if (!Array.isArray(plain) || plain.length !== elements.length) {
        return same(false);
      }
      return first(elements.keys(), (at) => difference(plain[at], elements[at] as WireValue, `${path}[${at}]`));
    }
    case 'SS':
    case 'BS':
      return same(Array.isArray(plain) && isSameSet(plain, content as readonly string[]));
    case 'NS':
      return same(
        Array.isArray(plain) &&
          plain.every((element) => element instanceof NumberText) &&
          isSameSet(
            plain.map((element) => canonicalNumber(element.text)),
            (content as readonly string[]).map(canonicalNumber),
          ),
      );
    default:
      return same(plain === content);
  }
}

function isObject(value: unknown): value is PlainItem {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof NumberText);
}

function first<T>(values: Iterable<T>, problemOf: (value: T) => string | undefined): string | undefined {
  for (const value of values) {
    const problem = problemOf(value);
    if (problem !== undefined) {
      return problem;
    }
  }
  return undefined;
}

function isSameSet(actual: readonly unknown[], expected: readonly string[]): boolean {
  return JSON.stringify(actual.toSorted()) === JSON.stringify(expected.toSorted());
}

const JSON_NUMBER = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/;

/** What JSON can spell as DynamoDB does stays letter for letter; the rest keeps its value and digits. */
function isSameNumber(actual: string, expected: string): boolean {
  return JSON_NUMBER.test(expected) ? actual === expected : canonicalNumber(actual) === canonicalNumber(expected);
}

/** One text for one decimal number, however it is written. */
function canonicalNumber(text: string): string {
  const [match, sign = '', whole = '', fraction = '', exponent = '0'] =
    /^([+-]?)(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d+))?$/.exec(text) ?? [];
  assert.ok(match, `${text} is no number`);
  const digits = whole + fraction;
  const significant = digits.replace(/^0+/, '').replace(/0+$/, '');
  const zerosBehind = digits.length - digits.replace(/0+$/, '').length;
  const power = BigInt(exponent) - BigInt(fraction.length) + BigInt(zerosBehind);
  return significant === '' ? '0' : `${sign === '-' ? '-' : ''}${significant}e${power}`;
}
