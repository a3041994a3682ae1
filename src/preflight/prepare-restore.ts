import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { dynamoDbClient } from '../aws/clients.ts';
import { type CredentialContext, createIdentities, type Identities } from '../aws/credentials/identities.ts';
import { accountOf } from '../aws/partition.ts';
import { describeExportScope } from '../export/describe-export-scope.ts';
import type { WorkflowRun } from '../github/workflow-run.ts';
import type { RestoreInputs } from '../inputs/restore-inputs.ts';
import type { Logger } from '../logger.ts';
import type { StoredCopy } from '../manifest/open-copy.ts';
import { describeWriteEstimate, planRestore, type RestorePlan } from '../restore/plan-restore.ts';
import type { RestoreContext } from '../restore/restore-context.ts';
import type { RestoreRequest } from '../restore/restore-request.ts';
import { MAX_LOADERS } from '../restore/write/write-items.ts';
import { assumeRoles } from './assume-roles.ts';
import type { PreflightChecks } from './checks/checks.ts';
import { copyToRestore, requireRestorable } from './copy-to-restore.ts';
import { openCopyBucket } from './open-copy-bucket.ts';
import { requireDataObjects, requireStoredCopy } from './require-copy.ts';
import { crossAccountTable } from './table-account.ts';

/** Context of a restore step before its copy is found. */
export interface RestorePreflight {
  readonly inputs: RestoreInputs;
  readonly env: NodeJS.ProcessEnv;
  readonly run: WorkflowRun;
  readonly checks: PreflightChecks;
  readonly logger: Logger;
  readonly signal: AbortSignal;
}

/** What a restore step will do, and what it needs to do it. */
export interface PreparedRestore {
  readonly context: RestoreContext;
  readonly copy: StoredCopy;
  readonly request: RestoreRequest;
  readonly plan: RestorePlan;
  /** Closes connections, which would keep the process alive until they time out. */
  readonly close: () => void;
}

/**
 * Finds the copy and verifies its manifests, checks that its data objects exist, and decides how to load them. Writes
 * nothing.
 *
 * @param credentials sources of credentials to assume roles
 */
export async function prepareRestore(
  preflight: RestorePreflight,
  credentials: CredentialContext,
): Promise<PreparedRestore> {
  const { inputs, logger, signal } = preflight;
  const { sourceRegion: source, destRegion: dest, roles } = inputs;
  const identities = createIdentities(roles, { source, ...(dest !== undefined && { dest }) }, credentials, signal);
  const opened: { readonly close: () => void }[] = [identities];
  const close = () => {
    for (const each of opened) each.close();
  };
  try {
    await assumeRoles(identities, roles, logger);
    const bucket = await openCopyBucket(
      { ...inputs, name: inputs.bucket, owner: inputs.bucketOwner, concurrency: 2 * MAX_LOADERS },
      identities.dest,
      preflight,
    );
    opened.push(bucket);
    const client = dynamoDbClient({ region: source, concurrency: MAX_LOADERS, identity: identities.source });
    opened.push({ close: () => client.destroy() });
    const tableName = inputs.table.arn ?? inputs.table.name;
    const context: RestoreContext = { client, bucket, tableName, logger, signal };
    return { ...(await findAndPlan(preflight, context, identities)), context, close };
  } catch (error) {
    close();
    throw error;
  }
}

async function findAndPlan(
  { inputs, env, run, checks, logger, signal }: RestorePreflight,
  context: RestoreContext,
  identities: Identities,
): Promise<Pick<PreparedRestore, 'copy' | 'request' | 'plan'>> {
  const { client, bucket } = context;
  const access = {
    bucket,
    describeExportScope: (exportArn: string) => describeExportScope(client, exportArn, signal),
    signal,
  };
  const copy = await requireStoredCopy(inputs.copy, access, { checks, logger }, (found) =>
    requireRestorable(found, inputs.allow.subset),
  );
  const objects = await requireDataObjects(copy, access, checks);
  const request: RestoreRequest = {
    copy: copyToRestore(copy, objects),
    ...{ method: inputs.method, ifTableExists: inputs.ifTableExists, allow: inputs.allow },
    ...{ overrides: inputs.overrides, settings: inputs.settings, writeCapacity: inputs.writeCapacity },
    ...{ temporary: inputs.temporary, failedItems: inputs.failedItems, bucketOwner: inputs.bucketOwner },
    location: { region: inputs.sourceRegion, account: accountOfTable(inputs) },
    isOneIdentity: await isOneIdentity(inputs, identities, signal),
    waiting: { checkIntervalMs: inputs.checkIntervalMs, maxAttempts: inputs.maxAttempts },
    step: run.restoreStep,
    rejectedKeysFile: join(env['RUNNER_TEMP'] || tmpdir(), `dynamodb-to-s3-rejected-keys-${copy.exportId}.jsonl`),
  };
  const plan = await checks.require(
    'Table',
    () => planRestore(context, request),
    (chosen) => {
      const estimate = describeWriteEstimate(request, chosen);
      const { target, method, why } = chosen;
      return `${inputs.table.name}: ${target}, method ${method} because ${why}${estimate === undefined ? '' : `; ${estimate}`}`;
    },
  );
  return { copy, request, plan };
}

/** Returns the account of the table as far as the inputs show it. */
function accountOfTable({ table, roles }: RestoreInputs): string | undefined {
  return table.arn?.split(':')[4] ?? (roles.source === undefined ? undefined : accountOf(roles.source));
}

/** DynamoDB reads the bucket with the credentials for the table, and loads only tables of the same account. */
async function isOneIdentity(inputs: RestoreInputs, identities: Identities, signal: AbortSignal): Promise<boolean> {
  if (identities.source !== identities.dest) return false;
  return (await crossAccountTable(inputs, identities.source, signal)) === undefined;
}
