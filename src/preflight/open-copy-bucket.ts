import type { RequestPayer } from '@aws-sdk/client-s3';
import { s3Client } from '../aws/clients.ts';
import type { RoleSettings } from '../aws/credentials/identities.ts';
import type { Identity } from '../aws/credentials/identity.ts';
import { regionForRole } from '../aws/partition.ts';
import type { Logger } from '../logger.ts';
import { Bucket } from '../s3/bucket.ts';
import type { PreflightChecks } from './checks/checks.ts';
import { reachBucket } from './reach-bucket.ts';

/** Bucket with copies, as the inputs describe it. The last two members are for steps that write to it. */
export interface CopyBucket {
  readonly name: string;
  /** Account ID of the owner; undefined to accept any owner. */
  readonly owner: string | undefined;
  readonly forcePathStyle: boolean;
  /** Region of the table. */
  readonly sourceRegion: string;
  /** Region of the bucket; undefined to look it up. */
  readonly destRegion?: string;
  readonly roles: Pick<RoleSettings, 'dest'>;
  /** Maximum number of concurrent requests. */
  readonly concurrency: number;
  readonly payloadSigningEnabled?: boolean;
  readonly payer?: RequestPayer | undefined;
}

/**
 * Opens a bucket for steps that read copies in it, or write small objects. Close it in the end.
 *
 * @param name name of the check, such as `Bucket`
 * @throws {CopyError} the failure of the check
 */
export async function openCopyBucket(
  bucket: CopyBucket,
  identity: Identity,
  {
    checks,
    logger,
    signal,
  }: { readonly checks: PreflightChecks; readonly logger: Logger; readonly signal: AbortSignal },
  check = 'Bucket',
): Promise<Bucket> {
  const { name, owner, forcePathStyle, sourceRegion, destRegion, roles, concurrency } = bucket;
  const { payloadSigningEnabled = false, payer } = bucket;
  const clientIn = (region: string) =>
    s3Client({ region, concurrency, forcePathStyle, payloadSigningEnabled, identity });
  const firstRegion = destRegion ?? (roles.dest ? regionForRole(roles.dest, [sourceRegion]) : sourceRegion);
  const reached = await checks.require(
    check,
    () => reachBucket(clientIn, name, { region: destRegion, firstRegion }, signal),
    ({ region }) => `${name} in ${region} is accessible`,
  );
  logger.info(`Bucket ${name}: Region ${reached.region}`);
  return new Bucket({ client: reached.client, name, owner, payer });
}
