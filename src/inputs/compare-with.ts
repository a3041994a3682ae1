import { readBucketOwner } from './bucket-inputs.ts';
import { type CopyUri, parseCopyUri } from './copy-inputs.ts';
import type { InputReader } from './input-reader.ts';
import { readTableName, type TableName } from './table-name.ts';

/** What a copy is compared with. */
export type CompareWith =
  | { readonly kind: 'table'; readonly table: TableName }
  /** `owner` is the ID of the account that must own the bucket; undefined to accept any owner. */
  | ({ readonly kind: 'copy'; readonly owner: string | undefined } & CopyUri);

/**
 * Reads the input `compare-bucket-owner`, and what `compare-with` names.
 *
 * @param text the input `compare-with`; '' if nothing is to be compared
 * @returns undefined if nothing is to be compared, or if a problem was reported
 */
export function readCompareWith(reader: InputReader, text: string, forcePathStyle: boolean): CompareWith | undefined {
  const problems = reader.problems.at('compare-with');
  const owner = readBucketOwner(reader, 'compare-bucket-owner');
  if (text.startsWith('s3://')) {
    const other = parseCopyUri(text, forcePathStyle, problems);
    return other && { kind: 'copy', owner, ...other };
  }
  if (reader.text('compare-bucket-owner') !== '') {
    reader.problems
      .at('compare-bucket-owner')
      .add('has an effect only if compare-with is the URI of a copy. Leave it out');
  }
  if (text === '') return undefined;
  const table = readTableName(text, problems);
  return table && { kind: 'table', table };
}
