import { types } from 'node:util';
import { NumberValueImpl as NumberValue } from '@aws-sdk/util-dynamodb';
import { MAX_ITEM_BYTES, MAX_NAME_BYTES, MAX_VALUE_DEPTH } from '../dynamodb-limits.ts';
import { canonicalDecimal, decimalProblem, parseDecimal, plainDecimal, significantDigits } from '../format/decimal.ts';
import { isMap, kindOf } from './kind-of.ts';
import { InvalidResult, NOT_SHOWN } from './result-encoder.ts';

/** Type descriptor of an attribute value. */
export type AttributeType = 'S' | 'N' | 'B' | 'BOOL' | 'NULL' | 'SS' | 'NS' | 'BS' | 'L' | 'M';

/** Maximum number of nested positions in a message. */
const MAX_SHOWN = 8;

/** Attribute of an item that was written. */
export interface WrittenAttribute {
  readonly type: AttributeType;
  /** Size of the value as DynamoDB counts it. */
  readonly bytes: number;
}

/** Writes one item in DynamoDB JSON. */
export class ItemJsonWriter {
  json = '';
  /**
   * Size of the item as DynamoDB counts it, or a few bytes less: its number format is not documented exactly.
   * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html
   */
  bytes = 0;
  /** Position of the current value: its index in the item, then its index in each list, map or set. */
  private readonly position: number[] = [];
  /** Maps and lists around the current value. */
  private readonly around: object[] = [];

  /**
   * @returns the attributes by name
   * @throws {InvalidResult} if DynamoDB cannot store the item
   */
  item(item: object): Map<string, WrittenAttribute> {
    const written = new Map<string, WrittenAttribute>();
    this.around.push(item);
    this.members(item, (name, value) => {
      const before = this.bytes;
      const type = this.value(value);
      written.set(name, { type, bytes: this.bytes - before });
    });
    if (this.bytes > MAX_ITEM_BYTES) throw tooLarge();
    return written;
  }

  private members(map: object, write: (name: string, value: unknown) => void): void {
    this.json += '{';
    this.each(Object.keys(map), (name) => {
      this.json += `${JSON.stringify(name)}:`;
      const bytes = Buffer.byteLength(name);
      if (bytes === 0 || bytes > MAX_NAME_BYTES) throw this.invalid('a name that is empty or longer than 65,535 bytes');
      this.bytes += bytes;
      write(name, (map as Readonly<Record<string, unknown>>)[name]);
    });
    this.json += '}';
  }

  /** Calls `write` for each element, with a comma between them. */
  private each<T>(elements: Iterable<T>, write: (element: T) => void): void {
    const depth = this.position.length;
    let index = 0;
    for (const element of elements) {
      if (index > 0) this.json += ',';
      this.position[depth] = index;
      write(element);
      index += 1;
    }
    this.position.length = depth;
  }

  private value(value: unknown): AttributeType {
    if (this.bytes > MAX_ITEM_BYTES) throw tooLarge();
    if (this.position.length > MAX_VALUE_DEPTH) {
      throw this.invalid(`a value that is nested deeper than ${MAX_VALUE_DEPTH} levels`);
    }
    switch (typeof value) {
      case 'string':
        return this.scalar('S', this.text(value));
      case 'number':
      case 'bigint':
        return this.scalar('N', this.number(value));
      case 'boolean':
        this.bytes += 1;
        return this.scalar('BOOL', String(value));
      case 'object':
        if (value !== null) return this.object(value);
        this.bytes += 1;
        return this.scalar('NULL', 'true');
      default:
        throw this.invalid(kindOf(value));
    }
  }

  private object(value: object): AttributeType {
    if (value instanceof NumberValue) return this.scalar('N', this.number(value));
    if (types.isUint8Array(value)) return this.scalar('B', this.binary(value));
    if (types.isSet(value)) return this.set(value);
    if (this.around.includes(value)) throw this.invalid('an object that contains itself');
    this.around.push(value);
    const type = this.container(value);
    this.around.pop();
    return type;
  }

  /** DynamoDB counts three bytes for a list or a map, and one for each element. */
  private container(value: object): AttributeType {
    this.bytes += 3;
    if (Array.isArray(value)) {
      this.json += '{"L":[';
      this.each(value as readonly unknown[], (element) => {
        this.bytes += 1;
        this.value(element);
      });
      this.json += ']}';
      return 'L';
    }
    if (!isMap(value)) throw this.invalid(kindOf(value));
    this.json += '{"M":';
    this.members(value, (_, member) => {
      this.bytes += 1;
      this.value(member);
    });
    this.json += '}';
    return 'M';
  }

  private set(set: Set<unknown>): AttributeType {
    const [first] = set;
    if (set.size === 0) throw this.invalid('an empty set');
    const type = elementType(first);
    if (!type) throw this.invalid('a set with an element that is not a string, a number or a Uint8Array');
    const before = new Set<string>();
    this.json += `{"${type}S":[`;
    this.each(set, (element) => {
      if (elementType(element) !== type) throw this.invalid('a set with elements of different types');
      const [json, identity] = this.element(type, element);
      if (before.has(identity)) throw this.invalid('a set with equal elements');
      before.add(identity);
      this.json += json;
    });
    this.json += ']}';
    return `${type}S`;
  }

  /** @returns the element in JSON, and a text that is equal for equal elements */
  private element(type: 'S' | 'N' | 'B', element: unknown): readonly [json: string, identity: string] {
    if (type === 'N') {
      const json = this.number(element as number);
      return [json, canonicalDecimal(json.slice(1, -1))];
    }
    const json = type === 'S' ? this.text(element as string) : this.binary(element as Uint8Array);
    return [json, json];
  }

  private scalar(type: AttributeType, json: string): AttributeType {
    this.json += `{"${type}":${json}}`;
    return type;
  }

  private text(text: string): string {
    this.bytes += Buffer.byteLength(text);
    return JSON.stringify(text);
  }

  private binary(bytes: Uint8Array): string {
    this.bytes += bytes.length;
    return `"${Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('base64')}"`;
  }

  private number(number: number | bigint | NumberValue): string {
    if (typeof number === 'number' && !Number.isFinite(number)) throw this.invalid('NaN or Infinity');
    const text = String(number);
    const problem = decimalProblem(text);
    if (problem !== undefined) throw this.invalid(`a number that ${problem}`);
    const decimal = parseDecimal(text);
    this.bytes += 1 + Math.ceil((decimal ? significantDigits(decimal).digits.length : 0) / 2);
    return `"${plainDecimal(text)}"`;
  }

  private invalid(what: string): InvalidResult {
    const [attribute = 0, ...inside] = this.position;
    const elements = inside.slice(0, MAX_SHOWN).map((index) => `, element ${index + 1}`);
    const position = `attribute ${attribute + 1}${elements.join('')}${inside.length > MAX_SHOWN ? ', ...' : ''}`;
    return new InvalidResult(`returned an item that contains ${what} (${position})`, RETURN_VALUES);
  }
}

function elementType(element: unknown): 'S' | 'N' | 'B' | undefined {
  if (typeof element === 'string') return 'S';
  if (typeof element === 'number' || typeof element === 'bigint' || element instanceof NumberValue) return 'N';
  return types.isUint8Array(element) ? 'B' : undefined;
}

function tooLarge(): InvalidResult {
  return new InvalidResult('returned an item of more than 400 KB, which DynamoDB cannot store', SHORTEN);
}

const SHORTEN = `Return less data. ${NOT_SHOWN}`;
const RETURN_VALUES = `Return only values that the module receives: strings, numbers, NumberValue, BigInt, booleans, null, Uint8Array, arrays, objects, and sets of strings, numbers or Uint8Array. To leave an attribute out, delete it. The position counts attributes in the order of Object.keys() and elements of lists, maps and sets, from 1. ${NOT_SHOWN}`;
