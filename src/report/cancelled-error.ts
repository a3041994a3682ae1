import { CopyError } from '../errors.ts';
import type { CopyState } from './copy-state.ts';

/** Returns the error of a cancelled step. Its remedy describes what a re-run does. */
export function cancelledError(copy: CopyState | undefined, resume = true): CopyError {
  if (copy?.engine === 'export') {
    return new CopyError(
      'CANCELLED',
      copy.stage === 'not started'
        ? 'The step was cancelled before DynamoDB confirmed an export. If DynamoDB received the request, the export continues.'
        : `The step was cancelled while it waited. The export ${copy.exportId} continues.`,
      `${resume ? 'Re-run the job to continue waiting for this export.' : 'With resume: false, a re-run starts another export.'} An export cannot be stopped.`,
    );
  }
  if (copy?.shard !== undefined) {
    return new CopyError(
      'CANCELLED',
      `The step was cancelled before shard ${copy.shard} was complete.`,
      'Choose "Re-run failed jobs". The re-run resumes this shard if possible, otherwise it copies the shard again. Until all shards are complete, the copy has no manifest-summary.json and does not count as a copy.',
    );
  }
  return new CopyError(
    'CANCELLED',
    'The step was cancelled before the copy was complete.',
    `Re-run the job. ${resume ? 'The re-run resumes this copy if possible, otherwise it starts over.' : 'With resume: false, the re-run starts over.'} The copy is incomplete. It has no manifest-summary.json and does not count as a copy.`,
  );
}
