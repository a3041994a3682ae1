import type { DynamoDBClient, ExportDescription } from '@aws-sdk/client-dynamodb';
import { failedCall } from '../aws/failed-call.ts';
import type { Narrator } from '../narrator.ts';
import { exportsOf } from './find-exports.ts';

/** Exports that are looked through for one of an earlier attempt: it was started hours ago, not hundreds of exports ago. */
const LOOK_THROUGH = 10;

/**
 * Looks for the export that an earlier attempt of this very step started, so that it is not paid for twice.
 *
 * One in progress is taken over. A completed one only where the request fixes its time absolutely: otherwise a snapshot
 * "before" could come back as one "after". Failed ones are passed over.
 *
 * @param tokenStart what the ClientTokens of all attempts of this step begin with
 * @returns undefined where a new export is to be started
 */
export async function findEarlierAttempt(
  client: DynamoDBClient,
  tableArn: string,
  tokenStart: string,
  timeIsFixed: boolean,
  narrator: Narrator,
  signal: AbortSignal,
): Promise<ExportDescription | undefined> {
  try {
    for await (const found of exportsOf(client, tableArn, LOOK_THROUGH, signal)) {
      if (!found.ClientToken?.startsWith(tokenStart)) continue;
      if (found.ExportStatus === 'IN_PROGRESS') return found;
      if (found.ExportStatus === 'COMPLETED' && timeIsFixed) return found;
    }
  } catch (error) {
    // Without dynamodb:DescribeExport, another export could be paid for and not be waited for either.
    if ((error as Error).name !== 'AccessDeniedException') throw error;
    if (failedCall(error as Error)?.operation !== 'ListExports') throw error;
    narrator.notice(
      'An export that an earlier attempt may have started is not looked for: the role lacks dynamodb:ListExports. A new export is started.',
    );
  }
  return undefined;
}
