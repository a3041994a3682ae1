// Sets the time scale, so it comes first.
import '../export/no-waits.ts';
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { TableDescription } from '@aws-sdk/client-dynamodb';
import type { CreatedTable } from '../../src/restore/create-table.ts';
import { deleteTemporaryTable } from '../../src/restore/delete-temporary-table.ts';
import { RespondingClient, serviceError } from '../export/responding-client.ts';

const ARN = 'arn:aws:dynamodb:eu-central-1:111111111111:table/drill';
const STEP = 'f'.repeat(32);
const COPY_ID = '01763806396789-8c1f3a2b';
const CREATED_AT = new Date('2026-11-27T03:00:00Z');
const BY_ID: CreatedTable = { tableId: 'id-1', createdAt: CREATED_AT };

interface Existing {
  readonly table?: TableDescription | undefined;
  readonly tags?: Readonly<Record<string, string>>;
  /** Statuses of the import, one per request. The last one is repeated. */
  readonly imports?: readonly string[];
  readonly importTableId?: string;
  /** Number of DeleteTable requests that fail because the table is in use. */
  readonly inUse?: number;
  /** Table with the same name that exists after such a request. */
  readonly later?: TableDescription;
}

async function run(created: CreatedTable | undefined, existing: Existing, step: string | undefined = STEP, ms = 5_000) {
  const { tags = {}, imports = [], importTableId = 'id-1', inUse = 0 } = existing;
  let { table } = existing;
  const client = new RespondingClient(({ operation }, nth) => {
    switch (operation) {
      case 'DescribeTable':
        if (!table) throw serviceError('ResourceNotFoundException');
        return { Table: { TableArn: ARN, TableStatus: 'ACTIVE', ...table } };
      case 'ListTagsOfResource':
        return { Tags: Object.entries(tags).map(([Key, Value]) => ({ Key, Value })) };
      case 'ListImports':
        return { ImportSummaryList: imports.length > 0 ? [{ ImportArn: `${ARN}/import/1`, TableArn: ARN }] : [] };
      case 'DescribeImport':
        return {
          ImportTableDescription: {
            ImportArn: `${ARN}/import/1`,
            TableId: importTableId,
            ClientToken: `dynamodb-to-s3-${STEP}-1`,
            ImportStatus: imports[Math.min(nth, imports.length) - 1],
          },
        };
      case 'DeleteTable':
        if (nth <= inUse) {
          table = existing.later ?? table;
          throw serviceError('ResourceInUseException');
        }
        table = undefined;
        return {};
      default:
        throw new Error(`unexpected ${operation}`);
    }
  });
  const context = { client, tableName: 'drill', signal: AbortSignal.timeout(ms) };
  return { result: await deleteTemporaryTable(context, created, step), client };
}

const isDeleted = ({ client }: { readonly client: RespondingClient }) => client.calls('DeleteTable').length > 0;

describe('deleting a temporary table', () => {
  it('deletes the table with the ID that CreateTable returned', async () => {
    const ran = await run(BY_ID, { table: { TableId: 'id-1' } });
    assert.deepEqual([ran.result, isDeleted(ran)], ['deleted', true]);
  });

  it('deletes the table with the creation time that CreateTable returned if the server has no table IDs', async () => {
    const created = { tableId: undefined, createdAt: CREATED_AT };
    const ran = await run(created, { table: { CreationDateTime: CREATED_AT } });
    assert.equal(ran.result, 'deleted');
  });

  const FOREIGN: readonly (readonly [what: string, created: CreatedTable | undefined, existing: Existing])[] = [
    ['another ID', BY_ID, { table: { TableId: 'id-2', CreationDateTime: CREATED_AT } }],
    ['another creation time', { ...BY_ID, tableId: undefined }, { table: { CreationDateTime: new Date(0) } }],
    ['no proof', undefined, { table: { TableId: 'id-1' } }],
    [
      'the tag of another step',
      undefined,
      { table: { TableId: 'id-1' }, tags: { 'dynamodb-to-s3:restore': `${'e'.repeat(32)}/${COPY_ID}` } },
    ],
    ['another tag', undefined, { table: { TableId: 'id-1' }, tags: { restore: `${STEP}/${COPY_ID}` } }],
    [
      'an import of another table',
      undefined,
      { table: { TableId: 'id-1' }, imports: ['COMPLETED'], importTableId: 'id-2' },
    ],
  ];
  for (const [what, created, existing] of FOREIGN) {
    it(`leaves a table with ${what}`, async () => {
      const ran = await run(created, existing);
      assert.deepEqual([ran.result, isDeleted(ran)], ['not created by this step', false]);
    });
  }

  it('deletes a table with the tag of the step if the step was killed before it learned the ID', async () => {
    const ran = await run(undefined, {
      table: { TableId: 'id-1' },
      tags: { 'dynamodb-to-s3:restore': `${STEP}/${COPY_ID}` },
    });
    assert.equal(ran.result, 'deleted');
  });

  it('deletes the table of an import of the step', async () => {
    const ran = await run(undefined, { table: { TableId: 'id-1' }, imports: ['COMPLETED'] });
    assert.equal(ran.result, 'deleted');
  });

  it('waits for the end of an import that is in progress', async () => {
    const ran = await run(BY_ID, { table: { TableId: 'id-1' }, imports: ['IN_PROGRESS', 'IN_PROGRESS', 'COMPLETED'] });
    assert.equal(ran.result, 'deleted');
    assert.equal(ran.client.calls('DescribeImport').length, 3);
  });

  it('reports that the table is busy if the import does not end in time', async () => {
    const ran = await run(BY_ID, { table: { TableId: 'id-1' }, imports: ['IN_PROGRESS'] }, STEP, 100);
    assert.deepEqual([ran.result, isDeleted(ran)], ['busy', false]);
  });

  it('reports that the table is busy if its import has not created it yet', async () => {
    const ran = await run(BY_ID, { imports: ['IN_PROGRESS'] }, STEP, 100);
    assert.equal(ran.result, 'busy');
  });

  it('tries again while DynamoDB changes the table', async () => {
    const ran = await run(BY_ID, { table: { TableId: 'id-1' }, inUse: 2 });
    assert.equal(ran.result, 'deleted');
    assert.equal(ran.client.calls('DeleteTable').length, 3);
  });

  it('leaves a table that another client has created since under the same name', async () => {
    const ran = await run(BY_ID, { table: { TableId: 'id-1' }, inUse: 1, later: { TableId: 'id-2' } });
    assert.equal(ran.result, 'not created by this step');
    assert.equal(ran.client.calls('DeleteTable').length, 1);
  });

  it('does nothing if the table does not exist', async () => {
    const ran = await run(BY_ID, {});
    assert.deepEqual([ran.result, isDeleted(ran)], ['does not exist', false]);
  });
});
