import { assumedRole } from './assumed-role.ts';
import { environment, type NoCredentials } from './environment.ts';
import { Identity } from './identity.ts';
import type { Mechanism } from './mechanism.ts';
import { defaultAudience, regionForRole } from './partition.ts';
import { openSts, type RoleRequest, type Sts } from './sts.ts';
import { type IdTokens, webIdentity } from './web-identity.ts';

/** Who the two sides of a copy are to act as. */
export interface WantedRoles {
  /** ARN of a role. Unset: the environment's credentials as they are. */
  readonly source?: string;
  /** ARN of a role. Unset: as the source. */
  readonly dest?: string;
  /** Not by OIDC, though the job offers it. */
  readonly chaining: boolean;
  readonly sessionName: string;
  readonly durationSeconds: number;
  readonly externalId?: string;
  /** Unset: the one of the role's partition. */
  readonly audience?: string;
}

/** What there is to assume roles with. */
export interface Means {
  /** Undefined where the job offers no OIDC. */
  readonly idTokens: IdTokens | undefined;
  readonly noCredentials: NoCredentials;
  /** Whether the environment's credentials end, and are all that it has. */
  readonly environmentEnds: boolean;
  /** Is told every secret as soon as there is one. */
  readonly conceal: (secret: string) => void;
}

/** Who reads the table, and who writes to the bucket: one and the same object where they are the same. */
export interface Identities {
  readonly source: Identity;
  readonly dest: Identity;
  /** False where both end with credentials of the environment that nobody can renew. */
  readonly outlivesEnvironment: boolean;
  /** Ends what is under way, and closes connections. */
  readonly close: () => void;
}

/** AWS's limit where a role is assumed with the credentials of another. */
const LONGEST_CHAINED_SECONDS = 3600;

/**
 * Decides how each side comes to its credentials: by OIDC where the job offers it; else from the environment, and the
 * destination's from the source's, so that a destination which trusts only the source's role works. Asks nobody yet.
 */
export function identifySides(
  roles: WantedRoles,
  regions: { readonly source: string; readonly dest?: string },
  { idTokens, noCredentials, environmentEnds, conceal }: Means,
  signal: AbortSignal,
): Identities {
  const byOidc = idTokens !== undefined && !roles.chaining;
  const opened: (Sts | Identity)[] = [];
  const sts = (region: string, identity?: Identity): Sts => {
    const service = openSts(region, identity);
    opened.push(service);
    return service;
  };
  const identity = (mechanism: Mechanism): Identity => {
    const made = new Identity(mechanism, conceal, signal);
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

  const asItIs = () => identity(environment(sts(regions.source).client, noCredentials));
  const source =
    roles.source === undefined
      ? asItIs()
      : assume({ ...how, arn: roles.source, region: regionForRole(roles.source, [regions.source]) }, asItIs);

  const near = regions.dest === undefined ? [regions.source] : [regions.dest, regions.source];
  const isChained = !byOidc && roles.source !== undefined;
  const seconds = isChained ? Math.min(durationSeconds, LONGEST_CHAINED_SECONDS) : durationSeconds;
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
