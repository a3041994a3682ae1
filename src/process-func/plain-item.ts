import { NumberValueImpl as NumberValue } from '@aws-sdk/util-dynamodb';
import { canonicalNumber } from '../scan/number-text.ts';

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

type TypedItem = Record<string, Record<string, unknown>>;

/** @param json one item as DynamoDB sends it: `{"id":{"S":"a"}}` */
export function plainItem(json: string): PlainItem {
  return plainMap(JSON.parse(json) as TypedItem);
}

function plainMap(typed: TypedItem): PlainItem {
  const item = Object.create(null) as PlainItem;
  for (const [name, value] of Object.entries(typed)) item[name] = plainValue(value);
  return item;
}

function plainValue(typed: Record<string, unknown>): PlainValue {
  const [[type, value] = ['', undefined]] = Object.entries(typed);
  switch (type) {
    case 'S':
    case 'BOOL':
      return value as string | boolean;
    case 'N':
      return plainNumber(value as string);
    case 'NULL':
      return null;
    case 'B':
      return Buffer.from(value as string, 'base64');
    case 'SS':
      return new Set(value as string[]);
    case 'NS':
      return new Set((value as string[]).map(plainNumber));
    case 'BS':
      return new Set((value as string[]).map((bytes) => Buffer.from(bytes, 'base64')));
    case 'L':
      return (value as Record<string, unknown>[]).map(plainValue);
    case 'M':
      return plainMap(value as TypedItem);
    default:
      throw new TypeError('an attribute has a type that this version does not know');
  }
}

/** A JavaScript number where its shortest decimal is N's value; anything else would be another number. */
function plainNumber(text: string): number | NumberValue {
  const number = Number(text);
  // Most numbers are written the shortest way already, and comparing text is cheap.
  if (String(number) === text || canonicalNumber(String(number)) === canonicalNumber(text)) return number;
  return NumberValue.from(text);
}
