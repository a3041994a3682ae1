import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { suite, test } from 'node:test';
import type { CompleteCopy } from '../../src/report/next-steps/next-step.ts';
import { nextStepsFor, nextStepsMarkdown } from '../../src/report/next-steps-markdown.ts';

const IMPORT_TITLE = 'Restore to a new table';
const BULK_TITLE = 'Load the items into an existing table';
const DUCKDB_TITLE = 'Query the copy with DuckDB';
const ATHENA_TITLE = 'Query the copy with Athena';

/** A complete copy of a whole table on AWS with a sort key, a global and a local secondary index. */
const COPY: CompleteCopy = {
  table: {
    TableName: 'orders',
    KeySchema: [
      { AttributeName: 'customer', KeyType: 'HASH' },
      { AttributeName: 'placed', KeyType: 'RANGE' },
    ],
    AttributeDefinitions: [
      { AttributeName: 'customer', AttributeType: 'S' },
      { AttributeName: 'placed', AttributeType: 'N' },
      { AttributeName: 'status', AttributeType: 'S' },
      { AttributeName: 'total', AttributeType: 'N' },
    ],
    GlobalSecondaryIndexes: [
      {
        IndexName: 'by-status',
        KeySchema: [{ AttributeName: 'status', KeyType: 'HASH' }],
        Projection: { ProjectionType: 'KEYS_ONLY' },
        IndexStatus: 'ACTIVE',
        IndexSizeBytes: 1,
        ItemCount: 1,
      },
    ],
    LocalSecondaryIndexes: [
      {
        IndexName: 'by-total',
        KeySchema: [
          { AttributeName: 'customer', KeyType: 'HASH' },
          { AttributeName: 'total', KeyType: 'RANGE' },
        ],
        Projection: { ProjectionType: 'ALL' },
      },
    ],
  },
  tableName: 'orders',
  region: 'eu-central-1',
  bucket: 'my-backups',
  bucketRegion: 'eu-west-1',
  bucketOwner: undefined,
  isOnAws: true,
  data: 'nightly/2026-11-23/AWSDynamoDB/01795380791669-d2866989/data/',
  root: 'nightly/2026-11-23/AWSDynamoDB/01795380791669-d2866989/',
  fileCount: 7,
  format: 'DYNAMODB_JSON',
  compression: 'gzip',
  scope: 'table',
  hasWholeItems: true,
  isIncremental: false,
  isArchived: false,
  isRequesterPays: false,
};

function titles(change: Partial<CompleteCopy>): string[] {
  return nextStepsFor({ ...COPY, ...change }).map(({ title }) => title);
}

function codeOf(title: string, change: Partial<CompleteCopy> = {}): readonly string[] {
  return (
    nextStepsFor({ ...COPY, ...change }).find((step) => step.title === title)?.code ??
    assert.fail(`the step "${title}" is not offered`)
  );
}

/** Returns the words into which a shell splits the command. */
function words(code: readonly string[]): string[] {
  const { stdout, status, stderr } = spawnSync('sh', ['-c', `aws() { printf '%s\\0' aws "$@"; }\n${code.join('\n')}`]);
  assert.equal(status, 0, stderr.toString());
  return stdout.toString().split('\0').slice(0, -1);
}

function option(code: readonly string[], name: string): string {
  const all = words(code);
  return all[all.indexOf(name) + 1] ?? assert.fail(`the command has no option ${name}`);
}

suite('the next steps offered for a complete copy', () => {
  const cases: readonly (readonly [what: string, change: Partial<CompleteCopy>, offered: readonly string[]])[] = [
    ['a whole table', {}, [IMPORT_TITLE, BULK_TITLE, DUCKDB_TITLE, ATHENA_TITLE]],
    ['a copy without compression', { compression: 'none' }, [IMPORT_TITLE, BULK_TITLE, DUCKDB_TITLE, ATHENA_TITLE]],
    ['a copy with zstd', { compression: 'zstd' }, [IMPORT_TITLE, BULK_TITLE, DUCKDB_TITLE, ATHENA_TITLE]],
    ['an ION copy, which only DynamoDB reads', { format: 'ION' }, [IMPORT_TITLE, BULK_TITLE]],
    ['a JSON copy, which DynamoDB cannot import', { format: 'JSON' }, [DUCKDB_TITLE]],
    [
      'a copy with process-func, whose format is unknown',
      { format: 'CUSTOM', scope: 'subset', hasWholeItems: false },
      [],
    ],
    [
      'whole items of a part of the table, which is not a restore',
      { scope: 'subset' },
      [BULK_TITLE, DUCKDB_TITLE, ATHENA_TITLE],
    ],
    [
      'projected items, which cannot be loaded into a table',
      { scope: 'subset', hasWholeItems: false },
      [DUCKDB_TITLE, ATHENA_TITLE],
    ],
    ['an incremental export, which contains changes', { scope: 'subset', isIncremental: true }, []],
    ['archived objects, which cannot be read', { isArchived: true }, []],
    ['a requester-pays bucket, which an import cannot read', { isRequesterPays: true }, [DUCKDB_TITLE]],
    ['an S3-compatible store, which other AWS services cannot reach', { isOnAws: false }, [DUCKDB_TITLE]],
    ['a copy without objects', { fileCount: 0 }, []],
    [
      'the maximum number of objects of an import',
      { fileCount: 50_000 },
      [IMPORT_TITLE, BULK_TITLE, DUCKDB_TITLE, ATHENA_TITLE],
    ],
    ['more objects than an import reads', { fileCount: 50_001 }, [DUCKDB_TITLE, ATHENA_TITLE]],
    ['a prefix with URL wildcards', { data: "it's [x]*?/AWSDynamoDB/1-2/data/" }, [IMPORT_TITLE, BULK_TITLE]],
    ['a table with an unknown key schema', { table: {} }, [BULK_TITLE, DUCKDB_TITLE]],
  ];
  for (const [what, change, offered] of cases) {
    test(`are ${offered.join(', ') || 'none'} for ${what}`, () => assert.deepEqual(titles(change), offered));
  }
});

test('the import-table command contains the bucket, the prefix, the keys, the global indexes and a new table name', () => {
  const code = codeOf(IMPORT_TITLE);
  assert.deepEqual(words(code).slice(0, 3), ['aws', 'dynamodb', 'import-table']);
  assert.equal(option(code, '--region'), 'eu-central-1');
  assert.equal(option(code, '--input-format'), 'DYNAMODB_JSON');
  assert.equal(option(code, '--input-compression-type'), 'GZIP');
  assert.deepEqual(JSON.parse(option(code, '--s3-bucket-source')), { S3Bucket: 'my-backups', S3KeyPrefix: COPY.data });
  assert.deepEqual(JSON.parse(option(code, '--table-creation-parameters')), {
    TableName: 'orders-restored',
    // Without the attribute that only the local index uses: DynamoDB rejects definitions that are not used.
    AttributeDefinitions: COPY.table.AttributeDefinitions?.slice(0, 3),
    KeySchema: COPY.table.KeySchema,
    BillingMode: 'PAY_PER_REQUEST',
    GlobalSecondaryIndexes: [
      {
        IndexName: 'by-status',
        KeySchema: [{ AttributeName: 'status', KeyType: 'HASH' }],
        Projection: { ProjectionType: 'KEYS_ONLY' },
      },
    ],
  });
  assert.match(nextStepsFor(COPY)[0]?.note ?? '', /does not create local secondary indexes/);
  const { LocalSecondaryIndexes: _, ...table } = COPY.table;
  assert.doesNotMatch(nextStepsFor({ ...COPY, table })[0]?.note ?? '', /local/);
});

test('the import-table command contains the bucket owner, the input format and the compression', () => {
  const code = codeOf(IMPORT_TITLE, { bucketOwner: '012345678901', compression: 'zstd', format: 'ION' });
  assert.equal(JSON.parse(option(code, '--s3-bucket-source')).S3BucketOwner, '012345678901');
  assert.equal(option(code, '--input-compression-type'), 'ZSTD');
  assert.equal(option(code, '--input-format'), 'ION');
  assert.equal(option(codeOf(IMPORT_TITLE, { compression: 'none' }), '--input-compression-type'), 'NONE');
});

test('the import-table command shortens the new table name to the 255 characters that DynamoDB accepts', () => {
  const tableName = 'a'.repeat(255);
  const parameters = JSON.parse(option(codeOf(IMPORT_TITLE, { tableName }), '--table-creation-parameters'));
  assert.equal(parameters.TableName.length, 255);
  assert.notEqual(parameters.TableName, tableName);
});

test('the start-bulk-put-items command loads into another table and writes its error report outside of the data prefix', () => {
  const code = codeOf(BULK_TITLE);
  assert.deepEqual(words(code).slice(0, 3), ['aws', 'dynamodb', 'start-bulk-put-items']);
  assert.equal(option(code, '--table-name'), 'orders-restored');
  assert.deepEqual(JSON.parse(option(code, '--input-s3-configuration')), {
    S3Bucket: 'my-backups',
    S3KeyPrefix: COPY.data,
    InputFormat: 'DYNAMODB_JSON',
    InputCompressionType: 'GZIP',
  });
  const output = JSON.parse(option(code, '--output-s3-configuration'));
  assert.deepEqual(output.OutputType, ['ERROR']);
  assert.ok(!output.S3KeyPrefix.startsWith(COPY.data) && output.S3KeyPrefix.startsWith(COPY.root));
});

test('a shell passes every prefix and key attribute unchanged', () => {
  const data = `it's "a" $(touch x) \`touch x\` \\ ; & | * ü 😀/AWSDynamoDB/1-2/data/`;
  const AttributeName = `k'ey "$HOME" \`x\` \u007f\u2028`;
  const table = {
    KeySchema: [{ AttributeName, KeyType: 'HASH' as const }],
    AttributeDefinitions: [{ AttributeName, AttributeType: 'S' as const }],
  };
  const code = codeOf(IMPORT_TITLE, { data, table });
  assert.equal(JSON.parse(option(code, '--s3-bucket-source')).S3KeyPrefix, data);
  assert.equal(JSON.parse(option(code, '--table-creation-parameters')).KeySchema[0].AttributeName, AttributeName);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these characters must not reach the command
  assert.doesNotMatch(code.join(''), /[\u0000-\u001f\u007f-\u009f\u2028\u2029]/);
});

test('the DuckDB query reads the objects of the copy in the Region of the bucket and selects the keys', () => {
  assert.deepEqual(codeOf(DUCKDB_TITLE), [
    "duckdb <<'SQL'",
    "CREATE SECRET (TYPE s3, PROVIDER credential_chain, REGION 'eu-west-1');",
    'SELECT',
    `  line->>'$.Item.customer.S' AS "customer",`,
    `  line->>'$.Item.placed.N' AS "placed",`,
    '  line',
    `FROM read_ndjson_objects('s3://my-backups/${COPY.data}*.json.gz') AS lines(line)`,
    'LIMIT 10;',
    'SQL',
  ]);
  assert.ok(codeOf(DUCKDB_TITLE, { compression: 'zstd' }).some((line) => line.includes("*.json.zst')")));
  assert.ok(codeOf(DUCKDB_TITLE, { compression: 'none' }).some((line) => line.includes("*.json')")));
  assert.ok(codeOf(DUCKDB_TITLE, { format: 'JSON' }).includes(`  line->>'$.placed' AS "placed",`));
});

test('the DuckDB query for an S3-compatible store downloads the objects first', () => {
  const code = codeOf(DUCKDB_TITLE, { isOnAws: false });
  assert.equal(code[0], `aws s3 cp --recursive s3://my-backups/${COPY.data} copy/`);
  assert.ok(code.includes("FROM read_ndjson_objects('copy/*.json.gz') AS lines(line)"));
  assert.doesNotMatch(code.join('\n'), /SECRET/);
});

test('the Athena statement creates a table at the prefix of the copy with the keys as columns', () => {
  assert.deepEqual(codeOf(ATHENA_TITLE, { tableName: 'Orders.v-2' }), [
    'CREATE EXTERNAL TABLE `orders_v_2_copy` (',
    '  Item struct<',
    '    `customer`: struct<S: string>,',
    '    `placed`: struct<N: string>',
    '  >',
    ')',
    "ROW FORMAT SERDE 'org.openx.data.jsonserde.JsonSerDe'",
    `LOCATION 's3://my-backups/${COPY.data}';`,
  ]);
});

test('each next step in the summary is a details element with a code block that no text can end', () => {
  const lines = nextStepsMarkdown({ ...COPY, bucket: 'b```b' }, []);
  assert.deepEqual(lines.slice(0, 2), ['#### Next steps', '']);
  assert.equal(lines.filter((line) => line === '<details>').length, 4);
  assert.equal(lines.filter((line) => line === '</details>').length, 4);
  assert.equal(lines.filter((line) => /^````(sh|sql)?$/.test(line)).length, 8);
  assert.deepEqual(nextStepsMarkdown({ ...COPY, isArchived: true }, []), []);
});

test('a next step does not contain a secret', () => {
  const secret = 'wJalrXUtnFEMI';
  const markdownWith = (secrets: string[]) =>
    nextStepsMarkdown({ ...COPY, data: `${secret}/data/` }, secrets).join('\n');
  assert.ok(!markdownWith([secret]).includes(secret));
  assert.ok(markdownWith([]).includes(secret), 'control: without the list of secrets, the command contains it');
});
