import { gunzipSync, zstdDecompressSync } from 'node:zlib';
import type { WireItem } from '../../fixtures/items.ts';
import { readIonValue } from '../../fixtures/read-ion.ts';

export type InputCompression = 'GZIP' | 'ZSTD' | 'NONE';
export type InputFormat = 'DYNAMODB_JSON' | 'ION';

/** A record of an object: an item, or the reason why the object cannot be read any further. */
export type InputRecord =
  | { readonly item: WireItem; readonly line: number }
  | { readonly malformed: string; readonly line: number };

export interface InputObject {
  /** Uncompressed size in bytes; size as stored if the object cannot be decompressed. */
  readonly bytes: number;
  /** The last one is malformed if the object is: the remaining lines are skipped. */
  readonly records: readonly InputRecord[];
}

/**
 * Reads an object as ImportTable and StartBulkPutItems do. The name of the object does not matter. Empty objects and
 * blank lines are neither items nor errors. A record that cannot form an item ends the object.
 *
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/S3DataImport.Validation.html (Validation errors)
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/BulkPutItems.Format.html (Validation errors that
 * stop an object)
 */
export function readInputObject(stored: Buffer, compression: InputCompression, format: InputFormat): InputObject {
  if (stored.length === 0) return { bytes: 0, records: [] };
  let content: Buffer;
  try {
    content = DECOMPRESSORS[compression](stored);
  } catch {
    // Observed on AWS: a file that is not compressed, read as GZIP, counts as one item that has an error.
    return { bytes: stored.length, records: [{ malformed: `The object is not in ${compression} format`, line: 1 }] };
  }
  const records: InputRecord[] = [];
  for (const [index, text] of content.toString().split('\n').entries()) {
    if (text.trim() === '') continue;
    const line = index + 1;
    try {
      records.push({ item: PARSERS[format](text), line });
    } catch (error) {
      records.push({ malformed: (error as Error).message, line });
      break;
    }
  }
  return { bytes: content.length, records };
}

const DECOMPRESSORS: Readonly<Record<InputCompression, (stored: Buffer) => Buffer>> = {
  GZIP: gunzipSync,
  ZSTD: zstdDecompressSync,
  NONE: (stored) => stored,
};

const PARSERS: Readonly<Record<InputFormat, (line: string) => WireItem>> = {
  DYNAMODB_JSON(line) {
    const { Item } = Object(JSON.parse(line)) as { Item?: unknown };
    if (!isItem(Item)) throw new Error('The line has no Item with typed attribute values');
    return Item;
  },
  // AWS reads a sequence of Ion structs. Exports write one per line, so only this form is read here.
  ION(line) {
    const value = readIonValue(line);
    const item = 'M' in value ? value.M['Item'] : undefined;
    if (item === undefined || !('M' in item)) throw new Error('The line has no struct named Item');
    return item.M;
  },
};

const TYPES = new Set(['S', 'N', 'B', 'SS', 'NS', 'BS', 'L', 'M', 'BOOL', 'NULL']);

/** Returns whether each attribute has one of DynamoDB's types. The emulated server validates the content. */
function isItem(value: unknown): value is WireItem {
  return isObject(value) && Object.values(value).every(isTyped);
}

function isTyped(value: unknown): boolean {
  const [entry, ...others] = isObject(value) ? Object.entries(value) : [];
  if (entry === undefined || others.length > 0 || !TYPES.has(entry[0])) return false;
  const [type, content] = entry;
  if (type === 'M') return isItem(content);
  return type === 'L' ? Array.isArray(content) && content.every(isTyped) : true;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
