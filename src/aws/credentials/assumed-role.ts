import { AssumeRoleCommand } from '@aws-sdk/client-sts';
import { isExpiredSession } from '../client-middleware.ts';
import type { CredentialSource } from './credential-source.ts';
import { explainAssumedRole } from './explain-role.ts';
import type { Identity } from './identity.ts';
import { isRetryable } from './retryable.ts';
import type { RoleRequest, Sts } from './sts.ts';

/**
 * Returns a credential source for a role that trusts another identity, its parent. Renewal needs valid parent
 * credentials.
 */
export function assumedRole(role: RoleRequest, parent: Identity, sts: Sts): CredentialSource {
  const { arn: RoleArn, sessionName: RoleSessionName, durationSeconds: DurationSeconds, externalId } = role;
  let parentSession: unknown;
  return {
    description: `${RoleArn}, assumed from ${parent.description}`,
    async issue(signal) {
      await parent.credentials();
      parentSession = parent.currentSession();
      const { Credentials } = await sts.client.send(
        new AssumeRoleCommand({
          RoleArn,
          RoleSessionName,
          DurationSeconds,
          ...(externalId !== undefined && { ExternalId: externalId }),
        }),
        { abortSignal: signal },
      );
      return sts.session(Credentials);
    },
    isRetryable: (error) => (isExpiredSession(error) && parent.rejectSession(parentSession)) || isRetryable(error),
    explain: (error) => explainAssumedRole(error, { role, parent: parent.description }),
  };
}
