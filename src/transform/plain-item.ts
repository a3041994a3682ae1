import { NumberValueImpl as NumberValue } from '@aws-sdk/util-dynamodb';
import { CopyError } from '../errors.ts';
import { canonicalDecimal } from '../format/decimal.ts';
import { remedies } from '../remedies.ts';
import { type Json, parseItem } from './parse-item.ts';

/**
 * Value that a transform receives: a plain JavaScript value, or a `NumberValue` if JavaScript would round the number.
 */
export type PlainValue =
  | string
  | number
  | NumberValue
  | boolean
  | null
  | Uint8Array
  | Set<string | number | NumberValue | Uint8Array>
  | PlainValue[]
  | PlainItem;

/** Item without a prototype: attribute names are data, and a name such as `__proto__` must not reach one. */
export type PlainItem = { [attribute: string]: PlainValue };

type Typed = { readonly [name: string]: Json };

/** @param json one item as DynamoDB returns it, without whitespace: `{"id":{"S":"a"}}` */
export function plainItem(json: string): PlainItem {
  return plainMap(parseItem(json) as Typed);
}

function plainMap(typed: Typed): PlainItem {
  const item = Object.create(null) as PlainItem;
  for (const name of Object.keys(typed)) item[name] = plainValue(typed[name] as Typed);
  return item;
}

function plainValue(typed: Typed): PlainValue {
  const [type = ''] = Object.keys(typed);
  const value = typed[type];
  switch (type) {
    case 'S':
    case 'BOOL':
      return value as string | boolean;
    case 'N':
      return plainNumber(value as string);
    case 'NULL':
      return null;
    case 'B':
      return plainBytes(value as string);
    case 'SS':
      return new Set(value as string[]);
    case 'NS':
      return new Set((value as string[]).map(plainNumber));
    case 'BS':
      return new Set((value as string[]).map(plainBytes));
    case 'L':
      return (value as Typed[]).map(plainValue);
    case 'M':
      return plainMap(value as Typed);
    default:
      throw new CopyError(
        'PAGE_CORRUPT',
        'An item contains a value of a data type that this version of the Action cannot pass to a module.',
        remedies.copyValuesUnchanged,
      );
  }
}

/** Returns a JavaScript number if its shortest decimal form has the value of N. Otherwise the number would change. */
function plainNumber(text: string): number | NumberValue {
  const number = Number(text);
  // Most numbers already have the shortest form, and comparing text is fast.
  if (String(number) === text) return number;
  if (canonicalDecimal(String(number)) !== canonicalDecimal(text)) return NumberValue.from(text);
  // DynamoDB has no negative zero.
  return number === 0 ? 0 : number;
}

/** Copies the bytes: Buffer.from alone may return a view into a shared pool, and `.buffer` would expose all of it. */
function plainBytes(base64: string): Uint8Array {
  return Buffer.from(new Uint8Array(Buffer.from(base64, 'base64')).buffer);
}
