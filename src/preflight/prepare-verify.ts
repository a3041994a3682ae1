import { ServerClock } from '../aws/client-middleware.ts';
import { dynamoDbClient } from '../aws/clients.ts';
import { type CredentialContext, createIdentities, type Identities } from '../aws/credentials/identities.ts';
import { describeExportScope } from '../export/describe-export-scope.ts';
import type { VerifyInputs } from '../inputs/verify-inputs.ts';
import type { Logger } from '../logger.ts';
import type { CopyAccess, StoredCopy } from '../manifest/open-copy.ts';
import type { Bucket } from '../s3/bucket.ts';
import type { PendingWaits } from '../stall-watchdog.ts';
import { assumeRoles } from './assume-roles.ts';
import type { PreflightChecks } from './checks/checks.ts';
import { type ComparedWith, requireComparedWith } from './compared-with.ts';
import { openCopyBucket } from './open-copy-bucket.ts';
import { requireDataObjects, requireStoredCopy } from './require-copy.ts';
import { requireMaxAge } from './require-max-age.ts';

/** Context of a verify step before its copy is found. */
export interface VerifyPreflight {
  readonly inputs: VerifyInputs;
  readonly checks: PreflightChecks;
  readonly logger: Logger;
  readonly signal: AbortSignal;
  readonly waits: PendingWaits;
  /** Receives the copy as soon as its manifests are verified, before the other checks. */
  readonly onCopy: (found: FoundStoredCopy) => void;
}

/** A copy whose manifests are verified. */
export interface FoundStoredCopy {
  readonly bucket: Bucket;
  readonly copy: StoredCopy;
  /** Time since the snapshot time in milliseconds, by the clock of S3. Negative if the snapshot time is in the future. */
  readonly ageMs: number;
}

/** What a verify step will read. */
export interface PreparedVerify {
  /** Undefined if nothing is to be compared. */
  readonly comparedWith: ComparedWith | undefined;
  /** Closes connections, which would keep the process alive until they time out. */
  readonly close: () => void;
}

/**
 * Maximum number of concurrent requests to a bucket and to DynamoDB. Node opens a connection only if a request needs
 * one.
 */
const CONCURRENCY = 64;

/**
 * Finds the copy, verifies its manifests and its age, and finds the table or the copy to compare with. Reads no data
 * object and no item.
 *
 * @param credentials sources of credentials to assume roles
 */
export async function prepareVerify(
  preflight: VerifyPreflight,
  credentials: CredentialContext,
): Promise<PreparedVerify> {
  const { inputs, logger, signal } = preflight;
  const { sourceRegion: source, destRegion: dest, roles } = inputs;
  const identities = createIdentities(roles, { source, ...(dest !== undefined && { dest }) }, credentials, signal);
  const opened: { readonly close: () => void }[] = [identities];
  const close = () => {
    for (const each of opened) each.close();
  };
  try {
    await assumeRoles(identities, roles, logger);
    const found = await findAndCheck(preflight, identities, opened);
    const comparedWith = await requireComparedWith(preflight, found, { identities, opened, concurrency: CONCURRENCY });
    return { comparedWith, close };
  } catch (error) {
    close();
    throw error;
  }
}

async function findAndCheck(
  { inputs, checks, logger, signal, onCopy }: VerifyPreflight,
  identities: Identities,
  opened: { readonly close: () => void }[],
): Promise<FoundStoredCopy> {
  const bucket = await openCopyBucket(
    { ...inputs, name: inputs.bucket, owner: inputs.bucketOwner, concurrency: CONCURRENCY },
    identities.dest,
    { checks, logger, signal },
  );
  opened.push(bucket);
  const clock = new ServerClock(bucket.client);
  const access: CopyAccess = { bucket, signal, ...scopeLookup(inputs, identities, opened, signal) };
  const copy = await requireStoredCopy(inputs.copy, access, { checks, logger }, () => {});
  const found: FoundStoredCopy = { bucket, copy, ageMs: clock.now().getTime() - copy.snapshotTime.getTime() };
  onCopy(found);
  await requireMaxAge({ ...found, isClockKnown: clock.isKnown }, inputs.maxAgeMs, checks);
  if (inputs.check === 'manifests') await requireDataObjects(copy, access, checks);
  return found;
}

/**
 * Returns how to find out whether an export contains the whole table. A copy that the inputs name needs this only for a
 * comparison.
 */
function scopeLookup(
  { copy, compareWith, sourceRegion: region }: VerifyInputs,
  { source: identity }: Identities,
  opened: { readonly close: () => void }[],
  signal: AbortSignal,
): Pick<CopyAccess, 'describeExportScope'> {
  if ('exportId' in copy && !compareWith) return {};
  const client = dynamoDbClient({ region, concurrency: 1, identity });
  opened.push({ close: () => client.destroy() });
  return { describeExportScope: (exportArn) => describeExportScope(client, exportArn, signal) };
}
