import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { assertFailed, type Inputs, openPair, smallItems, startServers } from '../fixtures/pair.ts';
import { fewOf, slowTest } from '../run/effort.ts';

await startServers();

/** Value in the scan parameters that must not appear in the log or in the summary. */
const PRIVATE = 'patient-4711';

/** Invalid inputs, and the lines of the error message for them. */
const CASES: Readonly<Record<string, { readonly inputs: Inputs; readonly problems: readonly RegExp[] }>> = {
  'unknown scan parameters': {
    inputs: { 'dynamodb-scan-kwargs': `{"FilterExpresion": "${PRIVATE}", "TableName": "${PRIVATE}"}` },
    problems: [
      /dynamodb-scan-kwargs\.FilterExpresion: is not a supported parameter.*Use FilterExpression, ProjectionExpression.* or ExclusiveStartKey/,
      /dynamodb-scan-kwargs\.TableName: .*Use the input dynamodb-table-name/,
    ],
  },
  'malformed JSON in dynamodb-scan-kwargs': {
    inputs: { 'dynamodb-scan-kwargs': `{"ExpressionAttributeValues": {":x": "${PRIVATE}"}` },
    problems: [/dynamodb-scan-kwargs: must be a JSON or YAML mapping\. Line 1, column \d+/],
  },
  'malformed YAML in s3-put-object-kwargs': {
    inputs: { 's3-put-object-kwargs': `StorageClass: STANDARD\n\tTagging: ${PRIVATE}` },
    problems: [/s3-put-object-kwargs: must be a JSON or YAML mapping\. Line 2, column \d+/],
  },
  'a duplicate key in dynamodb-scan-kwargs': {
    inputs: { 'dynamodb-scan-kwargs': `Limit: 1\nLimit: 2` },
    problems: [/dynamodb-scan-kwargs: .*Line 2, column 1: this key is defined twice/],
  },
  'an invalid file-size': {
    inputs: { 'file-size': '10 parsecs' },
    problems: [/file-size: "10 parsecs" is invalid\. Use .*KiB, MiB or GiB from 64KiB to 4GiB/],
  },
  'total-segments: 0': {
    inputs: { 'total-segments': '0' },
    problems: [/total-segments: "0" is invalid\. Use auto, or a whole number from 1 to 1,000,000/],
  },
  'Select: COUNT': {
    inputs: { 'dynamodb-scan-kwargs': 'Select: COUNT' },
    problems: [/dynamodb-scan-kwargs\.Select: must be .*ALL_ATTRIBUTES/],
  },
  'a number with more than 38 significant digits': {
    inputs: {
      'dynamodb-scan-kwargs': `{"FilterExpression": "n = :n", "ExpressionAttributeValues": {":n": 4711${'1'.repeat(34)}5}}`,
    },
    problems: [/ExpressionAttributeValues\[":n"\]: .*more than 38 significant digits and would be rounded/],
  },
  'undefined and unused placeholders of expressions': {
    inputs: { 'dynamodb-scan-kwargs': `FilterExpression: '#a = :b'\nExpressionAttributeNames: {'#c': ${PRIVATE}}` },
    problems: [
      /ExpressionAttributeNames: does not define 1 of the placeholders/,
      /ExpressionAttributeNames\["#c"\]: is not used/,
      /ExpressionAttributeValues: does not define 1 of the placeholders/,
    ],
  },
  'an unknown placeholder in s3-key-prefix': {
    inputs: { 's3-key-prefix': '{tabel}/{date}' },
    problems: [/s3-key-prefix: "\{tabel\}" is not a valid placeholder\. Use \{table\}, \{date\}.* or \{sha\}/],
  },
  'unsupported values of export-format, compression, if-empty and s3-force-path-style': {
    inputs: { 'export-format': 'PARQUET', compression: 'lz4', 'if-empty': 'shrug', 's3-force-path-style': 'yes' },
    problems: [
      /export-format: "PARQUET" is invalid\. Use .*DYNAMODB_JSON/,
      /compression: "lz4" is invalid\. Use gzip, zstd or none/,
      /if-empty: "shrug" is invalid\. Use warn, error or ignore/,
      /s3-force-path-style: "yes" is invalid\. Use true or false/,
    ],
  },
  'PutObject parameters that have a separate input or are not supported': {
    inputs: { 's3-put-object-kwargs': '{"ServerSideEncryption": "AES256", "ContentEncoding": "gzip"}' },
    problems: [
      /s3-put-object-kwargs\.ServerSideEncryption: .*Use the input s3-sse-algorithm/,
      /s3-put-object-kwargs\.ContentEncoding: is not supported/,
    ],
  },
  'a missing table name and bucket name': {
    inputs: { 'dynamodb-table-name': '', 's3-bucket-name': ' ' },
    problems: [/dynamodb-table-name: is required/, /s3-bucket-name: is required/],
  },
  'an invalid bucket owner, KMS key and bucket name': {
    inputs: { 's3-bucket-owner': '123', 's3-sse-kms-key-id': 'alias/x', 's3-bucket-name': 's3://bucket/folder' },
    problems: [
      /s3-bucket-owner: "123"/,
      /s3-sse-kms-key-id: requires s3-sse-algorithm: KMS/,
      /s3-bucket-name: .* is a URI/,
    ],
  },
};

/** Cases that set different inputs. */
const COMBINABLE_CASES = [
  'unknown scan parameters',
  'malformed YAML in s3-put-object-kwargs',
  'an invalid file-size',
  'total-segments: 0',
  'an unknown placeholder in s3-key-prefix',
  'unsupported values of export-format, compression, if-empty and s3-force-path-style',
  'an invalid bucket owner, KMS key and bucket name',
];

suite('invalid inputs', { concurrency: 2 }, () => {
  for (const [name, { inputs, problems }] of fewOf(Object.entries(CASES), 2)) {
    test(`rejects ${name} before the first AWS request`, async () => {
      await assertRejected(inputs, problems);
    });
  }

  test('reports every invalid input in one failure', async () => {
    const cases = COMBINABLE_CASES.map((name) => CASES[name] as (typeof CASES)[string]);
    await assertRejected(
      Object.assign({}, ...cases.map(({ inputs }) => inputs)),
      cases.flatMap(({ problems }) => problems),
    );
  });
});

suite('inputs that are invalid for the table', { concurrency: 2 }, () => {
  const WITH_GLOBAL_INDEX = {
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

  slowTest('rejects ConsistentRead on a global secondary index before the first write', async () => {
    await using pair = await openPair();
    const table = await pair.source.createTable(smallItems(1), WITH_GLOBAL_INDEX);
    await using run = await pair.run({
      'dynamodb-table-name': table,
      'dynamodb-scan-kwargs': 'IndexName: by-number\nConsistentRead: true',
    });
    const { message, remedy } = await assertFailed(run, pair, 'INVALID_INPUT');
    assert.match(message, /^ConsistentRead is true, but IndexName is a global/);
    assert.match(remedy, /Leave ConsistentRead out/);
    assert.deepEqual(await pair.store.list(pair.bucket), []);
  });

  test('rejects an index that does not exist before the first write', async () => {
    await using pair = await openPair();
    const table = await pair.source.createTable(smallItems(1), WITH_GLOBAL_INDEX);
    await using run = await pair.run({ 'dynamodb-table-name': table, 'dynamodb-scan-kwargs': 'IndexName: by-nmber' });
    const { remedy } = await assertFailed(run, pair, 'INDEX_NOT_FOUND');
    assert.match(remedy, /by-number/);
    assert.deepEqual(await pair.store.list(pair.bucket), []);
  });

  test('does not show the names and values of a filter that DynamoDB rejects', async () => {
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

async function assertRejected(inputs: Inputs, problems: readonly RegExp[]): Promise<void> {
  await using pair = await openPair();
  await using run = await pair.run({ 'dynamodb-table-name': 'orders', ...inputs });
  const { message, remedy } = await assertFailed(run, pair, 'INVALID_INPUT');
  const lines = message.split('\n').filter((line) => line.startsWith('- '));
  for (const problem of problems) {
    const count = lines.filter((line) => problem.test(line)).length;
    assert.equal(count, 1, `${count} lines match ${problem}, expected one:\n${message}`);
  }
  assert.equal(lines.length, problems.length, message);
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
      assert.ok(!text.includes(word), `${word} appears in:\n${text}`);
    }
  }
}
