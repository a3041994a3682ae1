import '../../aws/shorter-waits.ts';
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { DeleteTableCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { CopyError, type ErrorCode } from '../../../src/errors.ts';
import { PendingWaits } from '../../../src/stall-watchdog.ts';
import { compareSides } from '../../../src/verify/compare/compare-sides.ts';
import { ComparisonProgress } from '../../../src/verify/compare/comparison-progress.ts';
import { requireComparable } from '../../../src/verify/compare/require-comparable.ts';
import { TableSide, type TableSideOptions } from '../../../src/verify/compare/table-side.ts';
import { clientOfTable } from '../../aws/clients-for-tests.ts';
import { dynamoDbError, jsonResponse } from '../../emulators/faults.ts';
import { openSource, type Source } from '../../emulators/source.ts';
import { assertSameItems, type WireItem } from '../../fixtures/items.ts';
import { largeItems, smallItems } from '../../fixtures/pair.ts';
import { edgeItems } from '../../fixtures/table-of-edges.ts';

const NEVER = new AbortController().signal;
const FOLDER = mkdtempSync(join(tmpdir(), 'table-side-'));
after(() => rmSync(FOLDER, { recursive: true }));

interface Opened {
  readonly side: TableSide;
  readonly messages: string[];
}

/** Opens a table with a client of its own, which is destroyed after the test file. */
async function openSide(source: Source, tableName: string, more: Partial<TableSideOptions> = {}): Promise<Opened> {
  const messages: string[] = [];
  const log = (message: string) => void messages.push(message);
  const client = clientOfTable(source.endpoint);
  after(() => client.destroy());
  const side = await TableSide.open({
    client,
    tableName,
    readCapacity: { kind: 'auto' },
    cores: 2,
    waits: new PendingWaits(),
    logger: { info: log, notice: log, warning: log },
    signal: NEVER,
    ...more,
  });
  return { side, messages };
}

async function itemsOf(side: TableSide): Promise<WireItem[]> {
  const items: WireItem[] = [];
  await side.read((lines) => {
    for (const line of lines.toString().split('\n').slice(0, -1))
      items.push((JSON.parse(line) as { Item: WireItem }).Item);
  });
  return items;
}

async function failsWith(work: Promise<unknown>, code: ErrorCode): Promise<CopyError> {
  const error = await work.then(
    () => assert.fail('expected a failure'),
    (thrown: unknown) => thrown,
  );
  assert.ok(error instanceof CopyError, String(error));
  assert.equal(error.code, code);
  return error;
}

test('reads every item of a table with consistent reads in parallel segments, as often as it is asked', async () => {
  await using source = await openSource();
  const table = await source.createTable(largeItems(40));
  const { side } = await openSide(source, table);
  const expected = await source.readItems(table);
  const consumed = [0];
  for (const reading of [1, 2]) {
    assertSameItems(await itemsOf(side), expected);
    assert.equal(side.figures.scannedCount, reading * 40);
    consumed.push(side.figures.consumedReadCapacity);
    assert.equal(side.figures.segments.done, side.figures.segments.total);
  }
  const [, once = 0, twice] = consumed;
  assert.ok(once > 0 && twice === 2 * once, String(consumed));
  const scans = source.requests.filter(({ operation }) => operation === 'Scan').map(({ parameters }) => parameters);
  assert.ok(scans.length > 20);
  assert.ok(scans.every(({ ConsistentRead, TotalSegments }) => ConsistentRead === true && TotalSegments === 16));
  assert.equal(side.name, `The table ${table}`);
  const operations = new Set(source.requests.map(({ operation }) => operation));
  assert.deepEqual(operations, new Set(['DescribeTable', 'Scan']));
});

test('a table equals itself, with every edge case as an item', async () => {
  await using source = await openSource();
  const table = await source.createTable(edgeItems(source.name));
  const [{ side: one }, { side: other }] = [await openSide(source, table), await openSide(source, table)];
  const comparison = await compareSides(one, other, {
    keyAttributes: requireComparable(
      { exportId: 'x', exportType: 'FULL_EXPORT', outputFormat: 'ION', scope: 'table', table: undefined },
      one.table,
    ),
    differencesFile: join(FOLDER, 'edges.jsonl'),
    progress: new ComparisonProgress(),
    signal: NEVER,
  });
  assert.equal(comparison.isEqual, true);
  assert.equal(comparison.otherItemCount, edgeItems(source.name).length);
});

test('finds a changed, an added and a deleted item of a table', async () => {
  await using source = await openSource();
  const items = smallItems(200);
  const [before, after] = [await source.createTable(items), await source.createTable(items.slice(1))];
  const put = (Item: (typeof items)[number]) => source.client.send(new PutItemCommand({ TableName: after, Item }));
  await put({ ...items[7], n: { N: '7.0' } });
  await put({ ...items[8], n: { N: '8.5' } });
  await put({ pk: { S: 'added' } });
  const differencesFile = join(FOLDER, 'changes.jsonl');
  const { side: copy } = await openSide(source, before);
  const { side: other } = await openSide(source, after);
  const { isEqual, isComplete, onlyInCopy, onlyInOther, different } = await compareSides(copy, other, {
    keyAttributes: [{ name: 'pk', type: 'S' }],
    differencesFile,
    progress: new ComparisonProgress(),
    signal: NEVER,
  });
  assert.deepEqual(
    { isEqual, isComplete, onlyInCopy, onlyInOther, different },
    { isEqual: false, isComplete: true, onlyInCopy: 1, onlyInOther: 1, different: 1 },
  );
  assert.deepEqual(readFileSync(differencesFile, 'utf8').split('\n').sort(), [
    '',
    '{"kind":"different","key":{"pk":{"S":"item-0008"}}}',
    '{"kind":"only-in-copy","key":{"pk":{"S":"item-0000"}}}',
    '{"kind":"only-in-other","key":{"pk":{"S":"added"}}}',
  ]);
});

test('an empty table has no items', async () => {
  await using source = await openSource();
  const { side } = await openSide(source, await source.createTable());
  assert.deepEqual(await itemsOf(side), []);
});

test('auto limits the reading to half of the provisioned throughput', async () => {
  await using source = await openSource();
  const table = await source.createTable(smallItems(3), {
    BillingMode: 'PROVISIONED',
    ProvisionedThroughput: { ReadCapacityUnits: 5_000, WriteCapacityUnits: 5 },
  });
  const { side } = await openSide(source, table);
  assert.equal(side.readLimit.unitsPerSecond, 2_500);
  assert.equal(side.figures.readLimit, 2_500);
  assert.equal((await itemsOf(side)).length, 3);
  const [scan] = source.requests.filter(({ operation }) => operation === 'Scan');
  assert.equal(typeof scan?.parameters['Limit'], 'number', 'pages are sized by the limit');
});

test('retries a corrupted page and a throttled request', async () => {
  await using source = await openSource();
  const table = await source.createTable(largeItems(20));
  source.inject(({ operation }, nth) => {
    if (operation !== 'Scan') return undefined;
    if (nth === 3) return 'flip';
    return nth === 5 ? dynamoDbError('ProvisionedThroughputExceededException') : undefined;
  });
  const { side } = await openSide(source, table);
  assertSameItems(await itemsOf(side), await source.readItems(table));
  assert.equal(side.figures.throttledRequests, 1);
});

test('plans more segments for a table that is expected to be larger than DynamoDB reports', async () => {
  await using source = await openSource();
  const table = await source.createTable(smallItems(3));
  const { side } = await openSide(source, table, { expectedBytes: 64 * 1024 ** 3 });
  await itemsOf(side);
  assert.equal(side.figures.segments.total, 256);
});

test('fails with TABLE_RECREATED if the table is deleted and created again after the last page, or before the first', async () => {
  await using source = await openSource();
  const table = await source.createTable(smallItems(30));
  const recreate = async () => {
    await source.client.send(new DeleteTableCommand({ TableName: table }));
    // On a server without TableId, tables differ only by their time of creation.
    await sleep(5);
    await source.createTable(smallItems(30), { TableName: table });
  };
  const { side } = await openSide(source, table);
  let described = 0;
  source.inject(async ({ operation }) => {
    if (operation === 'DescribeTable') described += 1;
    if (operation === 'DescribeTable' && described === 1) await recreate();
    return undefined;
  });
  const { message } = await failsWith(itemsOf(side), 'TABLE_RECREATED');
  assert.match(message, /was deleted and re-created while it was read/);

  const { side: later } = await openSide(source, table);
  await recreate();
  await failsWith(itemsOf(later), 'TABLE_RECREATED');
});

test('fails with PAGE_CORRUPT if a page ends at the key where it starts', async () => {
  await using source = await openSource();
  const table = await source.createTable(smallItems(30));
  const body = Buffer.from('{"Count":0,"Items":[],"LastEvaluatedKey":{"pk":{"S":"x"}},"ScannedCount":0}');
  source.inject(({ operation }) =>
    operation === 'Scan' ? { httpResponse: { status: 200, headers: {}, body } } : undefined,
  );
  const { side } = await openSide(source, table);
  await failsWith(itemsOf(side), 'PAGE_CORRUPT');
});

test('an error while items are processed ends the reading', async () => {
  await using source = await openSource();
  const { side } = await openSide(source, await source.createTable(largeItems(40)));
  let calls = 0;
  const reading = side.read(() => {
    calls += 1;
    throw new Error('stop');
  });
  await assert.rejects(reading, /stop/);
  assert.ok(calls <= 16, 'each worker stops at its first page');
});

test('a cancelled reading fails', async () => {
  await using source = await openSource();
  const cancel = new AbortController();
  const { side } = await openSide(source, await source.createTable(largeItems(20)));
  await assert.rejects(
    side.read(() => cancel.abort(), cancel.signal),
    { name: 'AbortError' },
  );
});

test('a table that does not exist, or is being created, cannot be opened', async () => {
  await using source = await openSource();
  await assert.rejects(openSide(source, 'missing-table'), { name: 'ResourceNotFoundException' });
  const table = await source.createTable();
  source.inject(({ operation }) =>
    operation === 'DescribeTable'
      ? jsonResponse<{ Table: object }>(({ Table }) => ({ Table: { ...Table, TableStatus: 'CREATING' } }))
      : undefined,
  );
  await failsWith(openSide(source, table), 'TABLE_NOT_READY');
});
