/** Identifies a step, so that a later attempt finds the export that an earlier attempt started. */
export interface StepIdentity {
  /** Prefix of the ClientTokens of all attempts of this step. */
  readonly tokenPrefix: string;
  /** Number of the run attempt, from 1. */
  readonly attempt: number;
}

/** Attempt and step that a ClientToken was created for. */
export interface TokenUse {
  readonly attempt: number;
  /** Number of the step among those of the attempt with the same token prefix, from 1. */
  readonly nth: number;
}

/** Returns the token of an attempt. It is always the same, so a retry after a lost response starts no second export. */
export function clientToken({ tokenPrefix, attempt }: StepIdentity, nth: number): string {
  return `${tokenPrefix}${attempt}${nth === 1 ? '' : `-${nth}`}`;
}

/** @returns undefined for the token of another step */
export function parseClientToken({ tokenPrefix }: StepIdentity, token: string | undefined): TokenUse | undefined {
  if (!token?.startsWith(tokenPrefix)) return undefined;
  const [, attempt, nth = '1'] = /^(\d+)(?:-(\d+))?$/.exec(token.slice(tokenPrefix.length)) ?? [];
  return attempt === undefined ? undefined : { attempt: Number(attempt), nth: Number(nth) };
}
