import type { TableDescription } from '@aws-sdk/client-dynamodb';
import type { Identities } from '../aws/credentials/identities.ts';
import type { WorkflowRun } from '../github/workflow-run.ts';
import type { Inputs } from '../inputs/inputs.ts';
import type { Narrator } from '../logger.ts';
import { newExportId } from '../manifest/export-id.ts';
import { layout } from '../manifest/layout.ts';
import { quoted } from '../message-text.ts';
import type { Bucket } from '../s3/bucket.ts';
import { objectParameters } from '../s3/object-options.ts';
import { type ReadCap, readCap, sentence } from '../scan/pacing/read-cap.ts';
import { readCapacityOf } from '../scan/pacing/read-capacity.ts';
import type { ScanRequest } from '../scan/scan-request.ts';
import { loadProcessModule, type ProcessModule } from '../transform/load-transform.ts';
import { bucketOwner } from './checks/bucket-owner.ts';
import { type Check, notChecked, ok } from './checks/check.ts';
import type { Checks } from './checks/checks.ts';
import { type CredentialsLife, credentialsLife } from './checks/credentials-lifetime.ts';
import { type ExportToCheck, exportTimes } from './checks/point-in-time-recovery.ts';
import { needsScan, scanOneItem } from './checks/read-access.ts';
import { writeAccess } from './checks/write-access.ts';
import { refuseForeignTable, refuseUnknownOwner } from './table-account.ts';

/** What was found so far. Checks run on the members that are set. */
export interface Found {
  readonly scan?: Pick<ScanRequest, 'client' | 'tableName' | 'scan'>;
  readonly export?: ExportToCheck;
  readonly bucket: Bucket | undefined;
}

/**
 * Runs the checks that follow finding the table and the bucket. A normal run skips the checks that its first requests
 * repeat, so it needs no more permissions and requests than the copy itself. If a check has failed, it runs all of them
 * to report all problems together. Only a dry run tests write access, because a normal run writes its marker
 * (_started).
 */
export async function checkFurther(inputs: Inputs, found: Found, checks: Checks): Promise<void> {
  for (const { check, first } of furtherChecks(inputs, found)) {
    if (first === 'always' || inputs.dryRun || (first === 'after a failure' && checks.haveFailed))
      await checks.run(check);
  }
}

interface Further {
  readonly check: Check;
  /** When a normal run performs it. */
  readonly first: 'always' | 'after a failure' | 'never';
}

function furtherChecks(inputs: Inputs, { scan, export: toExport, bucket }: Found): Further[] {
  const key = layout(inputs.keyPrefix, newExportId(new Date())).started;
  const owner = ownerOf(inputs);
  const further: (Further | false | undefined)[] = [
    scan && {
      check: scanOneItem(scan.client, scan.tableName, scan.scan),
      first: needsScan(scan.scan) ? 'always' : 'after a failure',
    },
    toExport && { check: exportTimes(toExport), first: 'after a failure' },
    toExport && { check: EXPORT_PERMISSION, first: 'never' },
    bucket && owner !== undefined && { check: bucketOwner(bucket, owner), first: 'after a failure' },
    bucket && {
      check:
        toExport && writesAsAnother(inputs)
          ? WRITTEN_BY_SOURCE
          : writeAccess(bucket, key, objectParameters('data', inputs)),
      first: 'never',
    },
  ];
  return further.filter((each) => each !== false && each !== undefined);
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
      refuseUnknownOwner(TableArn, inputs.roles.dest, ownerOf(inputs));
      await refuseForeignTable(inputs, source, signal);
      return ok('the table belongs to an account that can export it');
    },
  };
}

/** Finds the read limit. The check fails for a percentage if DynamoDB reports no capacity. */
export async function findReadCap(
  { readCapacity, scan }: Inputs,
  table: TableDescription,
  checks: Checks,
  narrator: Narrator,
): Promise<ReadCap | undefined> {
  const cap = await checks.find(
    'Read capacity',
    async () => readCap(readCapacity, readCapacityOf(table, scan.request.IndexName), scan.share?.totalSegments),
    sentence,
  );
  if (cap?.isLowered) narrator.notice(sentence(cap));
  else if (cap) narrator.info(sentence(cap));
  return cap;
}

/** Loads the process-func module; returns undefined if there is none. */
export async function findProcessModule(
  { processFunc }: Inputs,
  { workspace }: WorkflowRun,
  checks: Checks,
): Promise<ProcessModule | undefined> {
  if (processFunc === undefined) return undefined;
  return checks.find(
    'process-func',
    () => loadProcessModule(processFunc, workspace),
    () => `${quoted(processFunc)} was loaded`,
  );
}

/** Returns a check of whether the credentials outlast the copy. */
export function credentialsCheck({ source, outlivesEnvironment }: Identities, seconds: number | undefined): Check {
  const life = async (): Promise<CredentialsLife> => {
    if (outlivesEnvironment) return { kind: 'lasting', why: 'valid for the duration of the copy' };
    const { expiration } = await source.credentials();
    return expiration ? { kind: 'until', time: expiration } : { kind: 'unknown' };
  };
  return credentialsLife(life, seconds);
}

function ownerOf({ bucketOwner, exportParameters }: Inputs): string | undefined {
  return bucketOwner ?? exportParameters.bucketOwner;
}
