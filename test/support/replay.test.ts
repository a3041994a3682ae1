import assert from 'node:assert/strict';
import { test } from 'node:test';
import { crc32 } from 'node:zlib';
import { DescribeTableCommand, DynamoDBClient, paginateScan } from '@aws-sdk/client-dynamodb';
import {
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  GetObjectCommand,
  HeadBucketCommand,
  HeadObjectCommand,
  PutObjectCommand,
  S3Client,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { CREDENTIALS, REGION } from './credentials.ts';
import { startReplaySource, startSwallowingStore } from './replay.ts';

const MIB = 1024 * 1024;

test('a replayed table is read whole, whatever the number of segments', async () => {
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

test('a replayed page says its checksum, and is the same for the same seed', async () => {
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

test('a swallowing store takes objects and uploads, counts them, and gives small ones back', async () => {
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
