import type { ExportType } from '@aws-sdk/client-dynamodb';
import { failedCall } from '../aws/client-middleware.ts';
import { CLOCK_TOLERANCE } from './check-times.ts';
import { parseClientToken, type StepIdentity } from './client-token.ts';
import type { DescribedExport } from './described-export.ts';
import type { ExportContext } from './export-context.ts';
import { describeEach, type ExportedTable, type ListedExport, listExports } from './find-exports.ts';

/** The export that an earlier attempt of a step may have started. */
export interface EarlierExport {
  readonly of: ExportedTable;
  readonly type: ExportType;
  readonly identity: StepIdentity;
  /** Absolute end of the exported time range; undefined if it depends on when the request is sent. */
  readonly absoluteTime: Date | undefined;
}

/**
 * Finds the export that an earlier attempt of this step started, so that the same export is not billed twice.
 *
 * An export in progress is reused. A completed export is reused only if the request sets an absolute time: otherwise a
 * snapshot "before" a change could be returned as the one "after" it. Failed exports are ignored. Without an absolute
 * time, no export is reused if an attempt ran this step more than once, because the exports cannot be matched to steps.
 *
 * @returns undefined if a new export must be started
 */
export async function findEarlierExport(
  { client, logger, signal }: Omit<ExportContext, 'bucket'>,
  earlier: EarlierExport,
): Promise<DescribedExport | undefined> {
  const { identity, absoluteTime } = earlier;
  try {
    const candidates = candidatesAmong(await listExports(client, earlier.of, signal), earlier);
    if (candidates.length > MAX_SILENT_CHECKS) {
      logger.info(
        `Checking ${candidates.length} exports of this table for one that an earlier attempt of this step started.`,
      );
    }
    for await (const found of describeEach(client, candidates, signal)) {
      const use = parseClientToken(identity, found.ClientToken);
      // An export of this attempt belongs to another step with the same token prefix, such as one of the same composite
      // action.
      if (!use || use.attempt >= identity.attempt) continue;
      if (absoluteTime) return found;
      if (use.nth === 1 && found.ExportStatus === 'COMPLETED') continue;
      if (use.nth === 1) return found;
      logger.notice(
        'Several steps of this run cannot be distinguished, so the export of an earlier attempt is not reused. It may belong to another step.',
      );
      return undefined;
    }
  } catch (error) {
    // Without dynamodb:DescribeExport, the step could start and pay for another export but could not wait for it.
    if ((error as Error).name !== 'AccessDeniedException') throw error;
    if (failedCall(error as Error)?.operation !== 'ListExports') throw error;
    logger.notice(
      'The Action could not check whether an earlier attempt started an export: the role is not authorized to perform dynamodb:ListExports.',
    );
  }
  return undefined;
}

/**
 * Maximum number of exports that are described without a log line. Each takes a second, and a silent step seems to
 * hang.
 */
const MAX_SILENT_CHECKS = 10;

/**
 * Returns the exports to describe, newest first. Older exports cannot be reused: an export starts no earlier than the
 * time that it exports, and an export without an absolute time must be in progress. The completed exports among them
 * show whether another step has the same token prefix. The newest export is always described, to check whether the role
 * is authorized to do so.
 */
function candidatesAmong(
  listed: readonly ListedExport[],
  { type, absoluteTime }: EarlierExport,
): readonly ListedExport[] {
  const possible = listed.filter((each) => each.status !== 'FAILED' && (each.type ?? type) === type);
  const last = possible.findLastIndex(({ status, startedAt }) =>
    absoluteTime ? startedAt >= absoluteTime.getTime() - CLOCK_TOLERANCE : status === 'IN_PROGRESS',
  );
  return possible.slice(0, Math.max(last + 1, 1));
}
