import type { CompleteCopy } from './next-step.ts';

/** Objects that an import, or a bulk operation, reads at the most. */
const MOST_OBJECTS = 50_000;

/** What ImportTable and StartBulkPutItems call the compressions. */
export const COMPRESSION_TYPES = { gzip: 'GZIP', zstd: 'ZSTD', none: 'NONE' } as const satisfies Record<
  CompleteCopy['compression'],
  string
>;

/** Whether DynamoDB can read these objects as items. */
export function isLoadable(copy: CompleteCopy): copy is CompleteCopy & { readonly format: 'DYNAMODB_JSON' | 'ION' } {
  const { format, fileCount, isOnAws, isIncrement, isArchived, isRequesterPays } = copy;
  return (
    isOnAws &&
    (format === 'DYNAMODB_JSON' || format === 'ION') &&
    !isIncrement &&
    !isArchived &&
    !isRequesterPays &&
    fileCount > 0 &&
    fileCount <= MOST_OBJECTS
  );
}

/** The table to load into: never the one that was copied, whose items it would overwrite. */
export function restoredName({ tableName }: CompleteCopy): string {
  const ending = '-restored';
  return `${tableName.slice(0, 255 - ending.length)}${ending}`;
}
