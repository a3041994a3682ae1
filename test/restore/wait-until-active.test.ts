// Sets the time scale, so it comes first.
import '../export/no-waits.ts';
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { TableDescription } from '@aws-sdk/client-dynamodb';
import { createTable } from '../../src/restore/create-table.ts';
import type { RestoreContext } from '../../src/restore/restore-context.ts';
import { waitUntilActive } from '../../src/restore/wait-until-active.ts';
import { RespondingClient, serviceError } from '../export/responding-client.ts';

/** Context in which DescribeTable responds with these, one after the other. Null: the table does not exist. */
function contextWith(...described: readonly (TableDescription | null)[]) {
  const client = new RespondingClient(({ operation }, nth) => {
    if (operation === 'CreateTable') return { TableDescription: { TableId: 'id-1' } };
    const table = described[Math.min(nth, described.length) - 1];
    if (!table) throw serviceError('ResourceNotFoundException');
    return { Table: table };
  });
  const logger = { info() {}, notice() {}, warning() {} };
  const context = { client, tableName: 'orders', logger, signal: AbortSignal.timeout(1_000) };
  return { client, context: context as unknown as RestoreContext };
}

describe('waiting for a table', () => {
  it('ends when the table and all of its indexes are ACTIVE', async () => {
    const { client, context } = contextWith(
      { TableStatus: 'CREATING' },
      { TableStatus: 'ACTIVE', GlobalSecondaryIndexes: [{ IndexStatus: 'CREATING' }] },
      { TableStatus: 'ACTIVE', VectorIndexes: [{ IndexStatus: 'CREATING' }] },
      { TableStatus: 'ACTIVE', GlobalSecondaryIndexes: [{ IndexStatus: 'ACTIVE' }] },
    );
    await waitUntilActive(context);
    assert.equal(client.calls('DescribeTable').length, 4);
  });

  for (const TableStatus of ['INACCESSIBLE_ENCRYPTION_CREDENTIALS', 'ARCHIVED', 'DELETING'] as const) {
    it(`fails if the table has the status ${TableStatus}`, async () => {
      const { context } = contextWith({ TableStatus: 'CREATING' }, { TableStatus });
      await assert.rejects(waitUntilActive(context), { code: 'TABLE_NOT_READY', message: new RegExp(TableStatus) });
    });
  }

  it('fails if the table does not exist', async () => {
    await assert.rejects(waitUntilActive(contextWith(null).context), { name: 'ResourceNotFoundException' });
  });

  it('continues while DescribeTable does not know a table that was created a moment ago', async () => {
    const { context, client } = contextWith(null, null, { TableStatus: 'CREATING' }, { TableStatus: 'ACTIVE' });
    const table = await createTable(context, {} as never, [], () => {});
    assert.equal(table.TableStatus, 'ACTIVE');
    assert.equal(client.calls('DescribeTable').length, 4);
  });
});
