import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { suite, test } from 'node:test';
import type { Item } from '../emulators/source.ts';
import { openPair, startServers } from '../fixtures/pair.ts';
import { installDuckDb } from './install.ts';

const python = await installDuckDb();
await startServers();

const PARQUET = readFileSync('examples/queries/parquet.sql', 'utf8');

/** Has every column of the recipe. JavaScript numbers cannot represent its numbers. */
const FULL: Item = {
  pk: { S: 'full' },
  id: { S: 'a "quoted" é\u2028' },
  total: { N: '-123456789012345678901234567890123456.78' },
  quantity: { N: '9007199254740993' },
  paid: { BOOL: true },
  created: { S: '2026-11-23T02:03:04.569123Z' },
  expires: { N: '1795399384' },
  signature: { B: Buffer.from([0, 1, 0xff, 0xfe]) },
  tags: { SS: ['x', 'y'] },
  prices: { NS: ['1.1', '99999999999999999999999999999999999.99'] },
  hashes: { BS: [Buffer.from([0]), Buffer.from([0xff])] },
  address: { M: { floor: { N: '12345678901234567890123456789012345678' } } },
};

/** Lacks most columns, and has NULL in one of them. */
const SPARSE: Item = { pk: { S: 'sparse' }, id: { S: 'b' }, total: { N: '0.1' }, paid: { NULL: true } };

suite('queries with DuckDB', () => {
  test('write a copy to a Parquet file with exact decimals, times, binaries and sets', async () => {
    await using copy = await copyOf([FULL, SPARSE]);
    assert.deepEqual(copy.query(PARQUET), { code: 0, errors: '' });
    assert.deepEqual(copy.read("SELECT column_name, column_type FROM (DESCRIBE SELECT * FROM 'orders.parquet')"), [
      ['id', 'VARCHAR'],
      ['total', 'DECIMAL(38,2)'],
      ['quantity', 'BIGINT'],
      ['paid', 'BOOLEAN'],
      ['created', 'TIMESTAMP WITH TIME ZONE'],
      ['expires', 'TIMESTAMP WITH TIME ZONE'],
      ['signature', 'BLOB'],
      ['tags', 'VARCHAR[]'],
      ['prices', 'DECIMAL(38,2)[]'],
      ['hashes', 'BLOB[]'],
      ['address', 'JSON'],
    ]);
    // In the file itself, no column is a floating-point number.
    assert.deepEqual(copy.read("SELECT DISTINCT type FROM parquet_schema('orders.parquet') ORDER BY type"), [
      ['BOOLEAN'],
      ['BYTE_ARRAY'],
      ['FIXED_LEN_BYTE_ARRAY'],
      ['INT64'],
      [null],
    ]);
    assert.deepEqual(
      copy.read(`
        SELECT
          id, total::VARCHAR, quantity::VARCHAR, paid::VARCHAR, epoch_us(created)::VARCHAR, epoch_us(expires)::VARCHAR,
          hex(signature), list_sort(tags)::VARCHAR, list_sort(prices)::VARCHAR,
          list_sort([hex(hash) FOR hash IN hashes])::VARCHAR, address->>'$.floor.N'
        FROM 'orders.parquet' ORDER BY id`),
      [
        [
          'a "quoted" é\u2028',
          ...['-123456789012345678901234567890123456.78', '9007199254740993', 'true'],
          ...['1795399384569123', '1795399384000000', '0001FFFE'],
          ...['[x, y]', '[1.10, 99999999999999999999999999999999999.99]', '[00, FF]'],
          '12345678901234567890123456789012345678',
        ],
        ['b', '0.10', null, null, null, null, null, null, null, null, null],
      ],
    );
  });

  test('fail instead of rounding a number, or of leaving out an attribute of another type', async () => {
    for (const [attributes, problem] of [
      [{ total: { N: '1.005' } }, /A number needs more than 2 decimal places/],
      [{ quantity: { N: '1.5' } }, /A number needs more than 0 decimal places/],
      [{ prices: { NS: ['1.005'] } }, /A number needs more than 2 decimal places/],
      [{ total: { N: '1234567890123456789012345678901234567' } }, /Could not convert string/],
      [{ total: { S: '1' } }, /An item has an attribute total that is not of type N/],
    ] as const) {
      await using copy = await copyOf([{ ...SPARSE, ...attributes }] as Item[]);
      const { code, errors } = copy.query(PARQUET);
      assert.notEqual(code, 0);
      assert.match(errors, problem);
    }
  });

  test('sum a number column exactly', async () => {
    await using copy = await copyOf([FULL, SPARSE]);
    const query = readFileSync('examples/queries/duckdb.sql', 'utf8').replace(
      /^SELECT count.*$/m,
      'SELECT count(*), sum(total)::VARCHAR FROM orders;',
    );
    assert.deepEqual(copy.read(query), [[2, '-123456789012345678901234567890123456.68']]);
  });
});

/** Copies a table with these items, and downloads the data objects to `data/` in a temporary folder. */
async function copyOf(items: readonly Item[]) {
  await using stack = new AsyncDisposableStack();
  const pair = stack.use(await openPair());
  const table = await pair.source.createTable(items);
  const run = stack.use(await pair.run({ 'dynamodb-table-name': table }));
  const { objects } = await pair.copyOf(run);
  const folder = mkdtempSync(join(tmpdir(), 'duckdb-'));
  stack.defer(() => rmSync(folder, { recursive: true, force: true }));
  mkdirSync(join(folder, 'data'));
  for (const { dataFileS3Key } of objects) {
    writeFileSync(join(folder, 'data', basename(dataFileS3Key)), await pair.store.read(pair.bucket, dataFileS3Key));
  }
  const start = (args: readonly string[], input: string) =>
    spawnSync(python, ['-m', 'duckdb_cli', '-no-init', '-batch', ...args], { cwd: folder, input, encoding: 'utf8' });
  const resources = stack.move();
  return {
    query(sql: string) {
      const { status, stderr } = start([], sql);
      return { code: status, errors: stderr };
    },
    /** Returns the values of each row. */
    read(sql: string): unknown[][] {
      const { stdout, stderr } = start(['-json'], sql);
      assert.equal(stderr, '');
      return (JSON.parse(stdout) as object[]).map((row) => Object.values(row) as unknown[]);
    },
    [Symbol.asyncDispose]: () => resources.disposeAsync(),
  };
}
