import type { CompleteCopy } from './next-step.ts';

/** Maximum number of objects that an import or a bulk operation reads. */
const MAX_OBJECTS = 50_000;

/** Returns whether DynamoDB can load these objects as items. */
export function isLoadable(copy: CompleteCopy): copy is CompleteCopy & { readonly format: 'DYNAMODB_JSON' | 'ION' } {
  const { format, fileCount, isOnAws, isIncremental, isArchived, isRequesterPays } = copy;
  return (
    isOnAws &&
    (format === 'DYNAMODB_JSON' || format === 'ION') &&
    !isIncremental &&
    !isArchived &&
    !isRequesterPays &&
    fileCount > 0 &&
    fileCount <= MAX_OBJECTS
  );
}

/** Returns the name of the table to load into. It is never the source table, whose items would be overwritten. */
export function restoredTableName({ tableName }: CompleteCopy): string {
  const ending = '-restored';
  return `${tableName.slice(0, 255 - ending.length)}${ending}`;
}
