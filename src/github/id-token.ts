import * as core from '@actions/core';
import { IdTokenError } from '../aws/credentials/id-token-claims.ts';
import type { IdTokenIssuer } from '../aws/credentials/web-identity.ts';

/** Returns true if the job can request ID tokens: the runner sets both variables if `permissions` allow it. */
export function canRequestIdTokens(env: NodeJS.ProcessEnv): boolean {
  return Boolean(env['ACTIONS_ID_TOKEN_REQUEST_URL'] && env['ACTIONS_ID_TOKEN_REQUEST_TOKEN']);
}

/**
 * Returns the ID token source of the job.
 *
 * @returns undefined if the job cannot request ID tokens
 */
export function idTokenIssuer(env: NodeJS.ProcessEnv, maskSecret: (secret: string) => void): IdTokenIssuer | undefined {
  if (!canRequestIdTokens(env)) return undefined;
  return {
    async request(audience, signal) {
      const token = await orAborted(requestToken(audience), signal);
      maskSecret(token);
      return token;
    },
  };
}

/** Uses core, which masks the token in the log and supports the proxy of the runner. */
async function requestToken(audience: string): Promise<string> {
  try {
    return await core.getIDToken(audience);
  } catch (error) {
    // The message can contain GitHub's response, so use only the status.
    const status = /Error Code : (\d{3})/.exec(error instanceof Error ? error.message : '')?.[1];
    throw new IdTokenError(status === undefined ? undefined : Number(status));
  }
}

/** Rejects when `signal` aborts. core waits up to 3 minutes for an idle connection and cannot be cancelled. */
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
