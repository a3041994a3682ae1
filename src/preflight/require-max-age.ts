import { CopyError } from '../errors.ts';
import { formatDuration } from '../message-text.ts';
import type { PreflightChecks } from './checks/checks.ts';
import type { FoundStoredCopy } from './prepare-verify.ts';

/**
 * Maximum time in milliseconds for which a snapshot time can be in the future. The snapshot time of a scan comes from
 * the clock of its runner, and AWS rejects requests if that clock differs from its own by more than 15 minutes.
 *
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-troubleshooting.html
 */
const MAX_CLOCK_DIFFERENCE = 15 * 60_000;

/** Age of a copy. */
type Aged = Pick<FoundStoredCopy, 'copy' | 'ageMs'> & {
  /** False if S3 sent no time, so that the age is by the clock of the runner. */
  readonly isClockKnown: boolean;
};

/**
 * Checks that the snapshot of a copy is not older than a maximum age.
 *
 * @param maxAgeMs milliseconds; undefined for any age
 * @throws {CopyError} COPY_STALE if it is older, or if its age is unknown because its snapshot time is in the future
 *   or S3 sends no time
 */
export async function requireMaxAge(found: Aged, maxAgeMs: number | undefined, checks: PreflightChecks): Promise<void> {
  if (maxAgeMs === undefined) return;
  await checks.require(
    'Age',
    async () => rejectStaleCopy(found, maxAgeMs),
    () => `${formatDuration(found.ageMs)}, at most ${formatDuration(maxAgeMs)}`,
  );
}

function rejectStaleCopy({ copy, ageMs, isClockKnown }: Aged, maxAgeMs: number): void {
  const snapshot = `The snapshot time of the copy ${copy.exportId} of table ${copy.tableName} is ${copy.snapshotTime.toISOString()}`;
  if (!isClockKnown) {
    throw new CopyError(
      'COPY_STALE',
      `${snapshot}. Its age is unknown, because the responses of the S3-compatible store have no Date header.`,
      'Use a store that sends it, or leave out max-age and compare the output snapshot-time with a clock that you trust.',
    );
  }
  if (ageMs < -MAX_CLOCK_DIFFERENCE) {
    throw new CopyError(
      'COPY_STALE',
      `${snapshot}, which is ${formatDuration(-ageMs)} in the future by the clock of S3. Its age is unknown.`,
      'Check the clock of the runner that wrote the copy, and whether something else wrote its manifests. To use an older copy, set before to the current time.',
    );
  }
  if (ageMs <= maxAgeMs) return;
  throw new CopyError(
    'COPY_STALE',
    `${snapshot}. The copy is older than max-age (${formatDuration(maxAgeMs)}): its age is ${formatDuration(ageMs)}.`,
    'If copy is an s3-uri, use a newer copy or latest. Otherwise find out why no newer copy exists: check the latest runs of the workflow that writes the copies, and whether its schedule is enabled. Then create a copy.',
  );
}
