import { DeleteTableCommand, waitUntilTableNotExists } from '@aws-sdk/client-dynamodb';
import type { Source } from '../test/emulators/source.ts';
import type { Store } from '../test/emulators/store.ts';
import { assertSameItems, type WireItem } from '../test/fixtures/items.ts';
import { RESTORE_ACTION } from '../test/fixtures/restore-pair.ts';
import { runAction } from '../test/runner/runner.ts';
import { aligned, table as columns, heading, indented, say, shownLog } from './show.ts';

/** Table that was copied, and its copy. */
export interface CopiedTable {
  readonly source: Source;
  readonly store: Store;
  /** Output `s3-uri` of the step that copied the table. */
  readonly copyUri: string;
  readonly table: string;
  readonly original: readonly WireItem[];
}

/** Deletes the table, runs a restore step, and compares every item with the original. */
export async function restoreDeletedTable({ source, store, copyUri, table, original }: CopiedTable): Promise<void> {
  heading('The table is deleted');
  await source.client.send(new DeleteTableCommand({ TableName: table }));
  await waitUntilTableNotExists({ client: source.client, maxWaitTime: 30, minDelay: 1 }, { TableName: table });
  say(`Table ${table} no longer exists. Only the copy in the bucket is left.`);

  heading('Restore step');
  const inputs = { 'dynamodb-table-name': table, copy: copyUri };
  say(indented(`- id: restore\n  uses: ./restore\n  with:\n${aligned(inputs, '    ')}`));
  await using run = await runAction({
    ...RESTORE_ACTION,
    inputs,
    env: { ...source.env, ...store.env },
  });
  say(shownLog(run.log));
  if (run.exitCode !== 0) {
    say(run.stderr);
    throw new Error(`The restore failed with exit code ${run.exitCode}`);
  }
  say(columns(Object.entries(run.outputs).map(([name, value]) => [`steps.restore.outputs.${name}`, value])));

  heading('Verification of the restored table');
  const restored = await source.readItems(table);
  assertSameItems(restored, original);
  say(`All ${restored.length.toLocaleString('en')} items are identical to those of the deleted table.`);
}
