import { CopyError } from '../errors.ts';
import { MalformedJson } from '../strict-json.ts';
import type { CopySummary } from './copy-summary.ts';
import type { CopyIdentity } from './layout.ts';
import { type ManifestSource, readWithoutMd5 } from './manifest-content.ts';
import { parseTableManifest } from './parse-table-manifest.ts';
import type { TableManifest } from './table-manifest.ts';

/**
 * Reads manifest-table.json.
 *
 * @returns undefined if it does not exist
 * @throws {CopyError} of `source.invalid` if it is invalid or describes another table
 * @throws errors of the SDK if the bucket cannot be read
 */
export async function readTableManifest(
  source: ManifestSource,
  { layout }: CopyIdentity,
  { tableArn, tableId }: Pick<CopySummary, 'tableArn' | 'tableId'>,
): Promise<TableManifest | undefined> {
  const key = layout.manifestTable;
  const content = await readWithoutMd5(source, key);
  if (!content) return undefined;
  const table = parse(content, key, source);
  const isOther = table.tableId !== null && tableId !== undefined && table.tableId !== tableId;
  if (table.tableArn !== tableArn || isOther) {
    throw source.invalid(key, 'describes another table than manifest-summary.json');
  }
  return table;
}

function parse(content: Buffer, key: string, { invalid }: ManifestSource): TableManifest {
  try {
    return parseTableManifest(content);
  } catch (error) {
    if (!(error instanceof CopyError && error.cause instanceof MalformedJson)) throw error;
    const { path } = error.cause;
    throw invalid(key, path === '' ? 'is not a JSON object' : `has a missing or invalid member: ${path}`);
  }
}
