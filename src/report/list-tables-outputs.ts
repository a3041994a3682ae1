import { CopyError } from '../errors.ts';
import { MAX_OUTPUT_CHARACTERS, type Outputs } from '../github/set-outputs.ts';
import type { ListTablesInputs } from '../inputs/list-tables-inputs.ts';
import type { TableList } from '../list-tables/list-tables.ts';
import { formatCount } from '../message-text.ts';
import { remedies } from '../remedies.ts';

/** Returns the outputs of a step that lists tables. */
export function listTablesOutputs({ tables }: TableList): Outputs {
  return { tables: JSON.stringify(tables), count: String(tables.length) };
}

/**
 * Rejects a list that later jobs cannot use.
 *
 * @throws {CopyError} NO_TABLES if the list is empty, unless the inputs allow it; OUTPUTS_NOT_WRITTEN if it is longer
 *   than an output of a job can be
 */
export function requireUsableList(list: TableList, { ifEmpty, sourceRegion, tags }: ListTablesInputs): void {
  const { tables, existing, matching } = list;
  if (tables.length === 0 && ifEmpty === 'error') {
    const byTag = tags.length > 0 ? ` Matching names and tags: ${formatCount(tables.length)}.` : '';
    throw new CopyError(
      'NO_TABLES',
      `No table is selected. Tables in ${sourceRegion}: ${formatCount(existing)}. Matching names: ${formatCount(matching)}.${byTag}`,
      remedies.allowEmptyLists,
    );
  }
  if (JSON.stringify(tables).length <= MAX_OUTPUT_CHARACTERS) return;
  throw new CopyError(
    'OUTPUTS_NOT_WRITTEN',
    `The list of ${formatCount(tables.length)} tables exceeds the GitHub size limit for job outputs.`,
    remedies.reduceTableList,
  );
}
