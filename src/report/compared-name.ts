import type { ComparedWith } from '../preflight/compared-with.ts';

/** Returns the name of what the copy is compared with, for a sentence: `table orders`, or the URI of a copy. */
export function nameOfCompared(comparedWith: ComparedWith): string {
  if (comparedWith.kind === 'table') return `table ${comparedWith.side.table.TableName ?? ''}`;
  return `s3://${comparedWith.bucket.name}/${comparedWith.copy.layout.root}`;
}
