import { defaultAudience, regionForRole } from '../partition.ts';
import { assumedRole } from './assumed-role.ts';
import type { CredentialSource } from './credential-source.ts';
import { environmentCredentials, type MissingCredentialsAdvice } from './environment-credentials.ts';
import { Identity } from './identity.ts';
import { createSts, type RoleRequest, type Sts } from './sts.ts';
import { type IdTokenIssuer, webIdentity } from './web-identity.ts';

/** Roles for the source and the destination, and how to assume them. */
export interface RoleSettings {
  /** ARN of a role. If undefined, the credentials of the environment are used. */
  readonly source?: string;
  /** ARN of a role. If undefined, the same credentials as for the source are used. */
  readonly dest?: string;
  /** True to assume roles without OIDC, even if it is available to the job. */
  readonly chaining: boolean;
  readonly sessionName: string;
  readonly durationSeconds: number;
  readonly externalId?: string;
  /** If undefined, the default audience of the role's partition. */
  readonly audience?: string;
}

/** Credential sources available to the job. */
export interface CredentialContext {
  /** Undefined if OIDC is not available to the job. */
  readonly idTokens: IdTokenIssuer | undefined;
  readonly noCredentials: MissingCredentialsAdvice;
  /** True if the environment has only temporary credentials, which cannot be renewed. */
  readonly environmentEnds: boolean;
  /** Receives every secret as soon as it is known. */
  readonly maskSecret: (secret: string) => void;
}

/** Identities for the table and the bucket. Both are the same object if the identity is the same. */
export interface Identities {
  readonly source: Identity;
  readonly dest: Identity;
  /** False if both depend on credentials of the environment that cannot be renewed. */
  readonly outlivesEnvironment: boolean;
  /** Cancels renewals in progress and closes connections. */
  readonly close: () => void;
}

/** AWS limit for a session of a role that is assumed from another role. */
const MAX_CHAINED_SECONDS = 3600;

/**
 * Returns the identities for source and destination. Roles are assumed with OIDC if it is available to the job.
 * Otherwise the source's role is assumed from the environment's credentials, and the destination's role from the
 * source's credentials, because it may trust only the source's role. Sends no requests.
 */
export function createIdentities(
  roles: RoleSettings,
  regions: { readonly source: string; readonly dest?: string },
  { idTokens, noCredentials, environmentEnds, maskSecret }: CredentialContext,
  signal: AbortSignal,
): Identities {
  const byOidc = idTokens !== undefined && !roles.chaining;
  const opened: (Sts | Identity)[] = [];
  const sts = (region: string, identity?: Identity): Sts => {
    const service = createSts(region, identity);
    opened.push(service);
    return service;
  };
  const identity = (source: CredentialSource): Identity => {
    const made = new Identity(source, maskSecret, signal);
    opened.push(made);
    return made;
  };
  const { sessionName, durationSeconds, externalId } = roles;
  const how = { sessionName, durationSeconds, ...(externalId !== undefined && { externalId }) };
  const assume = (role: RoleRequest, parent: () => Identity): Identity => {
    if (byOidc) {
      return identity(webIdentity(role, roles.audience ?? defaultAudience(role.arn), idTokens, sts(role.region)));
    }
    const from = parent();
    return identity(assumedRole(role, from, sts(role.region, from)));
  };

  const asItIs = () => identity(environmentCredentials(sts(regions.source).client, noCredentials));
  const source =
    roles.source === undefined
      ? asItIs()
      : assume({ ...how, arn: roles.source, region: regionForRole(roles.source, [regions.source]) }, asItIs);

  const near = regions.dest === undefined ? [regions.source] : [regions.dest, regions.source];
  const isChained = !byOidc && roles.source !== undefined;
  const seconds = isChained ? Math.min(durationSeconds, MAX_CHAINED_SECONDS) : durationSeconds;
  const dest =
    roles.dest === undefined || roles.dest === roles.source
      ? source
      : assume(
          { ...how, arn: roles.dest, region: regionForRole(roles.dest, near), durationSeconds: seconds },
          () => source,
        );
  return {
    source,
    dest,
    outlivesEnvironment: !environmentEnds || (byOidc && roles.source !== undefined),
    close: () => {
      for (const each of opened) 'client' in each ? each.client.destroy() : each.close();
    },
  };
}
