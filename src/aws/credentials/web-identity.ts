import { AssumeRoleWithWebIdentityCommand } from '@aws-sdk/client-sts';
import { explainWebIdentity } from './explain-role.ts';
import { readClaims } from './id-token.ts';
import type { Mechanism } from './mechanism.ts';
import { passes } from './passes.ts';
import type { RoleRequest, Sts } from './sts.ts';

/** Who issues ID tokens for the job. They hold for five minutes, and may be asked for at any time. */
export interface IdTokens {
  /**
   * @returns a new token
   * @throws {IdTokenError}
   */
  request(audience: string, signal: AbortSignal): Promise<string>;
}

/** A role that trusts the job's OIDC issuer. Needs no credentials, so that its sessions can be renewed without end. */
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
