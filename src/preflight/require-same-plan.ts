import type { TableDescription } from '@aws-sdk/client-dynamodb';
import { CopyError } from '../errors.ts';
import { startTimeOf } from '../manifest/export-id.ts';
import { type CopyPlan, planHashes } from '../shards/copy-plan.ts';
import { ACTION } from '../version.ts';

/** What a job with a plan reads and writes. */
export interface PlannedAccess {
  readonly bucket: string;
  /** Description of the table, with its ARN. */
  readonly table: TableDescription;
  /** Parameters of the scan; undefined for a job that does not scan. */
  readonly scan?: { readonly IndexName?: string | undefined; readonly ConsistentRead?: boolean | undefined };
}

const DAY_MS = 24 * 3600 * 1000;
const MAX_AGE_MS = 7 * DAY_MS;
/** Maximum difference between the clocks of two runners. */
const MAX_AHEAD_MS = 3600 * 1000;

/**
 * Requires that a plan was made for what this job reads and writes, by the same version of the Action, in the last 7
 * days. GitHub can re-run a job for 30 days.
 *
 * @throws {CopyError} PLAN_EXPIRED; PLAN_MISMATCH, which names what differs; TABLE_RECREATED if the table of the plan was
 *   deleted and created again
 */
export function requireSamePlan(plan: CopyPlan, { bucket, table, scan }: PlannedAccess, now = new Date()): void {
  requireRecent(plan, now);
  if (plan.version !== ACTION.version) {
    throw new CopyError(
      'PLAN_MISMATCH',
      `The plan was made by version ${plan.version} of the Action, and this step has version ${ACTION.version}.`,
      `Use the same version of the Action in all jobs of the copy. ${NEW_PLAN}`,
    );
  }
  const { tableArnHash, tableHash, bucketHash } = planHashes(plan.exportId, table, bucket);
  const isOther = {
    table: tableArnHash !== plan.tableArnHash,
    bucket: bucketHash !== plan.bucketHash,
    index: scan !== undefined && scan.IndexName !== plan.indexName,
    'value of ConsistentRead': scan !== undefined && (scan.ConsistentRead ?? false) !== plan.consistentRead,
  };
  const own = {
    table: tableInRegion(table),
    bucket,
    index: scan?.IndexName ?? 'none',
    'value of ConsistentRead': String(scan?.ConsistentRead ?? false),
  };
  const names = (Object.keys(isOther) as (keyof typeof isOther)[]).filter((name) => isOther[name]);
  if (names.length > 0) {
    throw new CopyError(
      'PLAN_MISMATCH',
      `The plan was made for another ${names.map((name) => `${name} than that of this step (${own[name]})`).join(' and another ')}.`,
      'Use the same dynamodb-table-name and s3-bucket-name, and IndexName and ConsistentRead in dynamodb-scan-kwargs, in the step that makes the plan and in all steps that use it. In a workflow with several plans, check that each job gets its own.',
    );
  }
  if (tableHash !== plan.tableHash) {
    throw new CopyError(
      'TABLE_RECREATED',
      'The table was deleted and created again after the plan was made.',
      NEW_PLAN,
    );
  }
}

const NEW_PLAN = 'Choose "Re-run all jobs", or start a new workflow run. This makes a new plan and a new copy.';

function tableInRegion({ TableName, TableArn = '' }: TableDescription): string {
  const [, , , region = '', , resource = ''] = TableArn.split(':');
  return `${TableName ?? resource.slice('table/'.length)} in ${region}`;
}

function requireRecent({ exportId }: CopyPlan, now: Date): void {
  // Always a valid date: the largest time in an export ID has 14 digits.
  const madeAt = new Date(startTimeOf(exportId));
  const age = now.getTime() - madeAt.getTime();
  if (age > MAX_AGE_MS) {
    throw new CopyError(
      'PLAN_EXPIRED',
      `The plan was made at ${madeAt.toISOString()}, more than 7 days ago.`,
      NEW_PLAN,
    );
  }
  if (age < -MAX_AHEAD_MS) {
    throw new CopyError(
      'PLAN_EXPIRED',
      `The plan was made at ${madeAt.toISOString()}, more than an hour after the current time of this runner.`,
      `Synchronize the clocks of self-hosted runners (NTP). ${NEW_PLAN}`,
    );
  }
}
