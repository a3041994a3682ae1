import { AssumeRoleWithWebIdentityCommand } from '@aws-sdk/client-sts';
import { explainWebIdentity } from './explain-role.ts';
import { readClaims } from './id-token.ts';
import type { Mechanism } from './mechanism.ts';
import { passes } from './passes.ts';
import type { RoleRequest, Sts } from './sts.ts';

/**
 * Who issues ID tokens for the job. They hold for five minutes, and may be requested until the token that authorizes the
 * requests expires, 6 hours and 20 minutes after GitHub created it.
 */
export interface IdTokens {
  /**
   * @returns a new token
   * @throws {IdTokenError}
   */
  request(audience: string, signal: AbortSignal): Promise<string>;
}

/**
 * A role that trusts the job's OIDC issuer. Needs no credentials, so that its sessions can be renewed for as long as
 * GitHub issues ID tokens to the job: about 6 hours.
 */
export function webIdentity(role: RoleRequest, audience: string, idTokens: IdTokens, sts: Sts): Mechanism {
  const { arn: RoleArn, sessionName: RoleSessionName, durationSeconds: DurationSeconds } = role;
  let token = '';
  return {
    description: `${RoleArn}, by OIDC`,
    async issue(signal) {
      // A new one for each attempt: STS may take longer to come back than a token lasts.
      token = await idTokens.request(audience, signal);
      const { Credentials } = await sts.client.send(
        new AssumeRoleWithWebIdentityCommand({ RoleArn, RoleSessionName, DurationSeconds, WebIdentityToken: token }),
        { abortSignal: signal },
      );
      return sts.session(Credentials);
    },
    passes,
    explain: (error) => explainWebIdentity(error, { role, audience, claims: readClaims(token) }),
  };
}
