import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { description, type ExportSetting, openExportSetting } from '../../emulators/export-service/export-calls.ts';
import { assertSameItems, type WireItem } from '../../fixtures/items.ts';
import { type Copy, readCopy } from '../../fixtures/read-copy.ts';
import { edgeItems } from '../../fixtures/table-of-edges.ts';
import { canonical } from '../../format/reference.ts';

function inOneSpelling(items: readonly WireItem[]): WireItem[] {
  return JSON.parse(JSON.stringify(items), (name, value: unknown) => {
    if (name === 'N' && typeof value === 'string') {
      return canonical(value);
    }
    return name === 'NS' && Array.isArray(value) ? value.map(canonical) : value;
  }) as WireItem[];
}

/** Begins an export, lets it end, and reads what it left. */
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

test('a full export leaves what a real one leaves, to the byte', async () => {
  await using setting = await openExportSetting();
  const { service, store, bucket } = setting;
  const { ExportArn } = await description(service, 'ExportTableToPointInTime', setting.request());
  const id = String(ExportArn).replace(/^.*\//, '');
  // Written without being asked, while the export is in progress.
  for (let n = 0; n < 500 && (await store.list(bucket)).length === 0; n++) {
    await sleep(10);
  }
  assert.deepEqual(
    (await store.list(bucket)).map(({ key, size }) => [key, size]),
    [[`AWSDynamoDB/${id}/_started`, 0]],
  );
  await service.settle();

  const copy = await readCopy(store, bucket, `AWSDynamoDB/${id}/manifest-summary.json`, { writer: 'dynamodb' });
  assertSameItems(copy.items(), await setting.source.readItems(setting.table));
  const { summary } = copy;
  assert.equal(
    (await store.read(bucket, `AWSDynamoDB/${id}/manifest-summary.json`)).toString(),
    `{"version":"2020-06-30","exportArn":"${ExportArn}","startTime":"${summary.startTime}","endTime":"${summary.endTime}","tableArn":"${service.tableArn(setting.table)}","tableId":"${summary.tableId}","exportTime":"${summary.startTime}","s3Bucket":"${bucket}","s3Prefix":null,"s3SseAlgorithm":"AES256","s3SseKmsKeyId":null,"manifestFilesS3Key":"AWSDynamoDB/${id}/manifest-files.json","billedSizeBytes":${summary.billedSizeBytes},"itemCount":3,"outputFormat":"DYNAMODB_JSON"}`,
  );
  assert.equal(copy.objects.length, 4);
  const empty = copy.objects.filter((object) => object.itemCount === 0);
  assert.ok(empty.length >= 1);
  for (const { dataFileS3Key, md5Checksum, etag } of empty) {
    const stored = await store.read(bucket, dataFileS3Key);
    assert.equal(stored.toString('hex'), '1f8b08000000000000ff03000000000000000000');
    assert.deepEqual([md5Checksum, etag], ['FjvgqIxwymKf1RbbqtrZag==', '7deb4078f238dd87d6af0538152c04e9-1']);
  }
  for (const { dataFileS3Key, etag } of copy.objects) {
    const stored = await store.read(bucket, dataFileS3Key);
    assert.equal(stored.subarray(0, 10).toString('hex'), '1f8b08000000000000ff');
    const md5 = createHash('md5').update(stored).digest();
    assert.equal(etag, `${createHash('md5').update(md5).digest('hex')}-1`, 'uploaded in one part');
    const name = /\/data\/([a-z2-7]{26})\.json\.gz$/.exec(dataFileS3Key)?.[1] ?? '';
    const bits = [...name].map((digit) =>
      'abcdefghijklmnopqrstuvwxyz234567'.indexOf(digit).toString(2).padStart(5, '0'),
    );
    assert.equal(bits.join('').slice(48, 52), '0011', 'a UUID of version 3');
  }
  assert.deepEqual(await store.openUploads(bucket), []);
});

test('the items that hurt, in both formats', async () => {
  await using setting = await openExportSetting({}, []);
  // Half a surrogate pair is no text to the real service, and none to Ion.
  const texts = edgeItems(setting.source.name).filter((item) => !/\\ud[89a-f]/.test(JSON.stringify(item)));
  await setting.source.putItems(setting.table, texts);
  const items = await setting.source.readItems(setting.table);
  for (const ExportFormat of ['DYNAMODB_JSON', 'ION']) {
    const copy = await exported(setting, { ExportFormat });
    assert.equal(copy.summary.outputFormat, ExportFormat);
    // Numbers are told in the server's spelling by the one, and in Ion's by the other.
    const [actual, expected] = [copy.items(), items].map(ExportFormat === 'ION' ? inOneSpelling : (same) => same);
    assertSameItems(actual ?? [], expected ?? []);
    assert.throws(() => copy.changes(), /a full copy has no changes/);
    assert.ok(
      copy.objects.every(({ dataFileS3Key: key }) => key.endsWith(ExportFormat === 'ION' ? '.ion.gz' : '.json.gz')),
    );
  }
});

test('a prefix is kept as it was sent, and joined with one slash', async () => {
  await using setting = await openExportSetting();
  const prefixes = [
    ['foo', 'foo/AWS'],
    ['foo/', 'foo/AWS'],
    ['a b/ü', 'a b/ü/AWS'],
    ['/foo', '/foo/AWS'],
  ];
  for (const [S3Prefix, start] of prefixes) {
    if (S3Prefix === '/foo' && setting.store.name === 'versitygw') {
      // It keeps objects as files, and takes a path for what it names.
      continue;
    }
    const copy = await exported(setting, { S3Prefix, ExportType: 'FULL_EXPORT' });
    assert.equal(copy.summary.s3Prefix, S3Prefix);
    assert.ok(copy.folder.startsWith(start ?? ''), copy.folder);
    assert.equal(copy.summary.exportType, 'FULL_EXPORT', 'since the request says so');
  }
});

test('how it is encrypted', async () => {
  await using setting = await openExportSetting();
  const copy = await exported(setting, { S3SseAlgorithm: 'KMS', S3SseKmsKeyId: 'alias/backups' });
  assert.deepEqual([copy.summary.s3SseAlgorithm, copy.summary.s3SseKmsKeyId], ['KMS', 'alias/backups']);
  if (setting.store.can.tellEncryption) {
    const head = await setting.store.head(setting.bucket, copy.objects[0]?.dataFileS3Key ?? '');
    assert.deepEqual([head.ServerSideEncryption, head.SSEKMSKeyId], ['aws:kms', 'alias/backups']);
  }
});

test('nothing that is written after the request gets in', async () => {
  await using setting = await openExportSetting();
  const { service, source, table, store, bucket } = setting;
  const { ExportArn } = await description(service, 'ExportTableToPointInTime', setting.request());
  await source.putItems(table, [{ pk: { S: 'a' }, n: { N: '2' } }, { pk: { S: 'late' } }]);
  await service.settle();
  const key = `AWSDynamoDB/${String(ExportArn).replace(/^.*\//, '')}/manifest-summary.json`;
  const copy = await readCopy(store, bucket, key, { writer: 'dynamodb' });
  assertSameItems(copy.items(), [{ pk: { S: 'a' }, n: { N: '1' } }, { pk: { S: 'b' } }, { pk: { S: 'c' } }]);
});

test('an export at an earlier time undoes the writes since', async () => {
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

test('a filter is applied by the server behind', async () => {
  await using setting = await openExportSetting();
  const keys = (copy: Copy): unknown[] => copy.items().map((item) => item['pk']);
  const values = { ExpressionAttributeValues: { ':x': { S: 'b' } } };
  const tables = setting.source.requests.length;
  const one = await exported(setting, { FilterSpecification: { KeyConditionExpression: 'pk = :x', ...values } });
  assert.deepEqual(keys(one), [{ S: 'b' }]);
  const others = await exported(setting, { FilterSpecification: { FilterExpression: 'pk <> :x', ...values } });
  assert.deepEqual(keys(others).length, 2);
  const bare = await exported(setting, { FilterSpecification: { ProjectionExpression: 'pk' } });
  assert.ok(bare.items().every((item) => Object.keys(item).join() === 'pk'));
  assert.equal(setting.source.requests.length, tables, 'past the recording');
  const wrong = setting.request({ FilterSpecification: { FilterExpression: 'pk = :unknown' } });
  await assert.rejects(
    description(setting.service, 'ExportTableToPointInTime', wrong),
    /Invalid Request: Invalid FilterSpecification: .*:unknown/,
  );
});
