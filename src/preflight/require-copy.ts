import type { Logger } from '../logger.ts';
import type { LatestCopy } from '../manifest/copy-search.ts';
import { checkDataObjects, type DataObjectDifference } from '../manifest/data-objects.ts';
import { findCopy } from '../manifest/find-copy.ts';
import type { CopyIdentity } from '../manifest/layout.ts';
import { type CopyAccess, openCopy, type StoredCopy } from '../manifest/open-copy.ts';
import { formatBytes, formatCountOf } from '../message-text.ts';
import type { PreflightChecks } from './checks/checks.ts';

/**
 * Finds the copy that the inputs choose and verifies its manifests. Logs which newer copies were skipped.
 *
 * @param accept throws an error for a copy that cannot be used
 * @param check name of the check
 * @throws {CopyError} the failure of the check
 */
export function requireStoredCopy(
  choice: CopyIdentity | LatestCopy,
  access: CopyAccess,
  { checks, logger }: { readonly checks: PreflightChecks; readonly logger: Logger },
  accept: (copy: StoredCopy) => void,
  check = 'Copy',
): Promise<StoredCopy> {
  return checks.require(
    check,
    async () => {
      const found = await findCopy(choice, access);
      if (found.skipped !== undefined) logger.notice(found.skipped);
      const opened = await openCopy(found, access);
      accept(opened);
      return opened;
    },
    ({ exportId, tableName, snapshotTime, itemCount }) =>
      `${exportId} of table ${tableName}, ${snapshotTime.toISOString()}, ${formatCountOf(itemCount, 'item')}`,
  );
}

/**
 * Checks that the data objects of a copy exist as its manifests list them, without reading them.
 *
 * @param check name of the check
 * @throws {CopyError} the failure of the check
 */
export function requireDataObjects(
  copy: StoredCopy,
  access: Pick<CopyAccess, 'bucket' | 'signal'>,
  checks: PreflightChecks,
  check = 'Data objects',
): Promise<Pick<DataObjectDifference, 'sizeBytes' | 'largestObjectBytes'>> {
  return checks.require(
    check,
    () => checkDataObjects(copy, access),
    ({ sizeBytes }) => `${formatCountOf(copy.files.length, 'object')}, ${formatBytes(sizeBytes)}, as in the manifest`,
  );
}
