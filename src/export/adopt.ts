import type { DynamoDBClient, ExportDescription } from '@aws-sdk/client-dynamodb';
import { failedCall } from '../aws/failed-call.ts';
import type { Narrator } from '../narrator.ts';
import { exportsOf, type Search } from './find-exports.ts';
import { type StepIdentity, useOf } from './token.ts';

/** Exports that are looked through for one of an earlier attempt: it was started hours ago, not hundreds of exports ago. */
export const ATTEMPT_LOOK_THROUGH = 25;

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
  of: Search['of'],
  identity: StepIdentity,
  timeIsFixed: boolean,
  narrator: Narrator,
  signal: AbortSignal,
): Promise<ExportDescription | undefined> {
  let looked = 0;
  try {
    // Completed ones also where they are not taken over: they tell whether the step is alone, and that the role may look.
    const statuses = ['IN_PROGRESS', 'COMPLETED'] as const;
    for await (const found of exportsOf(client, { of, statuses, most: ATTEMPT_LOOK_THROUGH }, signal)) {
      looked += 1;
      const use = useOf(identity, found.ClientToken);
      // What this attempt itself began is another step's that looks the same, as two of one composite action do.
      if (!use || use.attempt >= identity.attempt) continue;
      if (timeIsFixed) return found;
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
  if (looked === ATTEMPT_LOOK_THROUGH) {
    narrator.notice(`None of the newest ${looked} exports of this table is one that an earlier attempt started.`);
  }
  return undefined;
}
