import '../../aws/shorter-waits.ts';
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { DeleteItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { PutObjectCommand } from '@aws-sdk/client-s3';
import { CopyError } from '../../../src/errors.ts';
import type { FormatName } from '../../../src/format/formats.ts';
import { openCopy, type StoredCopy } from '../../../src/manifest/open-copy.ts';
import { Bucket } from '../../../src/s3/bucket.ts';
import type { Compression } from '../../../src/s3/compression.ts';
import { PendingWaits } from '../../../src/stall-watchdog.ts';
import { type Comparison, compareSides, type Side } from '../../../src/verify/compare/compare-sides.ts';
import { ComparisonProgress } from '../../../src/verify/compare/comparison-progress.ts';
import { CopySide } from '../../../src/verify/compare/copy-side.ts';
import { requireComparable } from '../../../src/verify/compare/require-comparable.ts';
import { TableSide } from '../../../src/verify/compare/table-side.ts';
import { clientOfBucket, clientOfTable } from '../../aws/clients-for-tests.ts';
import { chosenSource, type Item } from '../../emulators/source.ts';
import { smallItems } from '../../fixtures/pair.ts';
import { edgeItems } from '../../fixtures/table-of-edges.ts';
import { fewOf } from '../../run/effort.ts';
import { OWNER, openScanFixture, type ScanFixture } from '../../scan/scan-fixture.ts';

const SIGNAL = AbortSignal.timeout(120_000);
const FOLDER = mkdtempSync(join(tmpdir(), 'copy-side-'));
after(() => rmSync(FOLDER, { recursive: true }));

const LOGGER = { info: () => {}, notice: () => {}, warning: () => {} };

interface OpenedCopy {
  readonly copy: StoredCopy;
  readonly side: CopySide;
}

/** Copies the table of the fixture and opens the copy. */
async function copyOf(fixture: ScanFixture, format: FormatName, compression: Compression): Promise<OpenedCopy> {
  const { copy: made, error } = await fixture.run({ format, compression });
  assert.equal(error, undefined);
  const client = clientOfBucket(fixture.store.endpoint);
  after(() => client.destroy());
  const bucket = new Bucket({ client, name: fixture.bucket, owner: OWNER });
  const copy = await openCopy(made, { bucket, signal: SIGNAL });
  return { copy, side: new CopySide(copy, { bucket, logger: LOGGER, waits: new PendingWaits(), signal: SIGNAL }) };
}

async function tableOf(fixture: ScanFixture): Promise<TableSide> {
  const client = clientOfTable(fixture.source.endpoint);
  after(() => client.destroy());
  return await TableSide.open({
    client,
    tableName: fixture.table,
    readCapacity: { kind: 'auto' },
    cores: 2,
    waits: new PendingWaits(),
    logger: LOGGER,
    signal: SIGNAL,
  });
}

let comparisons = 0;

async function compare({ copy, side }: OpenedCopy, other: OpenedCopy | TableSide): Promise<Comparison> {
  comparisons += 1;
  const [otherSide, described]: [Side, StoredCopy | TableSide['table']] =
    other instanceof TableSide ? [other, other.table] : [other.side, other.copy];
  return await compareSides(side, otherSide, {
    keyAttributes: requireComparable(copy, described),
    differencesFile: join(FOLDER, `${comparisons}.jsonl`),
    progress: new ComparisonProgress(),
    signal: SIGNAL,
  });
}

const KINDS = (['DYNAMODB_JSON', 'ION'] as const).flatMap((format) =>
  (['gzip', 'zstd', 'none'] as const).map((compression) => ({ format, compression })),
);

test('copies in DYNAMODB_JSON and ION with every compression equal their table, and each other', async () => {
  // Ion has no text for half of a surrogate pair.
  const items = edgeItems(chosenSource()).filter((item) => !/surrogate/.test(String(item['pk']?.S)));
  await using fixture = await openScanFixture(items);
  const table = await tableOf(fixture);
  const first = await copyOf(fixture, 'DYNAMODB_JSON', 'gzip');
  for (const { format, compression } of fewOf(KINDS, 3)) {
    const copy = await copyOf(fixture, format, compression);
    for (const other of [table, first]) {
      const { isEqual, copyItemCount, otherItemCount } = await compare(copy, other);
      assert.deepEqual(
        { isEqual, copyItemCount, otherItemCount },
        { isEqual: true, copyItemCount: items.length, otherItemCount: items.length },
        `${format}, ${compression}`,
      );
    }
    assert.equal(copy.side.verified?.itemCount, items.length);
    assert.equal(copy.side.progress.figures.itemCount, items.length);
  }
});

test('finds what a migration changed between two copies of different formats', async () => {
  await using fixture = await openScanFixture(smallItems(300));
  const before = await copyOf(fixture, 'ION', 'zstd');
  const { client } = fixture.source;
  const key = (n: number): Item => ({ pk: { S: `item-${String(n).padStart(4, '0')}` } });
  await client.send(new DeleteItemCommand({ TableName: fixture.table, Key: key(1) }));
  await client.send(new DeleteItemCommand({ TableName: fixture.table, Key: key(2) }));
  await client.send(new PutItemCommand({ TableName: fixture.table, Item: { ...key(7), n: { S: '7' } } }));
  await client.send(new PutItemCommand({ TableName: fixture.table, Item: { ...key(900), n: { N: '9' } } }));
  const later = await copyOf(fixture, 'DYNAMODB_JSON', 'gzip');
  const { differencesFile = '', ...comparison } = await compare(before, later);
  assert.deepEqual(comparison, {
    isEqual: false,
    onlyInCopy: 2,
    onlyInOther: 1,
    different: 1,
    isComplete: true,
    copyItemCount: 300,
    otherItemCount: 299,
  });
  assert.deepEqual(readFileSync(differencesFile, 'utf8').trimEnd().split('\n').sort(), [
    '{"kind":"different","key":{"pk":{"S":"item-0007"}}}',
    '{"kind":"only-in-copy","key":{"pk":{"S":"item-0001"}}}',
    '{"kind":"only-in-copy","key":{"pk":{"S":"item-0002"}}}',
    '{"kind":"only-in-other","key":{"pk":{"S":"item-0900"}}}',
  ]);
  assert.equal((await compare(later, await tableOf(fixture))).isEqual, true);
});

test('a damaged copy fails with COPY_DAMAGED instead of differences', async () => {
  await using fixture = await openScanFixture(smallItems(50));
  const copy = await copyOf(fixture, 'DYNAMODB_JSON', 'none');
  const [file] = copy.copy.files;
  const stored = await fixture.store.read(fixture.bucket, file?.key ?? '');
  const changed = Buffer.from(stored.toString().replace('"N":"7"', '"N":"8"'));
  assert.equal(changed.length, stored.length);
  assert.notDeepEqual(changed, stored);
  await fixture.store.client.send(
    new PutObjectCommand({ Bucket: fixture.bucket, Key: file?.key ?? '', Body: changed }),
  );
  await assert.rejects(
    compare(copy, await tableOf(fixture)),
    (error) => error instanceof CopyError && error.code === 'COPY_DAMAGED',
  );
  assert.equal(copy.side.verified, undefined);
});

test('a copy of another table without manifest-table.json fails with NOT_COMPARABLE', async () => {
  await using fixture = await openScanFixture(smallItems(5));
  const { copy, side } = await copyOf(fixture, 'DYNAMODB_JSON', 'gzip');
  await using other = await openScanFixture([{ id: { N: '1' } }], {
    KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
    AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'N' }],
  });
  const opened = { copy: { ...copy, table: undefined }, side };
  await assert.rejects(
    compare(opened, await tableOf(other)),
    (error) => error instanceof CopyError && error.code === 'NOT_COMPARABLE',
  );
});
