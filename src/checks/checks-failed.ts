import { CopyError } from '../errors.ts';

/** Faults of the credentials or the clock: whatever is asked fails with them, and to say so once is enough. */
const OF_EVERY_CALL = /^(CREDENTIALS_|CLOCK_SKEW$|ID_TOKEN_|ROLE_)/;

/**
 * Several failures as one, since a step fails with one annotation. A single one stays what it is.
 *
 * @param failures at least one
 */
export function checksFailed(failures: readonly CopyError[]): CopyError {
  const distinct = new Map(failures.toReversed().map((failure) => [sameness(failure), failure]));
  const [first, ...others] = [...distinct.values()].toReversed();
  if (first && others.length === 0) return first;
  const lines = [...distinct.values()].toReversed().map(({ code, message, remedy }) => {
    return `- ${code}: ${[...message.split('\n'), remedy].join(' ')}`;
  });
  return new CopyError(
    'CHECKS_FAILED',
    `${lines.length} checks of table and bucket failed:\n${lines.join('\n')}`,
    'Mend each of these, then run the step again. Nothing has been written.',
  );
}

function sameness({ code, message }: CopyError): string {
  return OF_EVERY_CALL.test(code) ? code : `${code} ${message}`;
}
