import { availableParallelism } from 'node:os';
import type { TableDescription } from '@aws-sdk/client-dynamodb';
import type { Identities } from '../aws/credentials/identities.ts';
import type { WorkflowRun } from '../github/workflow-run.ts';
import { type Inputs, invalidInputs } from '../inputs/inputs.ts';
import type { Logger } from '../logger.ts';
import { newDataObjectName, newExportId, shardNames, startTimeOf } from '../manifest/export-id.ts';
import { copyLayout } from '../manifest/layout.ts';
import { quote } from '../message-text.ts';
import type { Bucket } from '../s3/bucket.ts';
import { objectParameters } from '../s3/object-options.ts';
import { readCapacityOf } from '../scan/pacing/read-capacity.ts';
import { describeReadLimit, type ReadLimit, readLimitFor } from '../scan/pacing/read-limit.ts';
import type { ScanRequest } from '../scan/scan-request.ts';
import type { ScanTarget } from '../scan/table.ts';
import { loadTransform, type TransformModule } from '../transform/load-transform.ts';
import { bucketOwnerCheck } from './checks/bucket-owner.ts';
import { readBudgetCheck } from './checks/budget-estimate.ts';
import { type Check, notChecked, ok } from './checks/check.ts';
import type { PreflightChecks } from './checks/checks.ts';
import { type CredentialsLifetime, credentialsLifetimeCheck } from './checks/credentials-lifetime.ts';
import { type ExportCheckRequest, pointInTimeRecoveryCheck } from './checks/point-in-time-recovery.ts';
import { canOnlyScanValidate, readAccessCheck } from './checks/read-access.ts';
import { writeAccessCheck } from './checks/write-access.ts';
import { planCheck } from './plan-check.ts';
import { planScan } from './scan-plan.ts';
import { rejectCrossAccountTable, rejectUnknownOwner } from './table-account.ts';

/** What was found so far. Checks run on the members that are set. */
export interface CheckableResources {
  readonly scan?: Pick<ScanRequest, 'client' | 'tableName' | 'scan'>;
  readonly export?: ExportCheckRequest;
  /** Undefined if it was not found. */
  readonly table?: TableDescription | undefined;
  readonly bucket: Bucket | undefined;
}

/**
 * Runs the checks that follow finding the table and the bucket. A normal run skips the checks that its first requests
 * repeat, so it needs no more permissions and requests than the copy itself. If a check has failed, it runs all of them
 * to report all problems together. Only a dry run tests write access, because a normal run writes its marker
 * (_started).
 */
export async function runFurtherChecks(
  inputs: Inputs,
  found: CheckableResources,
  checks: PreflightChecks,
): Promise<void> {
  for (const { check, inNormalRun } of furtherChecks(inputs, found)) {
    if (inNormalRun === 'always' || inputs.dryRun || (inNormalRun === 'after a failure' && checks.haveFailed))
      await checks.run(check);
  }
}

interface FurtherCheck {
  readonly check: Check;
  /** When a normal run performs it. A dry run performs all checks. */
  readonly inNormalRun: 'always' | 'after a failure' | 'never';
}

function furtherChecks(inputs: Inputs, { scan, export: toExport, table, bucket }: CheckableResources): FurtherCheck[] {
  const key = keyToWrite(inputs);
  const owner = ownerOf(inputs);
  const further: (FurtherCheck | false | undefined)[] = [
    inputs.shard &&
      table &&
      bucket && {
        check: planCheck(inputs.shard, { bucket, table, scan: inputs.scan.request }),
        inNormalRun: 'always',
      },
    scan && {
      check: readAccessCheck(scan.client, scan.tableName, scan.scan),
      inNormalRun: canOnlyScanValidate(scan.scan) ? 'always' : 'after a failure',
    },
    toExport && { check: pointInTimeRecoveryCheck(toExport), inNormalRun: 'after a failure' },
    toExport && { check: EXPORT_PERMISSION, inNormalRun: 'never' },
    bucket && owner !== undefined && { check: bucketOwnerCheck(bucket, owner), inNormalRun: 'after a failure' },
    bucket && {
      check:
        toExport && writesAsAnother(inputs)
          ? WRITTEN_BY_SOURCE
          : writeAccessCheck(bucket, key, objectParameters(inputs, 'data', startOf(inputs))),
      inNormalRun: 'never',
    },
  ];
  return further.filter((each) => each !== false && each !== undefined);
}

/** Returns the start of the copy that the step would write. */
function startOf({ shard }: Inputs): Date {
  return shard ? new Date(startTimeOf(shard.plan.exportId)) : new Date();
}

/** Returns a key of a new copy, or of a data object that the shard could write. No object has it. */
function keyToWrite({ keyPrefix, shard }: Inputs): string {
  if (!shard) return copyLayout(keyPrefix, newExportId(new Date())).started;
  return `${copyLayout(keyPrefix, shard.plan.exportId).data}${newDataObjectName(shardNames(shard.index))}`;
}

const EXPORT_PERMISSION: Check = {
  name: 'Export permission',
  run: async () => notChecked('dynamodb:ExportTableToPointInTime can only be checked by starting an export'),
};

function writesAsAnother({ roles: { source, dest } }: Inputs): boolean {
  return dest !== undefined && dest !== source;
}

const WRITTEN_BY_SOURCE: Check = {
  name: 'Write access',
  run: async () =>
    notChecked('DynamoDB writes an export with the permissions of the source role, which this step cannot test'),
};

/** Returns a check of whether the role can export this table to this bucket, given the accounts of both. */
export function accountCheck(inputs: Inputs, { TableArn }: TableDescription, { source }: Identities): Check {
  return {
    name: 'Table account',
    async run(signal) {
      rejectUnknownOwner(TableArn, inputs.roles.dest, ownerOf(inputs));
      await rejectCrossAccountTable(inputs, source, signal);
      return ok('the table belongs to an account that can export it');
    },
  };
}

/** Finds the read limit. The check fails for a percentage if DynamoDB reports no capacity. */
export async function determineReadLimit(
  { readCapacity, scan }: Inputs,
  table: TableDescription,
  checks: PreflightChecks,
  logger: Logger,
): Promise<ReadLimit | undefined> {
  const readLimit = await checks.find(
    'Read capacity',
    async () => readLimitFor(readCapacity, readCapacityOf(table, scan.request.IndexName), scan.shard?.totalSegments),
    describeReadLimit,
  );
  if (readLimit?.isLowered) logger.notice(describeReadLimit(readLimit));
  else if (readLimit) logger.info(describeReadLimit(readLimit));
  return readLimit;
}

/** Returns a check of the read budget; undefined if there is none. */
export function budgetCheck(inputs: Inputs, table: TableDescription, target: ScanTarget): Check | undefined {
  const { maxConsumedReadCapacity: max } = inputs;
  if (max === undefined) return undefined;
  const { readUnits } = planScan({ ...inputs, table, target, cores: availableParallelism(), readLimit: undefined });
  return readBudgetCheck(max, readUnits);
}

/** Loads the process-func module; returns undefined if there is none. Only a module that returns items has a format. */
export async function loadTransformIfSet(
  { processFunc, format }: Inputs,
  { workspace }: WorkflowRun,
  checks: PreflightChecks,
): Promise<TransformModule | undefined> {
  if (processFunc === undefined) return undefined;
  return checks.find(
    'process-func',
    async () => {
      const transform = await loadTransform(processFunc, workspace);
      if (transform.output === 'text' && format !== 'DYNAMODB_JSON') {
        throw invalidInputs([
          "process-func: cannot be set with export-format, because the module returns text. Leave one of them out, or return items and add `export const output = 'item'` to the module",
        ]);
      }
      return transform;
    },
    ({ output }) => `${quote(processFunc)} was loaded, and returns ${output === 'item' ? 'items' : 'text'}`,
  );
}

/** Returns a check of whether the credentials outlast the copy. */
export function credentialsCheck({ source, outlivesEnvironment }: Identities, seconds: number | undefined): Check {
  const life = async (): Promise<CredentialsLifetime> => {
    if (outlivesEnvironment) return { kind: 'lasting', why: 'valid for the duration of the copy' };
    const { expiration } = await source.credentials();
    return expiration ? { kind: 'until', time: expiration } : { kind: 'unknown' };
  };
  return credentialsLifetimeCheck(life, seconds);
}

function ownerOf({ bucketOwner, exportParameters }: Inputs): string | undefined {
  return bucketOwner ?? exportParameters.bucketOwner;
}
