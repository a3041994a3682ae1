import { type Check, notChecked, type Outcome, ok } from './check.ts';

/** What is known of how long a side's credentials live. */
export type CredentialsLife =
  /** The Action can renew them, or they have no end. */
  | { readonly kind: 'lasting'; readonly why: string }
  | { readonly kind: 'until'; readonly time: Date }
  | { readonly kind: 'unknown' };

/**
 * Whether the credentials outlive the copy, as far as either is known. An estimate is no proof, so it is never a failure.
 *
 * @param estimatedSeconds undefined where it cannot be told how long the copy takes
 */
export function credentialsLife(
  look: () => Promise<CredentialsLife>,
  estimatedSeconds: number | undefined,
  now: () => Date = () => new Date(),
): Check {
  return { name: 'Credentials', run: async () => judge(await look(), estimatedSeconds, now()) };
}

function judge(life: CredentialsLife, estimatedSeconds: number | undefined, now: Date): Outcome {
  if (life.kind === 'lasting') return ok(life.why);
  if (life.kind === 'unknown') {
    return notChecked('the environment does not say when these credentials end (an assumed role often after an hour)');
  }
  const minutesLeft = Math.floor((life.time.getTime() - now.getTime()) / 60_000);
  const says = `valid for ${minutesLeft} more minutes`;
  if (estimatedSeconds === undefined || estimatedSeconds / 60 < minutesLeft) return ok(says);
  const minutes = Math.ceil(estimatedSeconds / 60);
  return ok(
    says,
    `The copy may take ${minutes} minutes: let the Action assume the role itself (role-to-assume), or ask for longer credentials where they come from.`,
  );
}
