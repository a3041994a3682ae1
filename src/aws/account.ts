import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { CopyError } from '../errors.ts';
import { clientSettings } from './clients.ts';

/**
 * Refuses to export a table of another account, which DynamoDB denies to every role of this one, whatever its policy.
 * Asks only where the input is an ARN: a name is always of the caller's account.
 *
 * @throws {CopyError} EXPORT_REFUSED
 */
export async function refuseForeignTable(
  { table, sourceRegion }: { readonly table: { readonly arn?: string }; readonly sourceRegion: string },
  signal: AbortSignal,
): Promise<void> {
  const account = table.arn?.split(':')[4];
  if (account === undefined) return;
  const caller = await callerAccount(sourceRegion, signal);
  if (caller === undefined || caller === account) return;
  throw new CopyError(
    'EXPORT_REFUSED',
    `The table belongs to account ${account}, and this step's role to ${caller}: DynamoDB exports a table only for its own account.`,
    'Use a role of the account that owns the table. A scan can read a table that another account shares (point-in-time-export: false).',
  );
}

/** @returns undefined where STS does not answer: the export itself will tell then */
async function callerAccount(region: string, signal: AbortSignal): Promise<string | undefined> {
  const client = new STSClient(clientSettings({ region, concurrency: 1 }));
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
