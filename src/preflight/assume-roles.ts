import type { Identities, RoleSettings } from '../aws/credentials/identities.ts';
import type { Logger } from '../logger.ts';

/**
 * Assumes the roles, if any, and logs the identities for the table and the bucket. Errors then appear before the copy
 * starts.
 */
export async function assumeRoles(
  { source, dest, outlivesEnvironment }: Identities,
  roles: RoleSettings,
  logger: Logger,
): Promise<void> {
  if (!outlivesEnvironment) {
    logger.info(
      "The environment's AWS credentials are temporary and cannot be renewed by this step. The copy must be complete before they expire. If the Action assumes a role with OIDC (role-to-assume, without role-chaining), it renews the credentials while the job can request ID tokens, about 6 hours.",
    );
  }
  if (roles.source !== undefined) {
    await source.credentials();
    logger.info(`Credentials for the table${dest === source ? ' and the bucket' : ''}: ${source.description}`);
  }
  if (dest !== source) {
    await dest.credentials();
    logger.info(`Credentials for the bucket: ${dest.description}`);
  }
}

/** Logs which identity writes the export if source and destination use different ones. */
export function logExportWriter({ source, dest }: Identities, logger: Logger): void {
  if (dest === source) return;
  logger.info(
    `DynamoDB writes the export with the permissions of ${source.description}. The bucket policy must allow that identity to write. The credentials for the bucket are used only to read the manifests.`,
  );
}
