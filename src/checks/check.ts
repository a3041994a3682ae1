import type { CopyError } from '../errors.ts';

/** How a check ended. Only a failed one stops a run. */
export type Outcome =
  /** `caveat` is what the user should know all the same. */
  | { readonly status: 'ok'; readonly says: string; readonly caveat?: string }
  | { readonly status: 'not checked'; readonly why: string }
  | { readonly status: 'failed'; readonly error: CopyError };

/** Something about table, bucket or credentials that can be found out before anything is written. One file each. */
export interface Check {
  /** As a heading: `Write access`. */
  readonly name: string;
  /** @throws what the copy itself would fail with */
  readonly run: (signal: AbortSignal) => Promise<Outcome>;
}

/** What a check found. */
export interface Finding {
  readonly name: string;
  readonly outcome: Outcome;
}

export function ok(says: string, caveat?: string): Outcome {
  return { status: 'ok', says, ...(caveat !== undefined && { caveat }) };
}

/** Of a right that the copy does without: its lack is no failure. */
export function lacksRight(right: string): Outcome {
  return { status: 'not checked', why: `the role lacks ${right}, which the copy does not need` };
}

export function notChecked(why: string): Outcome {
  return { status: 'not checked', why };
}
