import type { WireItem } from '../../fixtures/items.ts';
import { ionOf, ionStruct } from './export-ion.ts';
import type { ExportFormat, ExportViewType } from './export-parameters.ts';

/** Change of one item within the period of an incremental export. */
export interface NetChange {
  readonly keys: WireItem;
  /** Item before the period; absent if the item did not exist. */
  readonly oldImage?: WireItem;
  /** Item at the end of the period; absent if the item was deleted. */
  readonly newImage?: WireItem;
  /** Time of the last write in milliseconds since the epoch. */
  readonly at: number;
}

/** Returns a line of a full export without its newline. Escapes only what JSON requires, so not U+2028. */
export function itemLine(format: ExportFormat, item: WireItem): string {
  return format === 'ION' ? `$ion_1_0 {Item:${ionStruct(item)}}` : `{"Item":${JSON.stringify(item)}}`;
}

/** Returns a line of an incremental export. The structure in Ion is known only from the AWS documentation. */
export function changeLine(format: ExportFormat, view: ExportViewType, change: NetChange): string {
  const WriteTimestampMicros = { N: String(change.at * 1_000) };
  const old = view === 'NEW_IMAGE' ? undefined : change.oldImage;
  const images = Object.entries({ OldImage: old, NewImage: change.newImage });
  const present = images.flatMap(([name, image]) => (image === undefined ? [] : [[name, byName(image)] as const]));
  if (format === 'ION') {
    const metadata = `{WriteTimestampMicros:${ionOf(WriteTimestampMicros)}}`;
    const members = present.map(([name, image]) => `,${name}:${ionStruct(image)}`).join('');
    return `$ion_1_0 {Record:{Keys:${ionStruct(change.keys)},Metadata:${metadata}${members}}}`;
  }
  const members = present.map(([name, image]) => `,"${name}":${jsonObject(image)}`).join('');
  return `{"Metadata":${JSON.stringify({ WriteTimestampMicros })},"Keys":${JSON.stringify(change.keys)}${members}}`;
}

type Attribute = readonly [string, WireItem[string]];

function byName(image: WireItem): Attribute[] {
  return Object.entries(image).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
}

/** Keeps the order of the attributes. A JavaScript object would move integer-like names to the front. */
function jsonObject(attributes: readonly Attribute[]): string {
  return `{${attributes.map(([name, value]) => `${JSON.stringify(name)}:${JSON.stringify(value)}`).join()}}`;
}
