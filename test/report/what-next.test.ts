import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { suite, test } from 'node:test';
import type { CompleteCopy } from '../../src/report/next-steps/next-step.ts';
import { nextStepsFor, nextStepsMarkdown } from '../../src/report/what-next.ts';

const IMPORT = 'Restore to a new table';
const BULK = 'Load the items into an existing table';
const DUCKDB = 'Query the copy with DuckDB';
const ATHENA = 'Query the copy with Athena';

/** All of a table on AWS, with a sort key, a global index and a local one. */
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
  beside: 'nightly/2026-11-23/AWSDynamoDB/01795380791669-d2866989/',
  fileCount: 7,
  format: 'DYNAMODB_JSON',
  compression: 'gzip',
  scope: 'table',
  hasWholeItems: true,
  isIncrement: false,
  isArchived: false,
  isRequesterPays: false,
};

function titles(change: Partial<CompleteCopy>): string[] {
  return nextStepsFor({ ...COPY, ...change }).map(({ title }) => title);
}

function codeOf(title: string, change: Partial<CompleteCopy> = {}): readonly string[] {
  return nextStepsFor({ ...COPY, ...change }).find((step) => step.title === title)?.code ?? assert.fail(`no ${title}`);
}

/** The words that a shell makes of a command. */
function words(code: readonly string[]): string[] {
  const { stdout, status, stderr } = spawnSync('sh', ['-c', `aws() { printf '%s\\0' aws "$@"; }\n${code.join('\n')}`]);
  assert.equal(status, 0, stderr.toString());
  return stdout.toString().split('\0').slice(0, -1);
}

function option(code: readonly string[], name: string): string {
  const all = words(code);
  return all[all.indexOf(name) + 1] ?? assert.fail(`no ${name}`);
}

suite('what is offered, and where', () => {
  const cases: readonly (readonly [what: string, change: Partial<CompleteCopy>, offered: readonly string[]])[] = [
    ['a whole table', {}, [IMPORT, BULK, DUCKDB, ATHENA]],
    ['without compression', { compression: 'none' }, [IMPORT, BULK, DUCKDB, ATHENA]],
    ['zstd', { compression: 'zstd' }, [IMPORT, BULK, DUCKDB, ATHENA]],
    ['ION is for DynamoDB', { format: 'ION' }, [IMPORT, BULK]],
    ['JSON is for reading', { format: 'JSON' }, [DUCKDB]],
    ['what a process-func made can be anything', { format: 'CUSTOM', scope: 'subset', hasWholeItems: false }, []],
    ['whole items of a part of the table are no restore', { scope: 'subset' }, [BULK, DUCKDB, ATHENA]],
    ['parts of items are no items', { scope: 'subset', hasWholeItems: false }, [DUCKDB, ATHENA]],
    ['an increment holds changes, beside those of others', { scope: 'subset', isIncrement: true }, []],
    ['archived objects cannot be read', { isArchived: true }, []],
    ['an import does not pay for requests', { isRequesterPays: true }, [DUCKDB]],
    ['other services of AWS cannot reach another store', { isOnAws: false }, [DUCKDB]],
    ['a copy without objects', { fileCount: 0 }, []],
    ['as many objects as an import reads', { fileCount: 50_000 }, [IMPORT, BULK, DUCKDB, ATHENA]],
    ['more', { fileCount: 50_001 }, [DUCKDB, ATHENA]],
    ['a folder that means something else in a URL', { data: "it's [x]*?/AWSDynamoDB/1-2/data/" }, [IMPORT, BULK]],
    ['a table whose keys are not told', { table: {} }, [BULK, DUCKDB]],
  ];
  for (const [what, change, offered] of cases) {
    test(what, () => assert.deepEqual(titles(change), offered));
  }
});

test('ImportTable: this bucket, this folder, these keys and global indexes, and a name of its own', () => {
  const code = codeOf(IMPORT);
  assert.deepEqual(words(code).slice(0, 3), ['aws', 'dynamodb', 'import-table']);
  assert.equal(option(code, '--region'), 'eu-central-1');
  assert.equal(option(code, '--input-format'), 'DYNAMODB_JSON');
  assert.equal(option(code, '--input-compression-type'), 'GZIP');
  assert.deepEqual(JSON.parse(option(code, '--s3-bucket-source')), { S3Bucket: 'my-backups', S3KeyPrefix: COPY.data });
  assert.deepEqual(JSON.parse(option(code, '--table-creation-parameters')), {
    TableName: 'orders-restored',
    // Without the attribute that only the local index has: DynamoDB refuses definitions that are not used.
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

test('ImportTable of a bucket of another account names the account, and of zstd the compression', () => {
  const code = codeOf(IMPORT, { bucketOwner: '012345678901', compression: 'zstd', format: 'ION' });
  assert.equal(JSON.parse(option(code, '--s3-bucket-source')).S3BucketOwner, '012345678901');
  assert.equal(option(code, '--input-compression-type'), 'ZSTD');
  assert.equal(option(code, '--input-format'), 'ION');
  assert.equal(option(codeOf(IMPORT, { compression: 'none' }), '--input-compression-type'), 'NONE');
});

test('the name of the new table is one that DynamoDB takes', () => {
  const tableName = 'a'.repeat(255);
  const parameters = JSON.parse(option(codeOf(IMPORT, { tableName }), '--table-creation-parameters'));
  assert.equal(parameters.TableName.length, 255);
  assert.notEqual(parameters.TableName, tableName);
});

test('StartBulkPutItems: never into the table that was copied, and its report beside the data, not in it', () => {
  const code = codeOf(BULK);
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
  assert.ok(!output.S3KeyPrefix.startsWith(COPY.data) && output.S3KeyPrefix.startsWith(COPY.beside));
});

test('whatever a prefix or a key attribute is called, a shell hands it on as it is', () => {
  const data = `it's "a" $(touch x) \`touch x\` \\ ; & | * ü 😀/AWSDynamoDB/1-2/data/`;
  const AttributeName = `k'ey "$HOME" \`x\` \u007f\u2028`;
  const table = {
    KeySchema: [{ AttributeName, KeyType: 'HASH' as const }],
    AttributeDefinitions: [{ AttributeName, AttributeType: 'S' as const }],
  };
  const code = codeOf(IMPORT, { data, table });
  assert.equal(JSON.parse(option(code, '--s3-bucket-source')).S3KeyPrefix, data);
  assert.equal(JSON.parse(option(code, '--table-creation-parameters')).KeySchema[0].AttributeName, AttributeName);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must not get through
  assert.doesNotMatch(code.join(''), /[\u0000-\u001f\u007f-\u009f\u2028\u2029]/);
});

test('DuckDB: the objects of this copy, in the bucket’s region, and the keys by their paths', () => {
  assert.deepEqual(codeOf(DUCKDB), [
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
  assert.ok(codeOf(DUCKDB, { compression: 'zstd' }).some((line) => line.includes("*.json.zst')")));
  assert.ok(codeOf(DUCKDB, { compression: 'none' }).some((line) => line.includes("*.json')")));
  assert.ok(codeOf(DUCKDB, { format: 'JSON' }).includes(`  line->>'$.placed' AS "placed",`));
});

test('DuckDB of another store: what is downloaded first', () => {
  const code = codeOf(DUCKDB, { isOnAws: false });
  assert.equal(code[0], `aws s3 cp --recursive s3://my-backups/${COPY.data} copy/`);
  assert.ok(code.includes("FROM read_ndjson_objects('copy/*.json.gz') AS lines(line)"));
  assert.doesNotMatch(code.join('\n'), /SECRET/);
});

test('Athena: a table at this folder with the keys as columns', () => {
  assert.deepEqual(codeOf(ATHENA, { tableName: 'Orders.v-2' }), [
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

test('in the summary each is a fold with a block of code that nothing in it can end', () => {
  const lines = nextStepsMarkdown({ ...COPY, bucket: 'b```b' }, []);
  assert.deepEqual(lines.slice(0, 2), ['#### Next steps', '']);
  assert.equal(lines.filter((line) => line === '<details>').length, 4);
  assert.equal(lines.filter((line) => line === '</details>').length, 4);
  assert.equal(lines.filter((line) => /^````(sh|sql)?$/.test(line)).length, 8);
  assert.deepEqual(nextStepsMarkdown({ ...COPY, isArchived: true }, []), []);
});

test('a secret is not in a command', () => {
  const secret = 'wJalrXUtnFEMI';
  const shown = (secrets: string[]) => nextStepsMarkdown({ ...COPY, data: `${secret}/data/` }, secrets).join('\n');
  assert.ok(!shown([secret]).includes(secret));
  assert.ok(shown([]).includes(secret), 'control');
});
