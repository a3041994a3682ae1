import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { assertFailed, type Inputs, openPair, smallItems, startServers } from '../fixtures/pair.ts';
import { fewOf } from '../run/effort.ts';

await startServers();

/** Stands for a value of the scan that is nobody else's business. */
const PRIVATE = 'patient-4711';

/** Inputs that are wrong, and what the one failure must say of each. */
const CASES: Readonly<Record<string, { readonly inputs: Inputs; readonly says: readonly RegExp[] }>> = {
  'unknown parameters': {
    inputs: { 'dynamodb-scan-kwargs': `{"FilterExpresion": "${PRIVATE}", "TableName": "${PRIVATE}"}` },
    says: [
      /dynamodb-scan-kwargs\.FilterExpresion: is not a supported parameter.*Use FilterExpression, ProjectionExpression.* or ExclusiveStartKey/,
      /dynamodb-scan-kwargs\.TableName: .*Use the input dynamodb-table-name/,
    ],
  },
  'malformed JSON': {
    inputs: { 'dynamodb-scan-kwargs': `{"ExpressionAttributeValues": {":x": "${PRIVATE}"}` },
    says: [/dynamodb-scan-kwargs: must be a JSON or YAML mapping\. Line 1, column \d+/],
  },
  'malformed YAML': {
    inputs: { 's3-put-object-kwargs': `StorageClass: STANDARD\n\tTagging: ${PRIVATE}` },
    says: [/s3-put-object-kwargs: must be a JSON or YAML mapping\. Line 2, column \d+/],
  },
  'the same key twice': {
    inputs: { 'dynamodb-scan-kwargs': `Limit: 1\nLimit: 2` },
    says: [/dynamodb-scan-kwargs: .*Line 2, column 1: this key is defined twice/],
  },
  'a size that is none': {
    inputs: { 'file-size': '10 parsecs' },
    says: [/file-size: "10 parsecs" is invalid\. Use .*KiB, MiB or GiB from 64KiB to 4GiB/],
  },
  'no segments': {
    inputs: { 'total-segments': '0' },
    says: [/total-segments: "0" is invalid\. Use auto, or a whole number from 1 to 1,000,000/],
  },
  'a count instead of items': {
    inputs: { 'dynamodb-scan-kwargs': 'Select: COUNT' },
    says: [/dynamodb-scan-kwargs\.Select: must be .*ALL_ATTRIBUTES/],
  },
  'a number that would be rounded': {
    inputs: {
      'dynamodb-scan-kwargs': `{"FilterExpression": "n = :n", "ExpressionAttributeValues": {":n": 4711${'1'.repeat(34)}5}}`,
    },
    says: [/ExpressionAttributeValues\[":n"\]: .*more than 38 significant digits and would be rounded/],
  },
  'a placeholder of an expression that is not defined': {
    inputs: { 'dynamodb-scan-kwargs': `FilterExpression: '#a = :b'\nExpressionAttributeNames: {'#c': ${PRIVATE}}` },
    says: [
      /ExpressionAttributeNames: does not define 1 of the placeholders/,
      /ExpressionAttributeNames\["#c"\]: is not used/,
      /ExpressionAttributeValues: does not define 1 of the placeholders/,
    ],
  },
  'a placeholder of the prefix that does not exist': {
    inputs: { 's3-key-prefix': '{tabel}/{date}' },
    says: [/s3-key-prefix: "\{tabel\}" is not a valid placeholder\. Use \{table\}, \{date\}.* or \{sha\}/],
  },
  'a format, a compression and a policy that do not exist': {
    inputs: { 'export-format': 'PARQUET', compression: 'lz4', 'if-empty': 'shrug', 's3-force-path-style': 'yes' },
    says: [
      /export-format: "PARQUET" is invalid\. Use .*DYNAMODB_JSON/,
      /compression: "lz4" is invalid\. Use gzip, zstd or none/,
      /if-empty: "shrug" is invalid\. Use warn, error or ignore/,
      /s3-force-path-style: "yes" is invalid\. Use true or false/,
    ],
  },
  'parameters of objects that have inputs of their own': {
    inputs: { 's3-put-object-kwargs': '{"ServerSideEncryption": "AES256", "ContentEncoding": "gzip"}' },
    says: [
      /s3-put-object-kwargs\.ServerSideEncryption: .*Use the input s3-sse-algorithm/,
      /s3-put-object-kwargs\.ContentEncoding: is not supported/,
    ],
  },
  'what is required and missing': {
    inputs: { 'dynamodb-table-name': '', 's3-bucket-name': ' ' },
    says: [/dynamodb-table-name: is required/, /s3-bucket-name: is required/],
  },
  'an owner, a key and a bucket that are none': {
    inputs: { 's3-bucket-owner': '123', 's3-sse-kms-key-id': 'alias/x', 's3-bucket-name': 's3://bucket/folder' },
    says: [
      /s3-bucket-owner: "123"/,
      /s3-sse-kms-key-id: requires s3-sse-algorithm: KMS/,
      /s3-bucket-name: .* is a URI/,
    ],
  },
};

/** Cases whose inputs do not overlap. */
const ALL_AT_ONCE = [
  'unknown parameters',
  'malformed YAML',
  'a size that is none',
  'no segments',
  'a placeholder of the prefix that does not exist',
  'a format, a compression and a policy that do not exist',
  'an owner, a key and a bucket that are none',
];

suite('bad input is refused by name, with what is allowed, and nothing is asked of AWS', { concurrency: 2 }, () => {
  for (const [name, { inputs, says }] of fewOf(Object.entries(CASES), 6)) {
    test(name, async () => {
      await assertRefused(inputs, says);
    });
  }

  test('all at once, in one failure', async () => {
    const cases = ALL_AT_ONCE.map((name) => CASES[name] as (typeof CASES)[string]);
    await assertRefused(
      Object.assign({}, ...cases.map(({ inputs }) => inputs)),
      cases.flatMap(({ says }) => says),
    );
  });
});

suite('what only the table can tell is refused before anything is written', { concurrency: 2 }, () => {
  const INDEXED = {
    AttributeDefinitions: [
      { AttributeName: 'pk', AttributeType: 'S' as const },
      { AttributeName: 'n', AttributeType: 'N' as const },
    ],
    GlobalSecondaryIndexes: [
      {
        IndexName: 'by-number',
        KeySchema: [{ AttributeName: 'n', KeyType: 'HASH' as const }],
        Projection: { ProjectionType: 'ALL' as const },
      },
    ],
  };

  test('a consistent read of a global index', async () => {
    await using pair = await openPair();
    const table = await pair.source.createTable(smallItems(1), INDEXED);
    await using run = await pair.run({
      'dynamodb-table-name': table,
      'dynamodb-scan-kwargs': 'IndexName: by-number\nConsistentRead: true',
    });
    const { message, remedy } = await assertFailed(run, pair, 'INVALID_INPUT');
    assert.match(message, /dynamodb-scan-kwargs: ConsistentRead/);
    assert.match(remedy, /Leave ConsistentRead out/);
    assert.deepEqual(await pair.store.list(pair.bucket), []);
  });

  test('an index that does not exist', async () => {
    await using pair = await openPair();
    const table = await pair.source.createTable(smallItems(1), INDEXED);
    await using run = await pair.run({ 'dynamodb-table-name': table, 'dynamodb-scan-kwargs': 'IndexName: by-nmber' });
    const { remedy } = await assertFailed(run, pair, 'INDEX_NOT_FOUND');
    assert.match(remedy, /by-number/);
    assert.deepEqual(await pair.store.list(pair.bucket), []);
  });

  test('a filter that DynamoDB refuses is not echoed', async () => {
    await using pair = await openPair();
    const table = await pair.source.createTable(smallItems(1));
    await using run = await pair.run({
      'dynamodb-table-name': table,
      'dynamodb-scan-kwargs': JSON.stringify({
        FilterExpression: 'size(:x, :x) = secret_attribute',
        ExpressionAttributeValues: { ':x': PRIVATE },
      }),
    });
    await assertFailed(run, pair, 'INVALID_SCAN');
    assertNotShown(run, [PRIVATE, 'secret_attribute']);
  });
});

async function assertRefused(inputs: Inputs, says: readonly RegExp[]): Promise<void> {
  await using pair = await openPair();
  await using run = await pair.run({ 'dynamodb-table-name': 'orders', ...inputs });
  const { message, remedy } = await assertFailed(run, pair, 'INVALID_INPUT');
  const lines = message.split('\n').filter((line) => line.startsWith('- '));
  for (const pattern of says) {
    assert.equal(lines.filter((line) => pattern.test(line)).length, 1, `${pattern} in one line of:\n${message}`);
  }
  assert.equal(lines.length, says.length, message);
  assert.match(remedy, /Fix the inputs/);
  assertNotShown(run, [PRIVATE, '4711']);
  assert.deepEqual([...pair.source.requests, ...pair.store.requests], []);
}

function assertNotShown(
  run: { readonly stdout: string; readonly stderr: string; readonly summary: string },
  words: readonly string[],
): void {
  for (const word of words) {
    for (const text of [run.stdout, run.stderr, run.summary]) {
      assert.ok(!text.includes(word), `${word} is shown in:\n${text}`);
    }
  }
}
