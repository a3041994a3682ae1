import type { TableDescription } from '@aws-sdk/client-dynamodb';
import type { Inputs } from '../action/inputs.ts';
import type { WorkflowRun } from '../action/workflow-run.ts';
import { refuseForeignTable, refuseUnknownOwner } from '../aws/account.ts';
import type { Identities } from '../aws/credentials/sides.ts';
import { newExportId } from '../backup/export-id.ts';
import { layout } from '../backup/layout.ts';
import { bucketOwner } from '../checks/bucket-owner.ts';
import { type Check, notChecked, ok } from '../checks/check.ts';
import type { Checks } from '../checks/checks.ts';
import { type CredentialsLife, credentialsLife } from '../checks/credentials-life.ts';
import { type ExportToCheck, exportTimes } from '../checks/export-times.ts';
import { needsScan, scanOneItem } from '../checks/scan-one-item.ts';
import { writeAccess } from '../checks/write-access.ts';
import type { Narrator } from '../narrator.ts';
import { quoted } from '../parameters/problems.ts';
import { loadProcessModule, type ProcessModule } from '../process-func/load.ts';
import type { Bucket } from '../s3/bucket.ts';
import { objectParameters } from '../s3/object-options.ts';
import type { ScanRequest } from '../scan/copy.ts';
import { type ReadCap, readCap, sentence } from '../scan/pacing/read-cap.ts';
import { readCapacityOf } from '../scan/table.ts';

/** What could be found so far; a check is made of whatever is there. */
export interface Found {
  readonly scan?: Pick<ScanRequest, 'client' | 'tableName' | 'scan'>;
  readonly export?: ExportToCheck;
  readonly bucket: Bucket | undefined;
}

/**
 * The checks beyond finding table and bucket. A real run leaves to its own first steps what these ask anyway, so that
 * it needs no more rights and no more requests than the copy does; but once something has failed it asks all, so that
 * everything there is to mend is told at once. Only a dry run probes for write access: a real one has its marker.
 */
export async function checkFurther(inputs: Inputs, found: Found, checks: Checks): Promise<void> {
  for (const { check, first } of furtherChecks(inputs, found)) {
    if (first === 'always' || inputs.dryRun || (first === 'after a failure' && checks.haveFailed))
      await checks.run(check);
  }
}

interface Further {
  readonly check: Check;
  /** When a real run makes it. */
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
    toExport && { check: RIGHT_TO_EXPORT, first: 'never' },
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

const RIGHT_TO_EXPORT: Check = {
  name: 'Right to export',
  run: async () => notChecked('whether the role has dynamodb:ExportTableToPointInTime only an export can tell'),
};

function writesAsAnother({ roles: { source, dest } }: Inputs): boolean {
  return dest !== undefined && dest !== source;
}

const WRITTEN_BY_SOURCE: Check = {
  name: 'Write access',
  run: async () =>
    notChecked("DynamoDB writes an export with the rights of the source's role, which this step does not write with"),
};

/** Whether DynamoDB exports this table, and to this bucket, for the role at all. */
export function accountCheck(inputs: Inputs, { TableArn }: TableDescription, { source }: Identities): Check {
  return {
    name: 'Account of the table',
    async run(signal) {
      refuseUnknownOwner(TableArn, inputs.roles.dest, ownerOf(inputs));
      await refuseForeignTable(inputs, source, signal);
      return ok('it may be exported from here');
    },
  };
}

/** A share of a capacity that DynamoDB does not tell of is no cap, and a failure. */
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

/** Loads the module of a process-func, where there is one. */
export async function findProcessModule(
  { processFunc }: Inputs,
  { workspace }: WorkflowRun,
  checks: Checks,
): Promise<ProcessModule | undefined> {
  if (processFunc === undefined) return undefined;
  return checks.find(
    'process-func',
    () => loadProcessModule(processFunc, workspace),
    () => `${quoted(processFunc)} can be loaded`,
  );
}

/** How long the step stays signed in, against how long the copy takes. */
export function credentialsCheck({ source, outlivesEnvironment }: Identities, seconds: number | undefined): Check {
  const look = async (): Promise<CredentialsLife> => {
    if (outlivesEnvironment) return { kind: 'lasting', why: 'they hold for as long as the copy takes' };
    const { expiration } = await source.credentials();
    return expiration ? { kind: 'until', time: expiration } : { kind: 'unknown' };
  };
  return credentialsLife(look, seconds);
}

function ownerOf({ bucketOwner, exportParameters }: Inputs): string | undefined {
  return bucketOwner ?? exportParameters.bucketOwner;
}
