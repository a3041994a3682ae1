import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { CopyError } from '../errors.ts';
import { clientSettings } from './clients.ts';
import type { Identity } from './credentials/identity.ts';
import { accountOf } from './credentials/partition.ts';

/** A table that is named by its ARN belongs to one account, and the caller to another. */
export interface ForeignTable {
  readonly owner: string;
  readonly caller: string;
}

type NamedTable = { readonly table: { readonly arn?: string }; readonly sourceRegion: string };

/**
 * Asks only where the input is an ARN: a name is always of the caller's account.
 *
 * @param identity whose account it is
 * @returns undefined for a table of the caller's own account, or if STS does not answer
 */
export async function foreignTable(
  { table, sourceRegion }: NamedTable,
  identity: Identity,
  signal: AbortSignal,
): Promise<ForeignTable | undefined> {
  const owner = table.arn?.split(':')[4];
  if (owner === undefined) return undefined;
  const caller = await callerAccount(sourceRegion, identity, signal);
  return caller === undefined || caller === owner ? undefined : { owner, caller };
}

/**
 * Refuses to export a table of another account, which DynamoDB denies to every role of this one, whatever its policy.
 *
 * @throws {CopyError} EXPORT_REFUSED
 */
export async function refuseForeignTable(table: NamedTable, identity: Identity, signal: AbortSignal): Promise<void> {
  const foreign = await foreignTable(table, identity, signal);
  if (!foreign) return;
  throw new CopyError(
    'EXPORT_REFUSED',
    `The table belongs to account ${foreign.owner}, and this step's role to ${foreign.caller}: DynamoDB exports a table only for its own account.`,
    'Use a role of the account that owns the table. A scan can read a table that another account shares (point-in-time-export: false).',
  );
}

/**
 * Refuses to export to the bucket of another account without that account's id, without which DynamoDB denies it.
 *
 * @param tableArn as DynamoDB tells it: of the account of whoever exports; undefined of a table that is gone
 * @throws {CopyError} INVALID_INPUT
 */
export function refuseUnknownOwner(
  tableArn: string | undefined,
  destRole: string | undefined,
  owner: string | undefined,
): void {
  if (tableArn === undefined || destRole === undefined || owner !== undefined) return;
  if (accountOf(tableArn) === accountOf(destRole)) return;
  throw new CopyError(
    'INVALID_INPUT',
    `An export to another account needs s3-bucket-owner: the table is of account ${accountOf(tableArn)}, and dest-role-to-assume of ${accountOf(destRole)}.`,
    'Set s3-bucket-owner to the id of the account that owns the bucket. Nothing has been read or written.',
  );
}

/** @returns undefined where STS does not answer: the export itself will tell then */
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
