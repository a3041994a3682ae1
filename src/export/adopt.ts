import type { DynamoDBClient, ExportType } from '@aws-sdk/client-dynamodb';
import { failedCall } from '../aws/failed-call.ts';
import type { Narrator } from '../narrator.ts';
import type { DescribedExport } from './described-export.ts';
import { describeEach, type ExportedTable, type ListedExport, listExports } from './find-exports.ts';
import { TOLERANCE } from './times.ts';
import { type StepIdentity, useOf } from './token.ts';

/** The export that an earlier attempt of a step may have started. */
export interface EarlierExport {
  readonly of: ExportedTable;
  readonly type: ExportType;
  readonly identity: StepIdentity;
  /** The moment that the request fixes absolutely; undefined if it depends on when the request is sent. */
  readonly fixedTime: Date | undefined;
}

/**
 * Looks for the export that an earlier attempt of this very step started, so that it is not paid for twice.
 *
 * One in progress is taken over. A completed one only where the request fixes its time absolutely: otherwise a snapshot
 * "before" could come back as one "after". Failed ones are passed over, and so is everything where an attempt ran this
 * step more than once: nobody can tell then which of its exports is whose.
 *
 * @returns undefined where a new export is to be started
 */
export async function findEarlierAttempt(
  client: DynamoDBClient,
  earlier: EarlierExport,
  narrator: Narrator,
  signal: AbortSignal,
): Promise<DescribedExport | undefined> {
  const { identity, fixedTime } = earlier;
  try {
    const candidates = candidatesAmong(await listExports(client, earlier.of, signal), earlier);
    if (candidates.length > WORTH_A_LINE) {
      narrator.info(`Looking for an export of an earlier attempt among ${candidates.length} exports of this table.`);
    }
    for await (const found of describeEach(client, candidates, signal)) {
      const use = useOf(identity, found.ClientToken);
      // What this attempt itself began is another step's that looks the same, as two of one composite action do.
      if (!use || use.attempt >= identity.attempt) continue;
      if (fixedTime) return found;
      if (use.nth === 1 && found.ExportStatus === 'COMPLETED') continue;
      if (use.nth === 1) return found;
      narrator.notice(
        'Several steps of this run look the same, so an export of an earlier attempt is not taken over: it could be that of another one.',
      );
      return undefined;
    }
  } catch (error) {
    // Without dynamodb:DescribeExport, another export could be paid for and not be waited for either.
    if ((error as Error).name !== 'AccessDeniedException') throw error;
    if (failedCall(error as Error)?.operation !== 'ListExports') throw error;
    narrator.notice(
      'An export that an earlier attempt may have started is not looked for: the role lacks dynamodb:ListExports.',
    );
  }
  return undefined;
}

/** Each one takes a second, and a step that says nothing for long looks hung. */
const WORTH_A_LINE = 10;

/**
 * Returns the exports to describe, newest first. Older ones cannot be taken over: an export starts no earlier than the
 * time that it exports, and one without a fixed time must be in progress. The completed ones among them show whether the
 * step is alone; and one is always described, to learn whether the role is allowed to.
 */
function candidatesAmong(listed: readonly ListedExport[], { type, fixedTime }: EarlierExport): readonly ListedExport[] {
  const possible = listed.filter((each) => each.status !== 'FAILED' && (each.type ?? type) === type);
  const last = possible.findLastIndex(({ status, startedAt }) =>
    fixedTime ? startedAt >= fixedTime.getTime() - TOLERANCE : status === 'IN_PROGRESS',
  );
  return possible.slice(0, Math.max(last + 1, 1));
}
