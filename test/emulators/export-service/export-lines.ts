import type { WireItem } from '../../fixtures/items.ts';
import { ionOf, ionStruct } from './export-ion.ts';
import type { ExportFormat, ExportViewType } from './export-parameters.ts';

/** What happened to one item within the period of an incremental export. */
export interface NetChange {
  readonly keys: WireItem;
  /** As it was before the period; absent of an item that was not there. */
  readonly oldImage?: WireItem;
  /** As it was at the period's end; absent of one that was deleted. */
  readonly newImage?: WireItem;
  /** Of the last write, in milliseconds. */
  readonly at: number;
}

/** One line of a full export, without its newline. Nothing but what JSON demands is escaped, U+2028 neither. */
export function itemLine(format: ExportFormat, item: WireItem): string {
  return format === 'ION' ? `$ion_1_0 {Item:${ionStruct(item)}}` : `{"Item":${JSON.stringify(item)}}`;
}

/** One line of an incremental export. How it is wrapped in Ion is known from AWS's documentation only. */
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

/** An object of JavaScript would put the names that look like indexes first. */
function jsonObject(attributes: readonly Attribute[]): string {
  return `{${attributes.map(([name, value]) => `${JSON.stringify(name)}:${JSON.stringify(value)}`).join()}}`;
}
