import { CopyError } from '../errors.ts';
import type { StoredCopy } from '../manifest/open-copy.ts';
import { remedies } from '../remedies.ts';
import type { CopyToRestore } from '../restore/restore-request.ts';

/**
 * Checks that a copy can be loaded into a table.
 *
 * @param allowSubset true to allow copies that do not contain the whole table unchanged, or of which this is unknown
 * @throws {CopyError} COPY_NOT_RESTORABLE
 */
export function requireRestorable({ exportType, outputFormat, scope }: StoredCopy, allowSubset: boolean): void {
  const reject = (why: string, remedy: string) => {
    throw new CopyError('COPY_NOT_RESTORABLE', `The copy cannot be restored: ${why}. Nothing was written.`, remedy);
  };
  if (exportType === 'INCREMENTAL_EXPORT') {
    reject('it is an incremental export, which contains only the changes of a period', remedies.restoreFullCopy);
  }
  if (outputFormat !== 'DYNAMODB_JSON' && outputFormat !== 'ION') {
    reject(`its format is ${outputFormat}, which does not keep the types of DynamoDB`, remedies.restoreFullCopy);
  }
  if (scope === 'table' || allowSubset) return;
  reject(WHY_REFUSED[scope], remedies.allowSubset);
}

const WHY_REFUSED: Readonly<Record<Exclude<StoredCopy['scope'], 'table'>, string>> = {
  subset: 'it contains only a part of the table',
  transformed: 'process-func changed its items, or left some out',
  unknown: 'nothing shows whether it contains the whole table',
};

/** Returns what the restore engine needs of a copy whose data objects were checked. */
export function copyToRestore(
  copy: StoredCopy,
  objects: { readonly sizeBytes: number; readonly largestObjectBytes: number },
): CopyToRestore {
  const { exportId, scope, dataFolder, tableArn, tableId, compression, files, itemCount, uncompressedBytes, table } =
    copy;
  const { TableName: _, ...definition } = table?.CreateTable ?? { TableName: undefined };
  return {
    ...{ exportId, scope, tableArn, tableId, compression, files, itemCount, uncompressedBytes },
    format: copy.outputFormat === 'ION' ? 'ION' : 'DYNAMODB_JSON',
    hasOneMember: copy.engine === 'scan',
    checksums: copy.checksums,
    dataPrefix: dataFolder,
    ...{ sizeBytes: objects.sizeBytes, largestObjectBytes: objects.largestObjectBytes },
    definition: table && definition,
    settings: table ?? {},
  };
}
