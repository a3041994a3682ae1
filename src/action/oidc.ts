import * as core from '@actions/core';
import { IdTokenError } from '../aws/credentials/id-token.ts';
import type { IdTokens } from '../aws/credentials/web-identity.ts';

/** Whether the job may have ID tokens: the runner sets both variables where `permissions` say so. */
export function offersOidc(env: NodeJS.ProcessEnv): boolean {
  return Boolean(env['ACTIONS_ID_TOKEN_REQUEST_URL'] && env['ACTIONS_ID_TOKEN_REQUEST_TOKEN']);
}

/** @returns undefined where the job offers no OIDC */
export function idTokensOf(env: NodeJS.ProcessEnv, conceal: (secret: string) => void): IdTokens | undefined {
  if (!offersOidc(env)) return undefined;
  return {
    async request(audience, signal) {
      const token = await orAborted(askForToken(audience), signal);
      conceal(token);
      return token;
    },
  };
}

/** core marks the token as a secret of the job, and knows the runner's proxy. */
async function askForToken(audience: string): Promise<string> {
  try {
    return await core.getIDToken(audience);
  } catch (error) {
    // Its message may quote GitHub's answer.
    const status = /Error Code : (\d{3})/.exec(error instanceof Error ? error.message : '')?.[1];
    throw new IdTokenError(status === undefined ? undefined : Number(status));
  }
}

/** core waits up to three minutes for a connection that says nothing, and cannot be told to stop. */
async function orAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  const { promise, reject } = Promise.withResolvers<never>();
  const stop = () => reject(new IdTokenError(undefined));
  signal.addEventListener('abort', stop, { once: true });
  try {
    return await Promise.race([work, promise]);
  } finally {
    signal.removeEventListener('abort', stop);
  }
}
