import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { crc32, gunzipSync } from 'node:zlib';
import {
  BatchWriteItemCommand,
  DescribeTableCommand,
  DynamoDBClient,
  ProvisionedThroughputExceededException,
  paginateScan,
  ScanCommand,
  type ScanCommandInput,
} from '@aws-sdk/client-dynamodb';
import {
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  GetObjectCommand,
  HeadBucketCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { startReplayCopy, startReplaySink, startReplaySource, startSwallowingStore } from '../emulators/replay.ts';
import { CREDENTIALS, REGION } from '../fixtures/credentials.ts';

const MIB = 1024 * 1024;

test('an emulated large table returns every item once with 1, 2 or 7 segments', async () => {
  await using source = await startReplaySource({ totalBytes: 5 * MIB });
  const client = new DynamoDBClient({ endpoint: source.endpoint, region: REGION, credentials: CREDENTIALS });
  const { Table } = await client.send(new DescribeTableCommand({ TableName: source.tableName }));
  assert.equal(Table?.ItemCount, source.items);
  assert.equal(source.pages, 5);
  for (const TotalSegments of [1, 2, 7]) {
    let read = 0;
    for (let Segment = 0; Segment < TotalSegments; Segment++) {
      for await (const page of paginateScan({ client }, { TableName: source.tableName, Segment, TotalSegments })) {
        assert.equal(page.Items?.length, page.Count);
        assert.equal(page.ScannedCount, page.Count);
        assert.ok((page.ConsumedCapacity?.CapacityUnits ?? 0) > 0);
        read += page.Count ?? 0;
      }
    }
    assert.equal(read, source.items, `${TotalSegments} segments`);
  }
  assert.equal((await source.stats()).items, 3 * source.items);
  client.destroy();
});

test('pages of an emulated large table have a valid checksum and are equal for equal seeds', async () => {
  const pageOf = async (seed: number): Promise<{ body: Buffer; crc: number }> => {
    await using source = await startReplaySource({ totalBytes: 2 * MIB, seed });
    const headers = { 'x-amz-target': 'DynamoDB_20120810.Scan' };
    const response = await fetch(source.endpoint, { method: 'POST', headers, body: '{}' });
    const body = Buffer.from(await response.arrayBuffer());
    return { body, crc: Number(response.headers.get('x-amz-crc32')) };
  };
  const first = await pageOf(1);
  assert.equal(first.crc, crc32(first.body));
  assert.deepEqual((await pageOf(1)).body, first.body);
  assert.notDeepEqual((await pageOf(2)).body, first.body);
});

test('an emulated large table supports Limit and reports the capacity that each part of a page consumes', async () => {
  await using source = await startReplaySource({ totalBytes: 2 * MIB, shape: 'plain' });
  const client = new DynamoDBClient({ endpoint: source.endpoint, region: REGION, credentials: CREDENTIALS });
  const readAll = async (parameters: Partial<ScanCommandInput>) => {
    const items: unknown[] = [];
    let units = 0;
    for await (const page of paginateScan({ client }, { TableName: source.tableName, ...parameters })) {
      assert.equal(page.Items?.length, page.Count);
      assert.ok((page.Count ?? 0) <= (parameters.Limit ?? Number.POSITIVE_INFINITY));
      items.push(...(page.Items ?? []));
      units += page.ConsumedCapacity?.CapacityUnits ?? Number.NaN;
    }
    return { items, units };
  };
  const whole = await readAll({});
  assert.equal(whole.items.length, source.items);
  assert.ok(whole.units >= 256 && whole.units < 260, `${whole.units}`);
  const parts = await readAll({ Limit: 100 });
  assert.deepEqual(parts.items, whole.items);
  // The capacity of each request is rounded up to 4 KB.
  assert.ok(parts.units > whole.units && parts.units < 1.1 * whole.units, `${parts.units}`);
  const consistent = await readAll({ Limit: 100, ConsistentRead: true });
  assert.equal(consistent.units, 2 * parts.units);

  const { spent } = await source.stats();
  assert.equal(
    spent.reduce((sum, { units }) => sum + units, 0),
    whole.units + parts.units + consistent.units,
  );
  assert.ok(spent.every(({ at }, i) => i === 0 || at >= (spent[i - 1] as { at: number }).at));
  client.destroy();
});

test('an emulated table in provisioned mode throttles Scans with a throttling reason', async () => {
  await using source = await startReplaySource({ totalBytes: 64 * MIB, provisionedUnits: 10 });
  const client = new DynamoDBClient({
    endpoint: source.endpoint,
    region: REGION,
    credentials: CREDENTIALS,
    maxAttempts: 1,
  });
  const { TableName, Table } = await client
    .send(new DescribeTableCommand({ TableName: source.tableName }))
    .then((output) => ({ TableName: source.tableName, ...output }));
  assert.equal(Table?.ProvisionedThroughput?.ReadCapacityUnits, 10);
  assert.equal(Table?.BillingModeSummary, undefined);
  const scan = () =>
    client.send(new ScanCommand({ TableName })).then(
      () => undefined,
      (error: Error) => error,
    );
  // The first Scan uses the capacity since the start. It consumes the capacity of more than twelve seconds.
  const errors = [await scan(), await scan()];
  assert.equal(errors[0], undefined);
  assert.ok(errors[1] instanceof ProvisionedThroughputExceededException);
  assert.deepEqual(
    errors[1].ThrottlingReasons?.map(({ reason }) => reason),
    ['TableReadProvisionedThroughputExceeded'],
  );
  const { throttled, spent } = await source.stats();
  assert.equal(spent.length, 1);
  assert.deepEqual(Object.values(throttled), [1]);
  client.destroy();
});

test('the discarding store accepts and counts objects and uploads, and returns small objects', async () => {
  await using store = await startSwallowingStore({ etags: true });
  const client = new S3Client({ endpoint: store.endpoint, region: REGION, credentials: CREDENTIALS });
  const Bucket = 'any';
  assert.equal((await client.send(new HeadBucketCommand({ Bucket }))).BucketRegion, REGION);
  const { ETag } = await client.send(new PutObjectCommand({ Bucket, Key: 'a/small', Body: 'hello' }));
  assert.equal(ETag, '"5d41402abc4b2a76b9719d911017c592"');
  const small = await client.send(new GetObjectCommand({ Bucket, Key: 'a/small' }));
  assert.equal(await small.Body?.transformToString(), 'hello');

  const upload = await client.send(new CreateMultipartUploadCommand({ Bucket, Key: 'large' }));
  const part = { Bucket, Key: 'large', UploadId: upload.UploadId, PartNumber: 1, Body: Buffer.alloc(6 * MIB) };
  await client.send(new UploadPartCommand(part));
  assert.deepEqual(await store.stats(), { requests: 5, bytes: 5 + 6 * MIB, openUploads: 1 });
  await client.send(
    new CompleteMultipartUploadCommand({
      Bucket,
      Key: 'large',
      UploadId: upload.UploadId,
      MultipartUpload: { Parts: [] },
    }),
  );
  assert.equal((await store.stats()).openUploads, 0);
  await assert.rejects(client.send(new HeadObjectCommand({ Bucket, Key: 'large' })));
  client.destroy();
});

test('an emulated copy serves data objects that match their description', async () => {
  await using store = await startReplayCopy({ totalBytes: 20 * MIB });
  const client = new S3Client({
    endpoint: store.endpoint,
    region: REGION,
    credentials: CREDENTIALS,
    forcePathStyle: true,
  });
  const read = async (Key: string, Range?: string) => {
    const { Body, ContentRange } = await client.send(new GetObjectCommand({ Bucket: 'any', Key, Range }));
    return { bytes: Buffer.from((await Body?.transformToByteArray()) ?? []), ContentRange };
  };
  const { objects, itemsPerObject, md5, sha256, objectBytes, lineBytes, itemBytes } = store.copy;
  assert.equal(objects, 2);
  const { bytes } = await read('data/1');
  assert.equal(createHash('md5').update(bytes).digest('base64'), md5);
  assert.equal(createHash('sha256').update(bytes).digest('hex'), sha256);
  assert.deepEqual([bytes.length, 2 * gunzipSync(bytes).length], [objectBytes, lineBytes]);
  const { Contents = [] } = await client.send(new ListObjectsV2Command({ Bucket: 'any', Prefix: 'data/' }));
  assert.deepEqual(
    Contents.map(({ Key, Size, ETag }) => [Key, Size, ETag]),
    ['data/0', 'data/1'].map((key) => [key, objectBytes, '"replay"']),
  );
  const lines = gunzipSync(bytes).toString().split('\n').slice(0, -1);
  assert.equal(lines.length, itemsPerObject);
  const sizes = lines.map((line) => Buffer.byteLength(line) - '{"Item":}'.length);
  assert.equal(objects * sizes.reduce((sum, size) => sum + size, 0), itemBytes);
  assert.equal(new Set(lines.map((line) => JSON.parse(line).Item.sk.S)).size, itemsPerObject);
  const part = await read('data/0', 'bytes=1000-');
  assert.ok(part.bytes.equals(bytes.subarray(1000)));
  assert.equal(part.ContentRange, `bytes 1000-${bytes.length - 1}/${bytes.length}`);
  await assert.rejects(read('data/2'), { name: 'NoSuchKey' });
  client.destroy();
});

test('an emulated table that discards items counts them and their capacity', async () => {
  await using sink = await startReplaySink();
  const client = new DynamoDBClient({ endpoint: sink.endpoint, region: REGION, credentials: CREDENTIALS });
  const items = [{ pk: { S: 'a' } }, { pk: { S: 'x'.repeat(10_000) } }, { pk: { S: 'c' } }];
  const { UnprocessedItems, ConsumedCapacity } = await client.send(
    new BatchWriteItemCommand({ RequestItems: { any: items.map((Item) => ({ PutRequest: { Item } })) } }),
  );
  assert.deepEqual(UnprocessedItems, {});
  const units = 1 + Math.ceil((10_000 * 0.75) / 1024) + 1;
  assert.equal(ConsumedCapacity?.[0]?.CapacityUnits, units);
  const stats = await sink.stats();
  assert.deepEqual([stats.requests, stats.items, stats.spent.map((spent) => spent.units)], [1, 3, [units]]);
  client.destroy();
});
