import { NumberValueImpl as NumberValue } from '@aws-sdk/util-dynamodb';
import { CopyError } from '../errors.ts';
import { canonicalNumber } from '../parameters/number-text.ts';
import { type Json, parseItem } from './item-json.ts';

/** What a process-func is given: plain JavaScript values, and `NumberValue` for numbers that JavaScript would round. */
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

/** Attribute names are data, `__proto__` among them: an item has no prototype that they could reach. */
export type PlainItem = { [attribute: string]: PlainValue };

type Typed = { readonly [name: string]: Json };

/** @param json one item as DynamoDB sends it, without white space: `{"id":{"S":"a"}}` */
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
        'An item holds a value of a type that this version of the Action does not know, so process-func cannot be given it.',
        'Use the newest version of the Action. Without process-func, export-format DYNAMODB_JSON copies such a value as it is.',
      );
  }
}

/** A JavaScript number where its shortest decimal is N's value; anything else would be another number. */
function plainNumber(text: string): number | NumberValue {
  const number = Number(text);
  // Most numbers are written the shortest way already, and comparing text is cheap.
  if (String(number) === text) return number;
  if (canonicalNumber(String(number)) !== canonicalNumber(text)) return NumberValue.from(text);
  // DynamoDB knows no negative zero.
  return number === 0 ? 0 : number;
}

/** Buffer.from alone would make a view into memory that it shares with others, and `.buffer` would show all of it. */
function plainBytes(base64: string): Uint8Array {
  return Buffer.from(new Uint8Array(Buffer.from(base64, 'base64')).buffer);
}
