import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { description, type ExportSetting, openExportSetting } from '../../emulators/export-service/export-calls.ts';
import { chosenStore } from '../../emulators/store.ts';
import { ABILITIES } from '../../emulators/store-servers.ts';
import { assertSameItems, type WireItem } from '../../fixtures/items.ts';
import { type Copy, readCopy } from '../../fixtures/read-copy.ts';
import { edgeItems } from '../../fixtures/table-of-edges.ts';
import { canonical } from '../../format/reference.ts';

/** Returns the items with equal numbers in equal notation. Ion does not keep the notation of the server. */
function withCanonicalNumbers(items: readonly WireItem[]): WireItem[] {
  return JSON.parse(JSON.stringify(items), (name, value: unknown) => {
    if (name === 'N' && typeof value === 'string') {
      return canonical(value);
    }
    return name === 'NS' && Array.isArray(value) ? value.map(canonical) : value;
  }) as WireItem[];
}

/** Starts an export, lets it end, and reads its copy. */
async function exported(setting: ExportSetting, more: object = {}): Promise<Copy> {
  const { service, store, bucket } = setting;
  const { ExportArn } = await description(service, 'ExportTableToPointInTime', setting.request(more));
  await service.settle();
  const described = await description(service, 'DescribeExport', { ExportArn });
  assert.equal(described['ExportStatus'], 'COMPLETED', JSON.stringify(described));
  const copy = await readCopy(store, bucket, String(described['ExportManifest']), { writer: 'dynamodb' });
  assert.equal(copy.summary.exportArn, ExportArn);
  assert.equal(copy.summary.itemCount, described['ItemCount']);
  assert.equal(copy.summary.endTime, new Date(Number(described['EndTime']) * 1_000).toISOString());
  return copy;
}

/** Starts an export without ending it, and waits until it has written an object. */
async function startExport({
  service,
  store,
  bucket,
  request,
}: ExportSetting): Promise<{ arn: string; folder: string }> {
  const { ExportArn } = await description(service, 'ExportTableToPointInTime', request());
  for (let n = 0; n < 500 && (await store.list(bucket)).length === 0; n++) {
    await sleep(10);
  }
  return { arn: String(ExportArn), folder: `AWSDynamoDB/${String(ExportArn).replace(/^.*\//, '')}/` };
}

test('an emulated export writes only _started while it is in progress', async () => {
  await using setting = await openExportSetting();
  const { folder } = await startExport(setting);
  assert.deepEqual(
    (await setting.store.list(setting.bucket)).map(({ key, size }) => [key, size]),
    [[`${folder}_started`, 0]],
  );
});

test('an emulated full export contains all items and a summary like that of a real export, byte for byte', async () => {
  await using setting = await openExportSetting();
  const { service, store, bucket } = setting;
  const { arn, folder } = await startExport(setting);
  await service.settle();
  const copy = await readCopy(store, bucket, `${folder}manifest-summary.json`, { writer: 'dynamodb' });
  assertSameItems(copy.items(), await setting.source.readItems(setting.table));
  const { summary } = copy;
  assert.equal(
    (await store.read(bucket, `${folder}manifest-summary.json`)).toString(),
    `{"version":"2020-06-30","exportArn":"${arn}","startTime":"${summary.startTime}","endTime":"${summary.endTime}","tableArn":"${service.tableArn(setting.table)}","tableId":"${summary.tableId}","exportTime":"${summary.startTime}","s3Bucket":"${bucket}","s3Prefix":null,"s3SseAlgorithm":"AES256","s3SseKmsKeyId":null,"manifestFilesS3Key":"${folder}manifest-files.json","billedSizeBytes":${summary.billedSizeBytes},"itemCount":3,"outputFormat":"DYNAMODB_JSON"}`,
  );
  assert.deepEqual(await store.openUploads(bucket), []);
});

test('empty data objects of an emulated full export are identical to those of a real export', async () => {
  await using setting = await openExportSetting();
  const { objects } = await exported(setting);
  assert.equal(objects.length, 4);
  const empty = objects.filter((object) => object.itemCount === 0);
  assert.ok(empty.length >= 1);
  for (const { dataFileS3Key, md5Checksum, etag } of empty) {
    const stored = await setting.store.read(setting.bucket, dataFileS3Key);
    assert.equal(stored.toString('hex'), '1f8b08000000000000ff03000000000000000000');
    assert.deepEqual([md5Checksum, etag], ['FjvgqIxwymKf1RbbqtrZag==', '7deb4078f238dd87d6af0538152c04e9-1']);
  }
});

test('data objects of an emulated full export have the gzip header, ETag and name of a real export', async () => {
  await using setting = await openExportSetting();
  const { objects } = await exported(setting);
  assert.equal(objects.length, 4);
  for (const { dataFileS3Key, etag } of objects) {
    const stored = await setting.store.read(setting.bucket, dataFileS3Key);
    assert.equal(stored.subarray(0, 10).toString('hex'), '1f8b08000000000000ff');
    const md5 = createHash('md5').update(stored).digest();
    assert.equal(etag, `${createHash('md5').update(md5).digest('hex')}-1`, 'must be a multipart upload with one part');
    const name = /\/data\/([a-z2-7]{26})\.json\.gz$/.exec(dataFileS3Key)?.[1] ?? '';
    const bits = [...name].map((digit) =>
      'abcdefghijklmnopqrstuvwxyz234567'.indexOf(digit).toString(2).padStart(5, '0'),
    );
    assert.equal(bits.join('').slice(48, 52), '0011', 'must be a UUID of version 3');
  }
});

const FORMATS: readonly {
  readonly ExportFormat: string;
  readonly extension: string;
  readonly normalized: (items: readonly WireItem[]) => readonly WireItem[];
}[] = [
  // In JSON, numbers keep the notation of the server.
  { ExportFormat: 'DYNAMODB_JSON', extension: '.json.gz', normalized: (items) => items },
  { ExportFormat: 'ION', extension: '.ion.gz', normalized: withCanonicalNumbers },
];

for (const { ExportFormat, extension, normalized } of FORMATS) {
  test(`an emulated export in ${ExportFormat} contains edge-case items unchanged`, async () => {
    await using setting = await openExportSetting({}, []);
    // The real service and Ion do not support lone surrogates.
    const valid = edgeItems(setting.source.name).filter((item) => !/\\ud[89a-f]/.test(JSON.stringify(item)));
    await setting.source.putItems(setting.table, valid);
    const copy = await exported(setting, { ExportFormat });
    assert.equal(copy.summary.outputFormat, ExportFormat);
    assertSameItems(normalized(copy.items()), normalized(await setting.source.readItems(setting.table)));
    assert.throws(() => copy.changes(), /A full copy has items, not changes/);
    assert.ok(copy.objects.every(({ dataFileS3Key: key }) => key.endsWith(extension)));
  });
}

const PREFIXES = [
  { S3Prefix: 'foo', start: 'foo/AWS', skip: false },
  { S3Prefix: 'foo/', start: 'foo/AWS', skip: false },
  { S3Prefix: 'a b/ü', start: 'a b/ü/AWS', skip: false },
  // versitygw stores objects as files and normalizes their paths.
  {
    S3Prefix: '/foo',
    start: '/foo/AWS',
    skip: chosenStore() === 'versitygw' && 'versitygw does not store keys that start with a slash',
  },
];

for (const { S3Prefix, start, skip } of PREFIXES) {
  test(`an emulated export keeps the prefix "${S3Prefix}" and joins it with one slash`, { skip }, async () => {
    await using setting = await openExportSetting();
    const copy = await exported(setting, { S3Prefix });
    assert.equal(copy.summary.s3Prefix, S3Prefix);
    assert.ok(copy.folder.startsWith(start), copy.folder);
  });
}

test('an emulated full export has an exportType in its summary if the request specifies it', async () => {
  await using setting = await openExportSetting();
  const copy = await exported(setting, { ExportType: 'FULL_EXPORT' });
  assert.equal(copy.summary.exportType, 'FULL_EXPORT');
});

const KMS = { S3SseAlgorithm: 'KMS', S3SseKmsKeyId: 'alias/backups' };

test('an emulated export has the requested encryption in its summary', async () => {
  await using setting = await openExportSetting();
  const { summary } = await exported(setting, KMS);
  assert.deepEqual([summary.s3SseAlgorithm, summary.s3SseKmsKeyId], ['KMS', 'alias/backups']);
});

test('an emulated export encrypts its objects as requested', {
  skip: !ABILITIES[chosenStore()].tellEncryption && 'the S3 emulator does not report the encryption of an object',
}, async () => {
  await using setting = await openExportSetting();
  const { objects } = await exported(setting, KMS);
  const head = await setting.store.head(setting.bucket, objects[0]?.dataFileS3Key ?? '');
  assert.deepEqual([head.ServerSideEncryption, head.SSEKMSKeyId], ['aws:kms', 'alias/backups']);
});

test('an emulated export does not contain items that are written after the request', async () => {
  await using setting = await openExportSetting();
  const { service, source, table, store, bucket } = setting;
  const { ExportArn } = await description(service, 'ExportTableToPointInTime', setting.request());
  await source.putItems(table, [{ pk: { S: 'a' }, n: { N: '2' } }, { pk: { S: 'late' } }]);
  await service.settle();
  const key = `AWSDynamoDB/${String(ExportArn).replace(/^.*\//, '')}/manifest-summary.json`;
  const copy = await readCopy(store, bucket, key, { writer: 'dynamodb' });
  assertSameItems(copy.items(), [{ pk: { S: 'a' }, n: { N: '1' } }, { pk: { S: 'b' } }, { pk: { S: 'c' } }]);
});

test('an emulated export at an earlier time undoes later writes', async () => {
  await using setting = await openExportSetting();
  const { service, table } = setting;
  const now = service.clock.now();
  const ago = (minutes: number): Date => new Date(now - minutes * 60_000);
  service.recordChange(table, { keys: { pk: { S: 'c' } }, newImage: { pk: { S: 'c' } }, at: ago(20) });
  service.recordChange(table, {
    keys: { pk: { S: 'a' } },
    oldImage: { pk: { S: 'a' }, n: { N: '0' } },
    newImage: { pk: { S: 'a' }, n: { N: '1' } },
    at: ago(30),
  });
  service.recordChange(table, { keys: { pk: { S: 'gone' } }, oldImage: { pk: { S: 'gone' } }, at: ago(25) });
  const copy = await exported(setting, { ExportTime: ago(60).getTime() / 1_000 });
  assert.equal(copy.summary.exportTime, ago(60).toISOString());
  assertSameItems(copy.items(), [{ pk: { S: 'a' }, n: { N: '0' } }, { pk: { S: 'b' } }, { pk: { S: 'gone' } }]);
  const later = await exported(setting, { ExportTime: ago(22).getTime() / 1_000 });
  assertSameItems(later.items(), [{ pk: { S: 'a' }, n: { N: '1' } }, { pk: { S: 'b' } }]);
});

test('an emulated export applies key conditions, filters and projections, and rejects invalid ones', async () => {
  await using setting = await openExportSetting();
  const keys = (copy: Copy): unknown[] => copy.items().map((item) => item['pk']);
  const values = { ExpressionAttributeValues: { ':x': { S: 'b' } } };
  const requestCount = setting.source.requests.length;
  const one = await exported(setting, { FilterSpecification: { KeyConditionExpression: 'pk = :x', ...values } });
  assert.deepEqual(keys(one), [{ S: 'b' }]);
  const others = await exported(setting, { FilterSpecification: { FilterExpression: 'pk <> :x', ...values } });
  assert.deepEqual(keys(others).length, 2);
  const bare = await exported(setting, { FilterSpecification: { ProjectionExpression: 'pk' } });
  assert.ok(bare.items().every((item) => Object.keys(item).join() === 'pk'));
  assert.equal(setting.source.requests.length, requestCount, 'requests of the emulator must not be recorded');
  const wrong = setting.request({ FilterSpecification: { FilterExpression: 'pk = :unknown' } });
  await assert.rejects(
    description(setting.service, 'ExportTableToPointInTime', wrong),
    /Invalid Request: Invalid FilterSpecification: .*:unknown/,
  );
});
