/** Who asks for an export, so that a later attempt finds what an earlier one started. */
export interface StepIdentity {
  /** What the ClientTokens of all attempts of this step begin with. */
  readonly tokenStart: string;
  /** From 1. */
  readonly attempt: number;
}

/** How a ClientToken was made: by which attempt, and for which of its steps that look the same. */
export interface TokenUse {
  readonly attempt: number;
  /** From 1. */
  readonly nth: number;
}

/** The token of an attempt is always the same, so that an answer that was lost is not paid for again. */
export function tokenOf({ tokenStart, attempt }: StepIdentity, nth: number): string {
  return `${tokenStart}${attempt}${nth === 1 ? '' : `-${nth}`}`;
}

/** @returns undefined for the token of another step */
export function useOf({ tokenStart }: StepIdentity, token: string | undefined): TokenUse | undefined {
  if (!token?.startsWith(tokenStart)) return undefined;
  const [, attempt, nth = '1'] = /^(\d+)(?:-(\d+))?$/.exec(token.slice(tokenStart.length)) ?? [];
  return attempt === undefined ? undefined : { attempt: Number(attempt), nth: Number(nth) };
}
