import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { clientSettings } from '../aws/clients.ts';
import type { Identity } from '../aws/credentials/identity.ts';
import { accountOf } from '../aws/partition.ts';
import { CopyError } from '../errors.ts';

/** Account IDs of a table and of the caller, which differ. */
export interface CrossAccountTable {
  readonly owner: string;
  readonly caller: string;
}

type NamedTable = { readonly table: { readonly arn?: string }; readonly sourceRegion: string };

/**
 * Returns both accounts if the table belongs to another account than the caller. Calls STS only if the input is an ARN,
 * because a table name always refers to a table in the caller's account.
 *
 * @param identity the caller
 * @returns undefined for a table of the caller's account, or if STS does not respond
 */
export async function crossAccountTable(
  { table, sourceRegion }: NamedTable,
  identity: Identity,
  signal: AbortSignal,
): Promise<CrossAccountTable | undefined> {
  const owner = table.arn?.split(':')[4];
  if (owner === undefined) return undefined;
  const caller = await callerAccount(sourceRegion, identity, signal);
  return caller === undefined || caller === owner ? undefined : { owner, caller };
}

/**
 * Rejects the export of a table in another account. DynamoDB denies it to every role of the caller's account,
 * regardless of policies.
 *
 * @throws {CopyError} EXPORT_REJECTED if the table belongs to another account
 */
export async function rejectCrossAccountTable(
  table: NamedTable,
  identity: Identity,
  signal: AbortSignal,
): Promise<void> {
  const crossAccount = await crossAccountTable(table, identity, signal);
  if (!crossAccount) return;
  throw new CopyError(
    'EXPORT_REJECTED',
    `The table belongs to account ${crossAccount.owner}, but the role of this step belongs to account ${crossAccount.caller}. DynamoDB allows an export only from the account of the table.`,
    'Use a role in the account that owns the table. To copy a table that another account shares with this one, scan it: set point-in-time-export: false.',
  );
}

/**
 * Rejects an export to a bucket in another account if the ID of that account is missing: DynamoDB denies such an
 * export.
 *
 * @param tableArn ARN that DynamoDB returned, in the account that exports; undefined for a deleted table
 * @throws {CopyError} INVALID_INPUT if the bucket's role belongs to another account and `owner` is undefined
 */
export function rejectUnknownOwner(
  tableArn: string | undefined,
  destRole: string | undefined,
  owner: string | undefined,
): void {
  if (tableArn === undefined || destRole === undefined || owner !== undefined) return;
  if (accountOf(tableArn) === accountOf(destRole)) return;
  throw new CopyError(
    'INVALID_INPUT',
    `s3-bucket-owner: is required for an export to another account. The table belongs to account ${accountOf(tableArn)}, and dest-role-to-assume to account ${accountOf(destRole)}.`,
    'Set s3-bucket-owner to the ID of the account that owns the bucket. Nothing was read or written.',
  );
}

/** @returns undefined if STS does not respond; the export request then fails if the account is wrong */
async function callerAccount(region: string, identity: Identity, signal: AbortSignal): Promise<string | undefined> {
  const client = new STSClient(clientSettings({ region, concurrency: 1, identity }));
  try {
    const { Account } = await client.send(new GetCallerIdentityCommand({}), {
      abortSignal: AbortSignal.any([signal, AbortSignal.timeout(10_000)]),
    });
    return Account;
  } catch {
    signal.throwIfAborted();
    return undefined;
  } finally {
    client.destroy();
  }
}
