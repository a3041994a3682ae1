import { AssumeRoleWithWebIdentityCommand } from '@aws-sdk/client-sts';
import type { CredentialSource } from './credential-source.ts';
import { explainWebIdentity } from './explain-role.ts';
import { readIdTokenClaims } from './id-token-claims.ts';
import { isRetryable } from './retryable.ts';
import type { RoleRequest, Sts } from './sts.ts';

/**
 * Issuer of ID tokens for the job. An ID token is valid for five minutes. The job can request ID tokens until the token
 * that authorizes the requests expires, 6 hours and 20 minutes after GitHub created it.
 */
export interface IdTokenIssuer {
  /**
   * @returns a new token
   * @throws {IdTokenError}
   */
  request(audience: string, signal: AbortSignal): Promise<string>;
}

/**
 * Returns a credential source for a role that trusts the job's OIDC issuer. It needs no other credentials, so it can
 * renew sessions while the job can request ID tokens, about 6 hours.
 */
export function webIdentity(role: RoleRequest, audience: string, idTokens: IdTokenIssuer, sts: Sts): CredentialSource {
  const { arn: RoleArn, sessionName: RoleSessionName, durationSeconds: DurationSeconds } = role;
  let token = '';
  return {
    description: `${RoleArn}, assumed with OIDC`,
    async issue(signal) {
      // Each attempt needs a new token: an outage of STS can last longer than a token.
      token = await idTokens.request(audience, signal);
      const { Credentials } = await sts.client.send(
        new AssumeRoleWithWebIdentityCommand({ RoleArn, RoleSessionName, DurationSeconds, WebIdentityToken: token }),
        { abortSignal: signal },
      );
      return sts.session(Credentials);
    },
    isRetryable,
    explain: (error) => explainWebIdentity(error, { role, audience, claims: readIdTokenClaims(token) }),
  };
}
