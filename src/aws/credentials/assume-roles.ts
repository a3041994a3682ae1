import type { Narrator } from '../../narrator.ts';
import type { Identities, WantedRoles } from './sides.ts';

/**
 * Assumes the roles, where there are any, and says as whom each side is accessed: what is wrong with them should not
 * come up when the copy is half done.
 */
export async function assumeRoles(
  { source, dest, outlivesEnvironment }: Identities,
  roles: WantedRoles,
  narrator: Narrator,
): Promise<void> {
  if (!outlivesEnvironment) {
    narrator.info(
      "The environment's AWS credentials are temporary and cannot be renewed by this step: the copy has to end before they do. Roles assumed by OIDC (role-to-assume, without role-chaining) are renewed for as long as it takes.",
    );
  }
  if (roles.source !== undefined) {
    await source.credentials();
    narrator.info(`${dest === source ? 'Table and bucket are' : 'The table is'} accessed as ${source.description}.`);
  }
  if (dest !== source) {
    await dest.credentials();
    narrator.info(`The bucket is accessed as ${dest.description}.`);
  }
}

/** What surprises people with an export into another account. */
export function tellWhoExports({ source, dest }: Identities, narrator: Narrator): void {
  if (dest === source) return;
  narrator.info(
    `DynamoDB itself writes the export, with the rights of ${source.description}: it is that identity which the bucket's policy must let write. The destination's only reads the manifests.`,
  );
}
