import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import {
  DeleteItemCommand,
  DynamoDBClient,
  PutItemCommand,
  TagResourceCommand,
  UpdateContinuousBackupsCommand,
} from '@aws-sdk/client-dynamodb';
import { DeleteObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { chosenSource, type Item } from '../emulators/source.ts';
import type { Store } from '../emulators/store.ts';
import { CREDENTIALS, REGION } from '../fixtures/credentials.ts';
import { assertRefused, attempt } from '../fixtures/export-pair.ts';
import { assertSameItems } from '../fixtures/items.ts';
import { preload, startServers } from '../fixtures/pair.ts';
import { deleteTable, openRestorePair } from '../fixtures/restore-pair.ts';
import { edgeItems } from '../fixtures/table-of-edges.ts';
import { fewOf, messageTest, slowTest } from '../run/effort.ts';

await startServers();

const INDEXED = {
  AttributeDefinitions: [
    { AttributeName: 'pk', AttributeType: 'S' },
    { AttributeName: 'note', AttributeType: 'S' },
  ],
  GlobalSecondaryIndexes: [
    {
      IndexName: 'by-note',
      KeySchema: [{ AttributeName: 'note', KeyType: 'HASH' }],
      Projection: { ProjectionType: 'KEYS_ONLY' },
    },
  ],
  BillingMode: 'PAY_PER_REQUEST',
} as const;

const WITH_SORT_KEY = {
  KeySchema: [
    { AttributeName: 'pk', KeyType: 'HASH' },
    { AttributeName: 'sk', KeyType: 'RANGE' },
  ],
  AttributeDefinitions: [
    { AttributeName: 'pk', AttributeType: 'S' },
    { AttributeName: 'sk', AttributeType: 'S' },
  ],
};

/**
 * Ion is Unicode, so a copy in ION rejects half of a surrogate pair; JSON.stringify escapes only these. It does not keep
 * the notation of a number, which DynamoDB Local does in lists.
 */
function isEqualInIon(item: Item): boolean {
  return !/\\ud[89a-f]/.test(JSON.stringify(item)) && !(chosenSource() === 'dynamodb-local' && 'list' in item);
}

/** Removes what earlier versions of the Action did not write: manifest-table.json, manifest-sha256.txt and its name. */
async function removeNewerManifests({ client, read }: Store, Bucket: string, folder: string): Promise<void> {
  for (const name of ['manifest-table.json', 'manifest-sha256.txt']) {
    await client.send(new DeleteObjectCommand({ Bucket, Key: folder + name }));
  }
  const Key = `${folder}manifest-copy.json`;
  const { checksumsFile: _, ...facts } = JSON.parse((await read(Bucket, Key)).toString()) as Record<string, unknown>;
  await client.send(new PutObjectCommand({ Bucket, Key, Body: JSON.stringify(facts) }));
}

suite('restore with the method write', { concurrency: 3 }, () => {
  for (const [format, compression] of fewOf(
    [
      ['DYNAMODB_JSON', 'gzip'],
      ['ION', 'zstd'],
      ['DYNAMODB_JSON', 'none'],
      ['ION', 'gzip'],
    ] as const,
    2,
  )) {
    test(`restores every edge case from ${format} with compression ${compression}`, async () => {
      const edges = edgeItems(chosenSource());
      await using restoring = await openRestorePair({
        items: format === 'ION' ? edges.filter(isEqualInIon) : edges,
        copyInputs: { 'export-format': format, compression },
      });
      await using run = await restoring.restore();
      await restoring.assertRestored(run);
      assert.equal(run.outputs['method'], 'write');
    });
  }

  test('restores a deleted table with its index under its own name', async () => {
    await using restoring = await openRestorePair({ definition: { ...INDEXED } as never });
    const { table, pair } = restoring;
    await deleteTable(restoring, table);
    await using run = await restoring.restore({ 'dynamodb-table-name': table });
    await restoring.assertRestored(run, table);
    const create = pair.source.requests.findLast(({ operation }) => operation === 'CreateTable')?.parameters as {
      readonly GlobalSecondaryIndexes?: readonly { readonly IndexName: string }[];
    };
    assert.deepEqual(
      create.GlobalSecondaryIndexes?.map(({ IndexName }) => IndexName),
      ['by-note'],
    );
    assert.match(run.summary, /### ✅ Restored 20 items to/);
    assert.equal(run.outputs['s3-uri'], restoring.copyUri);
    assert.match(run.outputs['table-arn'] ?? '', new RegExp(`:table/${table}$`));
  });

  messageTest('continues after a failure with a table that has the name of the deleted source table', async () => {
    await using restoring = await openRestorePair({ definition: { ...INDEXED } as never });
    const { table, service } = restoring;
    await deleteTable(restoring, table);
    service.deny('BatchWriteItem');
    await using failed = await restoring.restore({ 'dynamodb-table-name': table });
    assert.equal(failed.exitCode, 1);
    service.deny();
    await using run = await restoring.restore({ 'dynamodb-table-name': table }, attempt(2));
    await restoring.assertRestored(run, table);
  });

  slowTest('does not load a complete table again in a re-run if its tag cannot be removed', async () => {
    await using restoring = await openRestorePair();
    const { service, pair, into } = restoring;
    service.deny('UntagResource');
    await using run = await restoring.restore();
    await restoring.assertRestored(run);
    assert.match(run.warnings.join(), /The tag dynamodb-to-s3:restore remains.*dynamodb:UntagResource/);
    // The application uses the table.
    await pair.source.client.send(new DeleteItemCommand({ TableName: into, Key: { pk: { S: 'item-0' } } }));
    await using again = await restoring.restore({}, attempt(2));
    assertRefused(again, 'TABLE_EXISTS');
    assert.equal((await pair.source.readItems(into)).length, 19);
  });

  slowTest('reports what exists after a failure, and what a re-run does', async () => {
    await using restoring = await openRestorePair();
    const { service, into, pair } = restoring;
    const inputs = { 'create-table-kwargs': '{"DeletionProtectionEnabled": true}' };
    const failsAt = async (operation: string, more = {}) => {
      service.deny(operation);
      await using run = await restoring.restore({ ...inputs, ...more });
      service.deny();
      return assertRefused(run, 'ACCESS_DENIED');
    };
    assert.doesNotMatch(await failsAt('DescribeTable'), /partial|may exist/);
    assert.match(await failsAt('CreateTable'), /The table \S+ may exist\..*A re-run creates it/s);
    assert.match(await failsAt('BatchWriteItem'), /The table \S+ may be partial\..*A re-run continues/s);
    await deleteTable(restoring, into);
    assert.match(await failsAt('UpdateTable'), /All items are in table \S+, but some of its settings may be missing/);
    await deleteTable(restoring, into);
    await pair.source.createTable([], { TableName: into });
    const overwrite = { 'create-table-kwargs': '', 'if-table-exists': 'overwrite' };
    assert.match(await failsAt('BatchWriteItem', overwrite), /may be partial\..*if-table-exists: overwrite/s);
  });

  test('finds the latest complete copy of a table, and reports newer copies that are incomplete', async () => {
    await using restoring = await openRestorePair();
    const { pair, table } = restoring;
    const newer = `AWSDynamoDB/${String(Date.now() + 1_000).padStart(14, '0')}-0123abcd/_started`;
    await pair.store.client.send(new PutObjectCommand({ Bucket: pair.bucket, Key: newer, Body: Buffer.alloc(0) }));
    await using run = await restoring.restore(
      { copy: 'latest', 's3-bucket-name': pair.bucket, 'source-table-name': table },
      { ...preload('older-node.ts'), env: { HTTPS_PROXY: 'http://127.0.0.1:9' } },
    );
    assert.match(run.notices.join(), /incomplete/);
    assert.match(run.warnings.join(), /HTTPS_PROXY is set/);
    await restoring.assertRestored(run);
  });

  for (const method of fewOf(['write', 'import'] as const, 1)) {
    messageTest(`refuses to load a newer copy into the table of an earlier attempt with ${method}`, async () => {
      await using restoring = await openRestorePair();
      const { pair, table, service, into } = restoring;
      const latest = { copy: 'latest', 's3-bucket-name': pair.bucket, 'source-table-name': table, method };
      service.deny('BatchWriteItem', 'UntagResource', 'DescribeImport');
      await using failed = await restoring.restore(latest);
      assert.equal(failed.exitCode, 1);
      service.deny();
      await service.settle();
      // The newer copy has as many items, and one of them replaces another.
      const { client } = pair.source;
      await client.send(new DeleteItemCommand({ TableName: table, Key: { pk: { S: 'item-0' } } }));
      await client.send(new PutItemCommand({ TableName: table, Item: { pk: { S: 'new' } } }));
      await using copied = await pair.run({ 'dynamodb-table-name': table }, { env: service.env });
      assert.equal(copied.exitCode, 0, copied.log);
      await using run = await restoring.restore(latest, attempt(2));
      assert.match(assertRefused(run, 'RESTORE_FAILED'), /another copy into the table/);
      await deleteTable(restoring, into);
      await using repeated = await restoring.restore(latest, attempt(3));
      assert.equal(repeated.exitCode, 0, repeated.log);
      assertSameItems(await pair.source.readItems(into), await pair.source.readItems(table));
    });
  }

  test('writes nothing in a dry run', async () => {
    await using restoring = await openRestorePair();
    const before = restoring.service.requests.length;
    await using run = await restoring.restore({ 'dry-run': 'true' });
    assert.equal(run.exitCode, 0, run.log);
    assert.match(run.log, /Table: .*: new table, method write because the copy has less than 1 GiB/);
    assert.match(run.log, /Dry run passed\. Nothing was written\./);
    const operations = restoring.service.requests.slice(before).map(({ operation }) => operation);
    assert.deepEqual(
      operations.filter((name) => !/^(Describe|List)/.test(name)),
      [],
    );
    assert.equal((await restoring.tables()).includes(restoring.into), false);
  });

  test('restores tags, PITR, stream and deletion protection, and removes its own tag', async () => {
    await using restoring = await openRestorePair({
      // DynamoDB rejects the change of the backups of a new table for some seconds.
      backupsAfterMs: 3_000,
      prepare: async ({ service, table }) => {
        const client = new DynamoDBClient({ endpoint: service.endpoint, region: REGION, credentials: CREDENTIALS });
        const ResourceArn = service.tableArn(table);
        const Tags = [{ Key: 'team', Value: 'shop' }];
        await client.send(new TagResourceCommand({ ResourceArn, Tags }));
        await setTimeout(3_000);
        await client.send(
          new UpdateContinuousBackupsCommand({
            TableName: table,
            PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
          }),
        );
        client.destroy();
      },
    });
    const { service, into } = restoring;
    await using run = await restoring.restore({
      'create-table-kwargs': JSON.stringify({
        StreamSpecification: { StreamEnabled: true, StreamViewType: 'NEW_IMAGE' },
        DeletionProtectionEnabled: true,
      }),
    });
    await restoring.assertRestored(run);
    const { streamViewType, deletionProtection, tags, pointInTimeRecovery } = await service.settings(into);
    assert.equal(pointInTimeRecovery, true);
    assert.deepEqual(
      { streamViewType, deletionProtection, tags },
      {
        ...{ streamViewType: 'NEW_IMAGE', deletionProtection: true, tags: { team: 'shop' } },
      },
    );
  });

  test('sets the stream and the deletion protection of create-table-kwargs with restore-settings none', async () => {
    await using restoring = await openRestorePair();
    await using run = await restoring.restore({
      'create-table-kwargs':
        '{"StreamSpecification": {"StreamEnabled": true, "StreamViewType": "NEW_IMAGE"}, "DeletionProtectionEnabled": true}',
      'restore-settings': 'none',
    });
    await restoring.assertRestored(run);
    const { streamViewType, deletionProtection } = await restoring.service.settings(restoring.into);
    assert.deepEqual({ streamViewType, deletionProtection }, { streamViewType: 'NEW_IMAGE', deletionProtection: true });
  });

  slowTest('restores PITR of a new table as soon as it has backups, and as many tags as a table can have', async () => {
    await using restoring = await openRestorePair({ backupsAfterMs: 4_000 });
    const { service, table, pair, into } = restoring;
    const client = new DynamoDBClient({ endpoint: service.endpoint, region: REGION, credentials: CREDENTIALS });
    const Tags = Array.from({ length: 50 }, (_, nth) => ({ Key: `tag-${nth}`, Value: String(nth) }));
    await client.send(new TagResourceCommand({ ResourceArn: service.tableArn(table), Tags }));
    await setTimeout(4_000);
    const PointInTimeRecoverySpecification = { PointInTimeRecoveryEnabled: true };
    await client.send(new UpdateContinuousBackupsCommand({ TableName: table, PointInTimeRecoverySpecification }));
    client.destroy();
    await using copied = await pair.run({ 'dynamodb-table-name': table }, { env: service.env });
    await using run = await restoring.restore({ copy: copied.outputs['s3-uri'] ?? '' });
    await restoring.assertRestored(run);
    const { tags, pointInTimeRecovery } = await service.settings(into);
    assert.deepEqual(tags, Object.fromEntries(Tags.map(({ Key, Value }) => [Key, Value])));
    assert.equal(pointInTimeRecovery, true);
  });

  test('loads into an empty table, and refuses one with items', async () => {
    await using restoring = await openRestorePair();
    const { pair, into } = restoring;
    await pair.source.createTable([], { TableName: into });
    await using refused = await restoring.restore();
    assert.match(assertRefused(refused, 'TABLE_EXISTS'), /exists\. Nothing was written/);
    await using loaded = await restoring.restore({ 'if-table-exists': 'load-if-empty' });
    await restoring.assertRestored(loaded);
    await using again = await restoring.restore({ 'if-table-exists': 'load-if-empty' });
    assert.match(assertRefused(again, 'TABLE_EXISTS'), /not empty/);
    await using overwritten = await restoring.restore({ 'if-table-exists': 'overwrite' });
    await restoring.assertRestored(overwritten);
  });

  test('refuses the source table unless it is allowed', async () => {
    await using restoring = await openRestorePair();
    const { table } = restoring;
    const inputs = { 'dynamodb-table-name': table, 'if-table-exists': 'overwrite' };
    await using refused = await restoring.restore(inputs);
    assert.match(assertRefused(refused, 'TABLE_PROTECTED'), /the copy was made of.*allow-source-table: true/s);
    await using allowed = await restoring.restore({ ...inputs, 'allow-source-table': 'true' });
    await restoring.assertRestored(allowed, table);
  });

  messageTest(
    'refuses a table with a stream, with a Kinesis destination or with replicas unless it is allowed',
    async () => {
      await using restoring = await openRestorePair();
      const { pair, into, service } = restoring;
      await pair.source.createTable([], { TableName: into });
      const inputs = { 'if-table-exists': 'overwrite' };
      await service.streamToKinesis(into, 'arn:aws:kinesis:us-east-1:123456789012:stream/orders');
      await using kinesis = await restoring.restore(inputs);
      assert.match(assertRefused(kinesis, 'TABLE_PROTECTED'), /Kinesis data stream/);
      await service.replicate(into, 'eu-west-1');
      await using replicas = await restoring.restore({ ...inputs, 'allow-stream': 'true' });
      assert.match(assertRefused(replicas, 'TABLE_PROTECTED'), /1 replica.*allow-global-table: true/s);
      await using allowed = await restoring.restore({
        ...inputs,
        'allow-stream': 'true',
        'allow-global-table': 'true',
      });
      await restoring.assertRestored(allowed);
    },
  );

  test('creates no table if a data object is missing or unexpected', async () => {
    await using restoring = await openRestorePair();
    const { pair, copyUri, into } = restoring;
    const key = `${copyUri.replace(`s3://${pair.bucket}/`, '')}data/extra.json.gz`;
    await pair.store.client.send(new PutObjectCommand({ Bucket: pair.bucket, Key: key, Body: 'x' }));
    await using run = await restoring.restore();
    assertRefused(run, 'COPY_DAMAGED');
    assert.equal((await restoring.tables()).includes(into), false);
  });

  for (const method of fewOf(['write', 'import'] as const, 1)) {
    test(`fails with ${method} if items of the copy have equal keys in the new table`, async () => {
      const items = Array.from({ length: 20 }, (_, nth) => ({ pk: { S: `p${nth % 5}` }, sk: { S: String(nth) } }));
      await using restoring = await openRestorePair({ items, definition: WITH_SORT_KEY as never });
      const byPartitionOnly = {
        KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }],
        AttributeDefinitions: [{ AttributeName: 'pk', AttributeType: 'S' }],
      };
      await using run = await restoring.restore({ method, 'create-table-kwargs': JSON.stringify(byPartitionOnly) });
      assert.match(assertRefused(run, 'RESTORE_FAILED'), /has 5 items, but the copy contains 20 items/);
      assert.equal(run.outputs['item-count'] ?? '', '');
    });
  }

  slowTest('counts the items of a table whose keys no manifest contains', async () => {
    const items = Array.from({ length: 20 }, (_, nth) => ({ pk: { S: `p${nth % 5}` }, sk: { S: String(nth) } }));
    await using restoring = await openRestorePair({ items, definition: WITH_SORT_KEY as never });
    const { pair, copyUri, into } = restoring;
    const { bucket, store } = pair;
    await removeNewerManifests(store, bucket, copyUri.replace(`s3://${bucket}/`, ''));
    await pair.source.createTable([], { TableName: into });
    await using failed = await restoring.restore({ 'if-table-exists': 'load-if-empty' });
    assert.match(assertRefused(failed, 'RESTORE_FAILED'), /has 5 items, but the copy contains 20 items/);
    await deleteTable(restoring, into);
    await pair.source.createTable([], { ...(WITH_SORT_KEY as object), TableName: into });
    await using run = await restoring.restore({ 'if-table-exists': 'load-if-empty' });
    await restoring.assertRestored(run);
  });

  test('refuses a copy of a part of the table unless it is allowed', async () => {
    await using restoring = await openRestorePair({
      copyInputs: { 'dynamodb-scan-kwargs': '{"FilterExpression": "n < :n", "ExpressionAttributeValues": {":n": 5}}' },
    });
    await using refused = await restoring.restore();
    assert.match(assertRefused(refused, 'COPY_NOT_RESTORABLE'), /a part of the table.*allow-subset: true/s);
    await using allowed = await restoring.restore({ 'allow-subset': 'true' });
    assert.equal(allowed.exitCode, 0, allowed.log);
    assert.equal(allowed.outputs['item-count'], '5');
  });

  test('refuses a copy in a format without the types of DynamoDB', async () => {
    await using restoring = await openRestorePair({ copyInputs: { 'export-format': 'JSON' } });
    await using refused = await restoring.restore();
    assert.match(assertRefused(refused, 'COPY_NOT_RESTORABLE'), /its format is JSON/);
  });
});
