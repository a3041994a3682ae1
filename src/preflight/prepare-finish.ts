import { ServerClock } from '../aws/client-middleware.ts';
import { dynamoDbClient } from '../aws/clients.ts';
import { type CredentialContext, createIdentities, type Identities } from '../aws/credentials/identities.ts';
import { requiredMember } from '../aws/required-member.ts';
import type { FinishInputs } from '../inputs/finish-inputs.ts';
import type { Logger } from '../logger.ts';
import { startTimeOf } from '../manifest/export-id.ts';
import { findStarted } from '../manifest/find-started.ts';
import { copyLayout } from '../manifest/layout.ts';
import { formatCountOf } from '../message-text.ts';
import { objectParameters } from '../s3/object-options.ts';
import { describeTable } from '../scan/table.ts';
import { type FoundShards, rejectEmpty } from '../shards/finish-copy.ts';
import type { FinishContext } from '../shards/finish-request.ts';
import { openFinishedCopy } from '../shards/finished-copy.ts';
import { findLateObjects } from '../shards/late-objects.ts';
import { type MergedShards, mergeShards } from '../shards/merge-shards.ts';
import { readShards } from '../shards/read-shards.ts';
import type { PendingWaits } from '../stall-watchdog.ts';
import { assumeRoles } from './assume-roles.ts';
import type { PreflightChecks } from './checks/checks.ts';
import { openCopyBucket } from './open-copy-bucket.ts';
import { requireSamePlan } from './require-same-plan.ts';

/** Context of a finish step before its shards are read. */
export interface FinishPreflight {
  readonly inputs: FinishInputs;
  readonly runUrl: string | undefined;
  readonly checks: PreflightChecks;
  readonly waits: PendingWaits;
  readonly logger: Logger;
  readonly signal: AbortSignal;
}

/** What a finish step has found. */
export interface PreparedFinish {
  readonly context: FinishContext;
  readonly bucketRegion: string;
  readonly found: FoundShards;
  /** Closes connections, which would keep the process alive until they time out. */
  readonly close: () => void;
}

/** Maximum number of concurrent requests to the bucket. */
const FINISH_CONCURRENCY = 32;

/**
 * Checks that the plan belongs to the table and the bucket, and that all shards are complete and fit together. Writes
 * nothing. A dry run also lists the data objects, which a normal run does before it writes the manifests.
 *
 * @param credentials sources of credentials to assume roles
 * @throws {CopyError} the failure of a check
 */
export async function prepareFinish(
  preflight: FinishPreflight,
  credentials: CredentialContext,
): Promise<PreparedFinish> {
  const { inputs, logger, signal } = preflight;
  const { sourceRegion: source, destRegion: dest, roles } = inputs;
  const identities = createIdentities(roles, { source, ...(dest !== undefined && { dest }) }, credentials, signal);
  const opened: { readonly close: () => void }[] = [identities];
  const close = () => {
    for (const each of opened) each.close();
  };
  try {
    await assumeRoles(identities, roles, logger);
    const context = await openContext(preflight, identities, opened);
    const bucketRegion = await context.request.bucket.region();
    return { context, bucketRegion, close, found: await requireShards(preflight, context) };
  } catch (error) {
    close();
    throw error;
  }
}

/** Opens the bucket, describes the table, and checks that the plan was made for them. */
async function openContext(
  { inputs, runUrl, checks, waits, logger, signal }: FinishPreflight,
  identities: Identities,
  opened: { readonly close: () => void }[],
): Promise<FinishContext> {
  const { plan, putObject, sourceRegion: region } = inputs;
  const location = { name: inputs.bucket, owner: inputs.bucketOwner, payer: putObject.RequestPayer };
  const bucket = await openCopyBucket({ ...inputs, ...location, concurrency: FINISH_CONCURRENCY }, identities.dest, {
    checks,
    logger,
    signal,
  });
  opened.push(bucket);
  const clock = new ServerClock(bucket.client);
  const client = dynamoDbClient({ region, concurrency: 1, identity: identities.source });
  opened.push({ close: () => client.destroy() });
  const tableName = inputs.table.arn ?? inputs.table.name;
  const table = await checks.require(
    'Table',
    () => describeTable(client, tableName, signal),
    ({ TableStatus = 'available' }) => `${inputs.table.name} in ${region} is ${TableStatus}`,
  );
  const copy = { exportId: plan.exportId, layout: copyLayout(plan.prefix, plan.exportId) };
  await checks.require(
    'Plan',
    async () => {
      requireSamePlan(plan, { bucket: bucket.name, table });
      await findStarted(bucket, copy.layout, signal);
    },
    () => `${plan.exportId}, ${formatCountOf(plan.shards, 'shard')}, for this table and this bucket`,
  );
  const request = {
    ...{ client, tableName, table, bucket, plan, copy, runUrl },
    tableArn: requiredMember('DescribeTable', table, 'TableArn'),
    parameters: objectParameters(inputs, 'manifest', new Date(startTimeOf(plan.exportId))),
    ifEmpty: inputs.ifEmpty,
  };
  return { request, clock, waits, logger, signal };
}

async function requireShards({ inputs, checks }: FinishPreflight, context: FinishContext): Promise<FoundShards> {
  const { plan, bucket } = context.request;
  const finished = await checks.require(
    'Copy',
    () => openFinishedCopy(context),
    (found) => (found ? 'complete and verified' : 'not finished yet'),
  );
  if (finished) return { kind: 'finished copy', finished };
  const shards = await checks.require(
    'Shards',
    async () => mergeShards(plan, await readShards(context), bucket.name),
    (merged) =>
      `${formatCountOf(plan.shards, 'shard')}, all complete: ${formatCountOf(merged.counts.itemCount, 'item')} in ${formatCountOf(merged.files.length, 'object')}`,
  );
  if (inputs.dryRun) await checkDataObjectsNow(context, shards, checks);
  return { kind: 'complete shards', shards };
}

async function checkDataObjectsNow(
  context: FinishContext,
  shards: MergedShards,
  checks: PreflightChecks,
): Promise<void> {
  await checks.require(
    'Data objects',
    async () => {
      rejectEmpty(shards.counts.itemCount, context.request);
      return findLateObjects(context, shards);
    },
    (late) =>
      late.length === 0
        ? 'exactly those of the shards'
        : `those of the shards, and ${formatCountOf(late.length, 'object')} of earlier attempts, which a normal run deletes`,
  );
}
