import '../aws/shorter-waits.ts';
import assert from 'node:assert/strict';
import test from 'node:test';
import type { TableDescription, TableStatus } from '@aws-sdk/client-dynamodb';
import { CopyError } from '../../src/errors.ts';
import { describeTable, scanTarget, sizeMayBeStale } from '../../src/scan/table.ts';
import { clientOfTable } from '../aws/clients-for-tests.ts';
import { dynamoDbReply, startScriptedServer } from '../aws/scripted-server.ts';

const NEVER = new AbortController().signal;

const TABLE: TableDescription = {
  TableName: 'table',
  TableSizeBytes: 1_000,
  ItemCount: 10,
  LocalSecondaryIndexes: [{ IndexName: 'local', IndexSizeBytes: 200, ItemCount: 2 }],
  GlobalSecondaryIndexes: [{ IndexName: 'global', IndexSizeBytes: 300, ItemCount: 3 }],
};

const ARN = 'arn:aws:dynamodb:us-east-1:123456789012:table/table';

/** Describes a table with this status. `check` receives the pending result. */
async function describeWithStatus(
  status: TableStatus | undefined,
  check: (described: Promise<TableDescription>) => Promise<void>,
): Promise<void> {
  const Table = { TableName: 'table', TableStatus: status, TableId: 'id' };
  await using server = await startScriptedServer(() => dynamoDbReply({ Table }));
  using client = clientOfTable(server.endpoint);
  await check(describeTable(client, ARN, NEVER));
  assert.deepEqual(JSON.parse(server.requests[0]?.body.toString() ?? ''), { TableName: ARN });
}

for (const status of ['ACTIVE', 'UPDATING', 'INACCESSIBLE_ENCRYPTION_CREDENTIALS'] as const) {
  test(`a table with the status ${status} can be read`, async () => {
    await describeWithStatus(status, async (described) => assert.equal((await described).TableId, 'id'));
  });
}

test('a table without a status can be read', async () => {
  await describeWithStatus(undefined, async (described) => assert.equal((await described).TableId, 'id'));
});

for (const status of ['CREATING', 'DELETING', 'ARCHIVING', 'ARCHIVED'] as const) {
  test(`a table with the status ${status} cannot be read`, async () => {
    await describeWithStatus(status, (described) =>
      assert.rejects(described, { name: 'CopyError', code: 'TABLE_NOT_READY' }),
    );
  });
}

test('a DescribeTable response without a table fails with AWS_ERROR', async () => {
  await using server = await startScriptedServer(() => dynamoDbReply({}));
  using client = clientOfTable(server.endpoint);
  await assert.rejects(describeTable(client, 'table', NEVER), { code: 'AWS_ERROR' });
});

test('scanTarget returns the size and the item count of the table or of the index that is read', () => {
  assert.deepEqual(scanTarget(TABLE), { kind: 'table', sizeBytes: 1_000, itemCount: 10 });
  assert.deepEqual(scanTarget(TABLE, undefined, true), { kind: 'table', sizeBytes: 1_000, itemCount: 10 });
  for (const consistent of [undefined, false, true]) {
    assert.deepEqual(scanTarget(TABLE, 'local', consistent), { kind: 'local index', sizeBytes: 200, itemCount: 2 });
  }
  assert.deepEqual(scanTarget(TABLE, 'global', false), { kind: 'global index', sizeBytes: 300, itemCount: 3 });
});

test('scanTarget rejects consistent reads of a global secondary index', () => {
  assert.throws(() => scanTarget(TABLE, 'global', true), { name: 'CopyError', code: 'INVALID_INPUT' });
});

test('scanTarget rejects an index that does not exist and lists the indexes of the table', () => {
  assert.throws(
    () => scanTarget(TABLE, 'gloabl'),
    (error: unknown) =>
      error instanceof CopyError && error.code === 'INDEX_NOT_FOUND' && /global, local/.test(error.remedy),
  );
  assert.throws(
    () => scanTarget({}, 'global'),
    (error: unknown) =>
      error instanceof CopyError && error.code === 'INDEX_NOT_FOUND' && /has no indexes/.test(error.remedy),
  );
});

test('sizeMayBeStale is true for a new, uncounted or empty table, or if the probe read as many items as were counted', () => {
  const hours = (n: number) => new Date(Date.now() - n * 3_600_000);
  const target = { kind: 'table', sizeBytes: 1_000, itemCount: 10 } as const;
  const old = { CreationDateTime: hours(25) };
  const cases: readonly [name: string, expected: boolean, actual: boolean][] = [
    ['an old table whose probe read fewer items', false, sizeMayBeStale(target, old, 9)],
    ['an old table without a probe', false, sizeMayBeStale(target, old, 0)],
    ['an old table whose probe read as many items', true, sizeMayBeStale(target, old, 10)],
    ['a table created today', true, sizeMayBeStale(target, { CreationDateTime: hours(23) }, 0)],
    ['a table without a creation time', true, sizeMayBeStale(target, {}, 0)],
    ['a table without a size', true, sizeMayBeStale({ ...target, sizeBytes: undefined }, old, 0)],
    ['a table that was counted as empty', true, sizeMayBeStale({ ...target, sizeBytes: 0, itemCount: 0 }, old, 0)],
    ['a table without an item count', true, sizeMayBeStale({ ...target, itemCount: undefined }, old, 0)],
  ];
  for (const [name, expected, actual] of cases) assert.equal(actual, expected, name);
});
