import type { CopiedObject } from './copied-object.ts';
import type { WireItem } from './items.ts';
import type { ManifestSummary } from './manifests.ts';
import { readIonLine } from './read-ion.ts';

/** What a line of an incremental export tells. */
export interface CopiedChange {
  /** When it was last written, in microseconds. */
  readonly micros: bigint;
  readonly keys: WireItem;
  readonly oldImage?: WireItem;
  readonly newImage?: WireItem;
}

/** The items of a full copy. */
export function itemsOf(summary: ManifestSummary, objects: readonly CopiedObject[]): WireItem[] {
  return objects.flatMap((object) =>
    object.lines.map((line) => {
      const members = contentOf(summary, line, 'Item', object);
      if (members['Item'] === undefined || Object.keys(members).length > 1) {
        throw new Error(`${object.dataFileS3Key} has a line that holds no Item alone: ${line.slice(0, 200)}`);
      }
      return members['Item'];
    }),
  );
}

/** The members of the lines of an incremental copy, in their order. */
const MEMBERS = {
  DYNAMODB_JSON: ['Metadata', 'Keys', 'OldImage', 'NewImage'],
  ION: ['Keys', 'Metadata', 'OldImage', 'NewImage'],
} as const;

export function changesOf(summary: ManifestSummary, objects: readonly CopiedObject[]): CopiedChange[] {
  if (summary.exportType !== 'INCREMENTAL_EXPORT') {
    throw new Error('a full copy has no changes, but items');
  }
  const known: readonly string[] = MEMBERS[summary.outputFormat as keyof typeof MEMBERS];
  return objects.flatMap((object) =>
    object.lines.map((line) => {
      const members = contentOf(summary, line, 'Record', object);
      const { Metadata, Keys, OldImage, NewImage, ...others } = members;
      const names = Object.keys(members);
      const micros = (Metadata?.['WriteTimestampMicros'] as { readonly N?: string } | undefined)?.N;
      const hasOld = OldImage === undefined || summary.outputView === 'NEW_AND_OLD_IMAGES';
      const inOrder = known.filter((name) => names.includes(name)).join() === names.join();
      if (micros === undefined || Keys === undefined || Object.keys(others).length > 0 || !inOrder || !hasOld) {
        throw new Error(`${object.dataFileS3Key} has a line that is no change: ${line.slice(0, 200)}`);
      }
      return {
        micros: BigInt(micros),
        keys: Keys,
        ...(OldImage === undefined ? {} : { oldImage: OldImage }),
        ...(NewImage === undefined ? {} : { newImage: NewImage }),
      };
    }),
  );
}

/** The members of a line; `wrapper` is what Ion alone has around them. */
function contentOf(
  { outputFormat }: ManifestSummary,
  line: string,
  wrapper: 'Item' | 'Record',
  object: CopiedObject,
): Readonly<Record<string, WireItem>> {
  switch (outputFormat) {
    case 'DYNAMODB_JSON':
      return JSON.parse(line) as Record<string, WireItem>;
    case 'ION':
      try {
        const fields = readIonLine(line, wrapper);
        return wrapper === 'Item' ? { Item: fields } : ionMembers(fields);
      } catch (error) {
        throw new Error(`${object.dataFileS3Key} has a line that cannot be read: ${(error as Error).message}`);
      }
    default:
      throw new Error(`the items of a copy in ${outputFormat} cannot be told from its lines`);
  }
}

/** Ion knows no descriptors: what looks like a map is one of the line's own members. */
function ionMembers(fields: WireItem): Record<string, WireItem> {
  return Object.fromEntries(
    Object.entries(fields).map(([name, value]) => [name, (value as { readonly M: WireItem }).M]),
  );
}
