import { type Credentials, STSClient } from '@aws-sdk/client-sts';
import { clientSettings } from '../clients.ts';
import { ServerClock } from '../server-clock.ts';
import type { Identity } from './identity.ts';
import type { Session } from './mechanism.ts';

/** A role, and how it is to be assumed. */
export interface RoleRequest {
  readonly arn: string;
  /** Where STS is asked. */
  readonly region: string;
  readonly sessionName: string;
  readonly durationSeconds: number;
  readonly externalId?: string;
}

/** The Security Token Service, which lends roles. */
export interface Sts {
  readonly client: STSClient;
  readonly region: string;
  /** @throws where STS's answer is none */
  readonly session: (issued: Credentials | undefined) => Session;
}

/**
 * A client that asks once: whoever asks again has to bring a new ID token. AWS_ENDPOINT_URL_STS is the SDK's own.
 *
 * @param identity who asks; unset, the credentials of the environment, where the call needs any
 */
export function openSts(region: string, identity?: Identity): Sts {
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
        throw new Error('STS answered without credentials');
      }
      return {
        credentials: { accessKeyId: AccessKeyId, secretAccessKey: SecretAccessKey, sessionToken: SessionToken },
        // By AWS's clock on both sides: a runner's own may be an hour off.
        validForMs: Expiration.getTime() - clock.now().getTime(),
      };
    },
  };
}

const ONCE = {
  acquireInitialRetryToken: async () => ({ getRetryCount: () => 0, getRetryDelay: () => 0 }),
  refreshRetryTokenForRetry: async () => {
    throw new Error('asked once');
  },
  recordSuccess: () => {},
};
