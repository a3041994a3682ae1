import { CopyError } from '../../errors.ts';

/** Returns true for the errors that an attempt gets if a later one has deleted or completed its copy. */
export function isCausedByTakeover(error: unknown): boolean {
  const { code, name } = error as { readonly code?: unknown; readonly name?: unknown };
  return code === 'COPY_INCOMPLETE' || code === 'UPLOAD_LOST' || name === 'NoSuchUpload';
}

/** Returns the error with which an attempt ends after it has lost the run lock. */
export function takenOverError(cause?: unknown): CopyError {
  return new CopyError(
    'TAKEN_OVER',
    'A later attempt of this step has taken over the copy, or its run.json was deleted. This attempt ends without completing the copy.',
    'Check the later attempt. This one needs no action. If there is no later attempt, find out what deletes objects under AWSDynamoDB/_resume/, such as a lifecycle rule, and re-run the job.',
    { cause },
  );
}

export function isTakenOverError(error: unknown): boolean {
  return error instanceof CopyError && error.code === 'TAKEN_OVER';
}
