import '../aws/shorter-waits.ts';
import assert from 'node:assert/strict';
import test from 'node:test';
import type { TableDescription } from '@aws-sdk/client-dynamodb';
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

for (const [status, ready] of [
  ['ACTIVE', true],
  ['UPDATING', true],
  ['INACCESSIBLE_ENCRYPTION_CREDENTIALS', true],
  [undefined, true],
  ['CREATING', false],
  ['DELETING', false],
  ['ARCHIVING', false],
  ['ARCHIVED', false],
] as const) {
  test(`a table whose status is ${status} ${ready ? 'can' : 'cannot'} be read`, async () => {
    const Table = { TableName: 'table', TableStatus: status, TableId: 'id' };
    await using server = await startScriptedServer(() => dynamoDbReply({ Table }));
    using client = clientOfTable(server.endpoint);
    const described = describeTable(client, 'arn:aws:dynamodb:us-east-1:123456789012:table/table', NEVER);
    if (ready) assert.equal((await described).TableId, 'id');
    else await assert.rejects(described, { name: 'CopyError', code: 'TABLE_NOT_READY' });
    assert.deepEqual(JSON.parse(server.requests[0]?.body.toString() ?? ''), {
      TableName: 'arn:aws:dynamodb:us-east-1:123456789012:table/table',
    });
  });
}

test('an answer without a table is an error', async () => {
  await using server = await startScriptedServer(() => dynamoDbReply({}));
  using client = clientOfTable(server.endpoint);
  await assert.rejects(describeTable(client, 'table', NEVER), { code: 'AWS_ERROR' });
});

test('what is read: the table, or one of its indexes with the size of its own', () => {
  assert.deepEqual(scanTarget(TABLE), { kind: 'table', sizeBytes: 1_000, itemCount: 10 });
  assert.deepEqual(scanTarget(TABLE, undefined, true), { kind: 'table', sizeBytes: 1_000, itemCount: 10 });
  for (const consistent of [undefined, false, true]) {
    assert.deepEqual(scanTarget(TABLE, 'local', consistent), { kind: 'local index', sizeBytes: 200, itemCount: 2 });
  }
  assert.deepEqual(scanTarget(TABLE, 'global', false), { kind: 'global index', sizeBytes: 300, itemCount: 3 });
});

test('a global index has no consistent reads', () => {
  assert.throws(() => scanTarget(TABLE, 'global', true), { name: 'CopyError', code: 'INVALID_INPUT' });
});

test('an index that is not there: the names of those that are', () => {
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

test('whether a size may be late', () => {
  const hours = (n: number) => new Date(Date.now() - n * 3_600_000);
  const target = { kind: 'table', sizeBytes: 1_000, itemCount: 10 } as const;
  const old = { CreationDateTime: hours(25) };
  const cases: readonly [name: string, expected: boolean, actual: boolean][] = [
    ['counted, old, and seen to hold less', false, sizeMayBeStale(target, old, 9)],
    ['nothing was looked at', false, sizeMayBeStale(target, old, 0)],
    ['a page held as many and was not the last', true, sizeMayBeStale(target, old, 10)],
    ['made today', true, sizeMayBeStale(target, { CreationDateTime: hours(23) }, 0)],
    ['nobody knows when it was made', true, sizeMayBeStale(target, {}, 0)],
    ['never counted', true, sizeMayBeStale({ ...target, sizeBytes: undefined }, old, 0)],
    ['counted as empty', true, sizeMayBeStale({ ...target, sizeBytes: 0, itemCount: 0 }, old, 0)],
    ['items not counted', true, sizeMayBeStale({ ...target, itemCount: undefined }, old, 0)],
  ];
  for (const [name, expected, actual] of cases) assert.equal(actual, expected, name);
});
