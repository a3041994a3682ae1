import { type Check, type CheckOutcome, notChecked, ok } from './check.ts';

/** Lifetime of the credentials of source or destination. */
export type CredentialsLifetime =
  /** The Action can renew them, or they do not expire. */
  | { readonly kind: 'lasting'; readonly why: string }
  | { readonly kind: 'until'; readonly time: Date }
  | { readonly kind: 'unknown' };

/**
 * Checks whether the credentials outlast the copy, if both durations are known. The result is an estimate, so the check
 * never fails.
 *
 * @param estimatedSeconds estimated duration of the copy; undefined if unknown
 */
export function credentialsLifetimeCheck(
  life: () => Promise<CredentialsLifetime>,
  estimatedSeconds: number | undefined,
  now: () => Date = () => new Date(),
): Check {
  return { name: 'Credentials', run: async () => judge(await life(), estimatedSeconds, now()) };
}

function judge(life: CredentialsLifetime, estimatedSeconds: number | undefined, now: Date): CheckOutcome {
  if (life.kind === 'lasting') return ok(life.why);
  if (life.kind === 'unknown') {
    return notChecked(
      'the environment does not specify when these credentials expire (for an assumed role, often after 1 hour)',
    );
  }
  const remainingMinutes = Math.floor((life.time.getTime() - now.getTime()) / 60_000);
  const detail = `valid for ${remainingMinutes} more minutes`;
  if (estimatedSeconds === undefined || estimatedSeconds / 60 < remainingMinutes) return ok(detail);
  const minutes = Math.ceil(estimatedSeconds / 60);
  return ok(
    detail,
    `The copy may take ${minutes} minutes. Set role-to-assume to let the Action assume the role and renew the credentials, or request credentials with a longer duration.`,
  );
}
