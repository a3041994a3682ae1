import { type Credentials, STSClient } from '@aws-sdk/client-sts';
import { ServerClock } from '../client-middleware.ts';
import { clientSettings } from '../clients.ts';
import type { IssuedSession } from './credential-source.ts';
import type { Identity } from './identity.ts';

/** Parameters for assuming a role. */
export interface RoleRequest {
  readonly arn: string;
  /** Region of the STS endpoint. */
  readonly region: string;
  readonly sessionName: string;
  readonly durationSeconds: number;
  readonly externalId?: string;
}

/** Client for AWS Security Token Service (STS). */
export interface Sts {
  readonly client: STSClient;
  readonly region: string;
  /** @throws {Error} if the response of STS has no credentials */
  readonly session: (issued: Credentials | undefined) => IssuedSession;
}

/**
 * Returns a client without retries, because each attempt needs a new ID token. The SDK reads AWS_ENDPOINT_URL_STS.
 *
 * @param identity signs the requests; if undefined, the credentials of the environment sign those that need a signature
 */
export function createSts(region: string, identity?: Identity): Sts {
  const client = new STSClient({
    ...clientSettings({ region, concurrency: 1, ...(identity && { identity }) }),
    retryStrategy: ONCE,
  });
  const clock = new ServerClock(client);
  return {
    client,
    region,
    session(issued) {
      const { AccessKeyId, SecretAccessKey, SessionToken, Expiration } = issued ?? {};
      if (!AccessKeyId || !SecretAccessKey || !SessionToken || !Expiration) {
        throw new Error('the response of STS has no credentials');
      }
      return {
        credentials: { accessKeyId: AccessKeyId, secretAccessKey: SecretAccessKey, sessionToken: SessionToken },
        // Both times are by AWS's clock: the runner's clock can be off by an hour.
        validForMs: Expiration.getTime() - clock.now().getTime(),
      };
    },
  };
}

const ONCE = {
  acquireInitialRetryToken: async () => ({ getRetryCount: () => 0, getRetryDelay: () => 0 }),
  refreshRetryTokenForRetry: async () => {
    throw new Error('no retries');
  },
  recordSuccess: () => {},
};
