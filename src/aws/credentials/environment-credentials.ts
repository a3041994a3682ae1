import type { STSClient } from '@aws-sdk/client-sts';
import { CopyError } from '../../errors.ts';
import type { CredentialSource } from './credential-source.ts';

/** Explanation for a step without credentials. */
export interface MissingCredentialsAdvice {
  /** The likely cause, as a sentence; '' if it is unknown. */
  readonly why: string;
  readonly remedy: string;
}

/**
 * Returns a credential source for the credentials of the step's environment. It uses the default chain of the SDK:
 * variables, such as those of aws-actions/configure-aws-credentials, a profile, a web identity token file, or the role
 * of the container or instance of a self-hosted runner.
 *
 * @param sts client without explicit credentials; the requests of its chain use its settings, including the proxy
 */
export function environmentCredentials(sts: STSClient, { why, remedy }: MissingCredentialsAdvice): CredentialSource {
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
    isRetryable: () => false,
    explain: (error) =>
      new CopyError('CREDENTIALS_MISSING', `This step has no AWS credentials.${why === '' ? '' : ` ${why}`}`, remedy, {
        cause: error,
      }),
  };
}
