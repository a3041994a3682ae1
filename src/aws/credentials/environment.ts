import type { STSClient } from '@aws-sdk/client-sts';
import { CopyError } from '../../errors.ts';
import type { Mechanism } from './mechanism.ts';

/** Why a step may well have no credentials, and what to do about it. */
export interface NoCredentials {
  /** A sentence; '' where nothing is known. */
  readonly why: string;
  readonly remedy: string;
}

/**
 * The credentials that the step's environment has, by the SDK's own chain: variables, as
 * aws-actions/configure-aws-credentials leaves them, else a profile, a web identity's file, or the container or instance
 * that a self-hosted runner is.
 *
 * @param sts without credentials of its own: what its chain has to ask for goes by its settings, proxy included
 */
export function environment(sts: STSClient, { why, remedy }: NoCredentials): Mechanism {
  return {
    description: 'the credentials of the environment',
    async issue() {
      const credentials = await sts.config.credentials();
      const { expiration } = credentials;
      return {
        credentials,
        validForMs: expiration ? expiration.getTime() - Date.now() : Number.POSITIVE_INFINITY,
      };
    },
    passes: () => false,
    explain: (error) =>
      new CopyError(
        'CREDENTIALS_MISSING',
        `There are no AWS credentials in this step.${why === '' ? '' : ` ${why}`}`,
        remedy,
        { cause: error },
      ),
  };
}
