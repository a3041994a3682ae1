import { CLOSE_BRACE } from '../../format/ascii.ts';
import type { KeyDefinition } from '../../format/check-lines.ts';
import type { Cursor } from '../../format/cursor.ts';
import { LineBuffer } from '../../format/lines.ts';
import { LENGTH_BYTES } from './canonical-scalars.ts';

/** Where a key attribute is in the current item. */
interface KeyPlace {
  readonly name: Buffer;
  /** Tag of the type, which is its letter. */
  readonly tag: number;
  /** Text before the value in the JSON of a key. */
  readonly jsonStart: Buffer;
  /** Index of the value with its type descriptor in the input; -1 if the attribute is missing. */
  jsonAt: number;
  jsonEnd: number;
  /** Index of the value in the canonical form of the item, before its attributes are sorted. */
  valueAt: number;
  valueEnd: number;
}

/** Finds the key of an item while its canonical form is written. */
export class ItemKey {
  /** Canonical form of the key after the prefix: the value of the partition key, then that of the sort key. */
  readonly fields: LineBuffer;
  private readonly prefixLength: number;
  private readonly places: readonly KeyPlace[];
  private input: Buffer = Buffer.alloc(0);

  constructor(keyAttributes: readonly KeyDefinition[], prefix: Buffer) {
    this.fields = new LineBuffer(Buffer.allocUnsafeSlow(16 * 1024));
    this.fields.length = prefix.copy(this.fields.bytes);
    this.prefixLength = prefix.length;
    this.places = keyAttributes.map(({ name, type }, index) => ({
      name: Buffer.from(name),
      tag: type.charCodeAt(0),
      jsonStart: Buffer.from(`${index === 0 ? '{' : ','}${JSON.stringify(name)}:`),
      jsonAt: -1,
      jsonEnd: -1,
      valueAt: -1,
      valueEnd: -1,
    }));
  }

  /** Forgets the key of the previous item. */
  clear(): void {
    for (const place of this.places) place.jsonAt = -1;
  }

  /**
   * Notes an attribute whose value was just read if it is a key attribute.
   *
   * @param nameAt index of the field with the name in the output
   * @param jsonAt index of the value in the input
   * @param valueAt index of the value in the output
   * @throws {MalformedPage} if a key attribute does not have the type in the definition of the table
   */
  note(cursor: Cursor, nameAt: number, jsonAt: number, valueAt: number): void {
    const { places } = this;
    const length = cursor.outView.getUint32(nameAt, true);
    for (let i = 0; i < places.length; i += 1) {
      const place = places[i] as KeyPlace;
      if (place.name.length !== length || !isEqual(place.name, cursor.out, nameAt + LENGTH_BYTES)) continue;
      if (cursor.out[valueAt] !== place.tag)
        throw cursor.malformed('a key attribute of the type that the table defines');
      place.jsonAt = jsonAt;
      place.jsonEnd = cursor.at;
      place.valueAt = valueAt;
      place.valueEnd = cursor.to;
    }
  }

  /**
   * Copies the noted values from the output, before they are moved.
   *
   * @throws {MalformedPage} if a key attribute is missing
   */
  copy(cursor: Cursor): void {
    const { fields, places } = this;
    fields.length = this.prefixLength;
    for (let i = 0; i < places.length; i += 1) {
      const { jsonAt, valueAt, valueEnd } = places[i] as KeyPlace;
      if (jsonAt < 0) throw cursor.malformed('the key attributes of the table');
      fields.ensure(valueEnd - valueAt);
      fields.length += cursor.out.copy(fields.bytes, fields.length, valueAt, valueEnd);
    }
    this.input = cursor.bytes;
  }

  /** Length in bytes of what `copyJson` writes. */
  get jsonLength(): number {
    let length = 1;
    for (const { jsonStart, jsonAt, jsonEnd } of this.places) length += jsonStart.length + jsonEnd - jsonAt;
    return length;
  }

  /** Writes the key in DynamoDB JSON to `target`, starting at `start`, with the values as they are written in the line. */
  copyJson(target: Buffer, start: number): void {
    let at = start;
    for (const { jsonStart, jsonAt, jsonEnd } of this.places) {
      at += jsonStart.copy(target, at);
      at += this.input.copy(target, at, jsonAt, jsonEnd);
    }
    target[at] = CLOSE_BRACE;
  }
}

function isEqual(name: Buffer, bytes: Buffer, at: number): boolean {
  for (let i = 0; i < name.length; i += 1) if (name[i] !== bytes[at + i]) return false;
  return true;
}
