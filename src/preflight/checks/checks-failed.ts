import { CopyError } from '../../errors.ts';

/** Errors of credentials or clock. They affect every request, so they are reported once. */
const AFFECTS_EVERY_REQUEST = /^(CREDENTIALS_|CLOCK_SKEW$|ID_TOKEN_|ROLE_)/;

/**
 * Combines several failures into one error, because a step fails with one annotation. A single failure is returned as
 * it is.
 *
 * @param failures at least one
 */
export function checksFailed(failures: readonly CopyError[]): CopyError {
  const distinct = new Map(failures.toReversed().map((failure) => [identityOf(failure), failure]));
  const [first, ...others] = [...distinct.values()].toReversed();
  if (first && others.length === 0) return first;
  const lines = [...distinct.values()].toReversed().map(({ code, message, remedy }) => {
    return `- ${code}: ${[...message.split('\n'), remedy].join(' ')}`;
  });
  return new CopyError(
    'CHECKS_FAILED',
    `${lines.length} preflight checks failed:\n${lines.join('\n')}`,
    'Fix these problems, then re-run the job. Nothing was written.',
  );
}

function identityOf({ code, message }: CopyError): string {
  return AFFECTS_EVERY_REQUEST.test(code) ? code : `${code} ${message}`;
}
