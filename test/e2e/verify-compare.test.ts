import assert from 'node:assert/strict';
import { readFileSync, statSync } from 'node:fs';
import { suite, test } from 'node:test';
import { DeleteItemCommand, DeleteTableCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { chosenSource } from '../emulators/source.ts';
import { chosenStore } from '../emulators/store.ts';
import { dynamoDbDenies } from '../fixtures/aws-errors.ts';
import { startServers } from '../fixtures/pair.ts';
import { edgeItems } from '../fixtures/table-of-edges.ts';
import { assertNotVerified, assertVerified, openVerifyPair, type VerifyPair } from '../fixtures/verify-pair.ts';
import { fewOf, messageTest, slowTest } from '../run/effort.ts';
import type { RunResult } from '../runner/runner.ts';

await startServers();

/** Changes one item, adds one and deletes two. */
async function changeTable({ pair, table }: VerifyPair): Promise<void> {
  const { client } = pair.source;
  await client.send(new PutItemCommand({ TableName: table, Item: { pk: { S: 'item-1' }, n: { N: '2' } } }));
  await client.send(new PutItemCommand({ TableName: table, Item: { pk: { S: 'new' } } }));
  for (const pk of ['item-2', 'item-3']) {
    await client.send(new DeleteItemCommand({ TableName: table, Key: { pk: { S: pk } } }));
  }
}

const DIFFERENCES = [
  { kind: 'different', key: { pk: { S: 'item-1' } } },
  { kind: 'only-in-copy', key: { pk: { S: 'item-2' } } },
  { kind: 'only-in-copy', key: { pk: { S: 'item-3' } } },
  { kind: 'only-in-other', key: { pk: { S: 'new' } } },
];

function assertDifferences(run: RunResult): void {
  const message = assertNotVerified(run, 'DIFFERENCES_FOUND');
  assert.match(message, /1 item has other values, 2 items exist only in the copy, 1 item exists only in /);
  const { outputs } = run;
  assert.deepEqual(
    ['only-in-copy-count', 'only-in-other-count', 'different-count', 'differences-complete'].map(
      (name) => outputs[name],
    ),
    ['2', '1', '1', 'true'],
  );
  const file = outputs['differences-file'] ?? '';
  const lines = readFileSync(file, 'utf8').trim().split('\n');
  const sorted = lines.map((line) => JSON.parse(line) as (typeof DIFFERENCES)[number]);
  assert.deepEqual(
    sorted.sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1)),
    DIFFERENCES,
  );
  assert.equal(statSync(file).mode & 0o777, 0o600);
  for (const text of [run.log, run.summary]) assert.doesNotMatch(text, /item-\d/);
}

suite('verify with compare-with: a table', { concurrency: 3 }, () => {
  for (const [format, compression] of fewOf(
    [
      ['DYNAMODB_JSON', 'gzip'],
      ['ION', 'zstd'],
    ] as const,
    1,
  )) {
    test(`verifies that a copy in ${format} has every item of the table`, async () => {
      const edges = edgeItems(chosenSource());
      await using verifying = await openVerifyPair({
        items: format === 'ION' ? edges.filter((item) => !/\\ud[89a-f]/.test(JSON.stringify(item))) : edges,
        copyInputs: { 'export-format': format, compression },
      });
      const { pair, table, verify } = verifying;
      const before = pair.source.requests.length;
      await using run = await verify({ 'compare-with': table });
      assertVerified(run);
      assert.deepEqual(
        [
          'only-in-copy-count',
          'only-in-other-count',
          'different-count',
          'differences-complete',
          'differences-file',
        ].map((name) => run.outputs[name]),
        ['0', '0', '0', 'true', undefined],
      );
      const scans = pair.source.requests.slice(before).filter(({ operation }) => operation === 'Scan');
      assert.ok(scans.length > 0);
      for (const { parameters } of scans)
        assert.equal((parameters as { ConsistentRead?: boolean }).ConsistentRead, true);
    });
  }

  test('fails with DIFFERENCES_FOUND, and writes the keys to a file and not to the log', async () => {
    await using verifying = await openVerifyPair();
    await changeTable(verifying);
    await using run = await verifying.verify({ 'compare-with': verifying.table });
    assertDifferences(run);
    assert.match(run.summary, /\| Only in the copy \| 2 \|/);
  });

  messageTest('fails if the table does not exist or cannot be read', async () => {
    await using verifying = await openVerifyPair();
    const { pair, table, verify } = verifying;
    await using missing = await verify({ 'compare-with': 'no-such-table' });
    assert.match(assertNotVerified(missing, 'TABLE_NOT_FOUND'), /compare-with/);
    pair.source.inject(({ operation }) => (operation === 'Scan' ? dynamoDbDenies('dynamodb:Scan') : undefined));
    await using denied = await verify({ 'compare-with': table });
    assert.match(assertNotVerified(denied, 'ACCESS_DENIED'), /dynamodb:Scan/);
  });

  slowTest('fails with NOT_COMPARABLE for a part of a table and for a table with another key', async () => {
    await using verifying = await openVerifyPair();
    const { pair, table, copyAgain, verify } = verifying;
    const part = await copyAgain({ 'dynamodb-scan-kwargs': '{"ProjectionExpression": "pk"}' });
    await using run = await verify({ copy: part, 'compare-with': table });
    assertNotVerified(run, 'NOT_COMPARABLE');
    const other = await pair.source.createTable([], {
      KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
      AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
    });
    await using otherKey = await verify({ 'compare-with': other });
    assertNotVerified(otherKey, 'NOT_COMPARABLE');
  });

  test('reports in a dry run what it would read, and reads no item', async () => {
    await using verifying = await openVerifyPair();
    const { pair, table, verify } = verifying;
    const before = pair.source.requests.length;
    await using run = await verify({ 'compare-with': table, 'dry-run': 'true' });
    assert.equal(run.exitCode, 0, run.log);
    assert.match(run.log, new RegExp(`And compares it with: table ${table}`));
    const operations = pair.source.requests.slice(before).map(({ operation }) => operation);
    assert.deepEqual(operations, ['DescribeTable']);
  });
});

suite('verify with compare-with: another copy', { concurrency: 3 }, () => {
  messageTest('finds no difference between copies in two formats after the table is gone', async () => {
    await using verifying = await openVerifyPair();
    const { pair, table, copyUri, copyAgain, verify } = verifying;
    const ion = await copyAgain({ 'export-format': 'ION', compression: 'zstd' });
    await pair.source.client.send(new DeleteTableCommand({ TableName: table }));
    await using run = await verify({ 'compare-with': ion });
    assertVerified(run);
    assert.match(run.summary, new RegExp(`Compared with \\| ${ion.replace(/\W/g, '.{1,5}')}`));
    await using reverse = await verify({ copy: ion, 'compare-with': copyUri });
    assertVerified(reverse);
  });

  slowTest('fails with DIFFERENCES_FOUND if the table changed between the copies', async () => {
    await using verifying = await openVerifyPair();
    await changeTable(verifying);
    const after = await verifying.copyAgain();
    await using run = await verifying.verify({ 'compare-with': after });
    assertDifferences(run);
  });

  messageTest('reads a copy in another bucket, and requires its owner', async () => {
    // versitygw checks the owner, and its owners are not 12-digit account IDs.
    const ofStore = chosenStore() === 'versitygw' ? ({ storeName: 'fauxqs' } as const) : {};
    await using verifying = await openVerifyPair(ofStore);
    const { pair, copyAgain, verify } = verifying;
    const other = await pair.store.createBucket();
    const elsewhere = await copyAgain({ 's3-bucket-name': other });
    const before = pair.store.requests.length;
    await using run = await verify({ 'compare-with': elsewhere, 'compare-bucket-owner': '123456789012' });
    assertVerified(run);
    const ownersOf = (bucket: string) => {
      const requests = pair.store.requests.slice(before).filter((request) => request.bucket === bucket);
      const objects = requests.filter(({ operation }) => operation !== 'HeadBucket');
      return [...new Set(objects.map(({ headers }) => headers['x-amz-expected-bucket-owner']))];
    };
    assert.deepEqual([ownersOf(pair.bucket), ownersOf(other)], [[undefined], ['123456789012']]);
    await using missing = await verify({ 'compare-with': elsewhere.replace(other, 'no-such-bucket') });
    assert.match(
      assertNotVerified(missing, 'BUCKET_NOT_FOUND'),
      /The bucket no-such-bucket .*\nCheck compare-with and/,
    );
  });

  messageTest('names the other copy if it does not exist, is damaged or is the copy itself', async () => {
    await using verifying = await openVerifyPair();
    const { pair, table, copyUri, copyAgain, verify } = verifying;
    const missing = copyUri.replace(/[0-9a-f]{8}\/$/, '00000000/');
    await using notFound = await verify({ 'compare-with': missing });
    assert.match(assertNotVerified(notFound, 'COPY_NOT_FOUND'), /00000000\/ contains no .*\nSet compare-with to/);
    const latest = { copy: 'latest', 's3-bucket-name': pair.bucket, 'source-table-name': table };
    await using itself = await verify({ ...latest, 'compare-with': copyUri });
    assert.match(assertNotVerified(itself, 'INVALID_INPUT'), /compare-with: is the copy that is verified/);
    const other = await copyAgain();
    const root = other.replace(`s3://${pair.bucket}/`, '');
    pair.store.inject(({ operation, key = '' }) =>
      operation === 'GetObject' && key.startsWith(`${root}data/`) ? 'flip' : undefined,
    );
    await using damaged = await verify({ 'compare-with': other });
    assert.match(assertNotVerified(damaged, 'COPY_DAMAGED'), new RegExp(root));
  });
});
