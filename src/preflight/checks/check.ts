import type { CopyError } from '../../errors.ts';

/** Result of a check. Only a failed check stops the run. */
export type CheckOutcome =
  /** `caveat` is what the user should know although the check passed. */
  | { readonly status: 'ok'; readonly detail: string; readonly caveat?: string }
  | { readonly status: 'not checked'; readonly why: string }
  | { readonly status: 'failed'; readonly error: CopyError };

/** Preflight check of table, bucket or credentials, which runs before anything is written. One file per check. */
export interface Check {
  /** Name in log and summary, such as `Write access`. */
  readonly name: string;
  /** @throws the error that the copy itself would fail with */
  readonly run: (signal: AbortSignal) => Promise<CheckOutcome>;
}

/** Outcome of a check, with its name. */
export interface CheckResult {
  readonly name: string;
  readonly outcome: CheckOutcome;
}

/** @param caveat what the user should know although the check passed */
export function ok(detail: string, caveat?: string): CheckOutcome {
  return { status: 'ok', detail, ...(caveat !== undefined && { caveat }) };
}

/** Returns the outcome for a missing optional permission, which is not a failure. */
export function missingPermission(permission: string): CheckOutcome {
  return { status: 'not checked', why: `the role lacks the optional permission ${permission}` };
}

export function notChecked(why: string): CheckOutcome {
  return { status: 'not checked', why };
}
