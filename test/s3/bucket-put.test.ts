import '../aws/shorter-waits.ts';
import assert from 'node:assert/strict';
import test from 'node:test';
import { crc32 } from 'node:zlib';
import { Bucket } from '../../src/s3/bucket.ts';
import { clientOfBucket } from '../aws/clients-for-tests.ts';
import { startScriptedServer } from '../aws/scripted-server.ts';
import { openStore } from '../emulators/store.ts';

const NEVER = new AbortController().signal;

test('Bucket.put stores a body unchanged, with its checksum, its parameters and the expected bucket owner', async () => {
  await using store = await openStore();
  const name = await store.createBucket();
  using client = clientOfBucket(store.endpoint);
  for (const body of [Buffer.alloc(0), Buffer.from('{"a":"\u2028"}\n')]) {
    const bucket = new Bucket({ client, name, owner: '123456789012' });
    const { etag } = await bucket.put(
      { key: 'folder/a b+c.json', body, parameters: { ContentType: 'application/json' } },
      NEVER,
    );
    assert.deepEqual(await store.read(name, 'folder/a b+c.json'), body);
    assert.equal(etag, (await store.list(name))[0]?.etag);
    const headers = store.requests.at(-1)?.headers;
    const crc = Buffer.from(String(headers?.['x-amz-checksum-crc32']), 'base64');
    assert.equal(crc.readUInt32BE(), crc32(body));
    assert.equal(headers?.['x-amz-expected-bucket-owner'], '123456789012');
    assert.equal(headers?.['content-type'], 'application/json');
    // Without this header the SDK prints a warning.
    assert.equal(headers?.['content-length'], String(body.length));
  }
});

test('Bucket.put returns the ETag and the encryption that S3 reports', async () => {
  const headers = {
    etag: '"0123-not-an-md5"',
    'x-amz-server-side-encryption': 'aws:kms',
    'x-amz-server-side-encryption-aws-kms-key-id': 'arn:aws:kms:us-east-1:123456789012:key/k',
  };
  await using server = await startScriptedServer(() => ({ status: 200, headers }));
  using client = clientOfBucket(server.endpoint);
  const acknowledged = await new Bucket({ client, name: 'bucket' }).put(
    { key: 'key', body: Buffer.from('x'), parameters: {} },
    NEVER,
  );
  assert.deepEqual(acknowledged, {
    key: 'key',
    size: 1,
    etag: '0123-not-an-md5',
    crc32: undefined,
    lastModified: undefined,
    serverSideEncryption: 'aws:kms',
    kmsKeyId: 'arn:aws:kms:us-east-1:123456789012:key/k',
  });
});

test('Bucket.put fails if the response has no ETag', async () => {
  await using server = await startScriptedServer(() => ({ status: 200 }));
  using client = clientOfBucket(server.endpoint);
  const bucket = new Bucket({ client, name: 'bucket' });
  await assert.rejects(bucket.put({ key: 'key', body: Buffer.from('x'), parameters: {} }, NEVER), /without an ETag/);
});

for (const [status, what, body] of [
  [520, 'a text', 'error code: 520'],
  [
    524,
    'an HTML page with unclosed tags',
    '<!DOCTYPE html>\n<html><head><title>524: A timeout occurred</title><br></head></html>',
  ],
  [503, 'an HTML page', '<html><head><title>503 Service Temporarily Unavailable</title><hr></head></html>'],
  [502, 'no body', ''],
] as const) {
  test(`Bucket.put retries a ${status} of a proxy with ${what}`, async () => {
    let requests = 0;
    await using server = await startScriptedServer(() => {
      requests += 1;
      return requests < 3 ? { status, body: Buffer.from(body) } : { status: 200, headers: { etag: '"not-an-md5"' } };
    });
    using client = clientOfBucket(server.endpoint);
    await new Bucket({ client, name: 'bucket' }).put({ key: 'key', body: Buffer.from('x'), parameters: {} }, NEVER);
    assert.equal(requests, 3);
  });
}

for (const status of [501, 505]) {
  test(`Bucket.put does not retry a ${status}, because the store does not support the request`, async () => {
    let requests = 0;
    await using server = await startScriptedServer(() => {
      requests += 1;
      return { status };
    });
    using client = clientOfBucket(server.endpoint);
    const put = new Bucket({ client, name: 'bucket' }).put(
      { key: 'key', body: Buffer.from('x'), parameters: {} },
      NEVER,
    );
    await assert.rejects(put, (error: { $metadata?: { httpStatusCode?: number } }) => {
      return error.$metadata?.httpStatusCode === status;
    });
    assert.equal(requests, 1);
  });
}

test('a stopped run ends a put in progress', async () => {
  await using server = await startScriptedServer(() => () => {});
  using client = clientOfBucket(server.endpoint);
  const stop = new AbortController();
  const put = new Bucket({ client, name: 'bucket' }).put(
    { key: 'key', body: Buffer.from('x'), parameters: {} },
    stop.signal,
  );
  setTimeout(() => stop.abort(), 20);
  await assert.rejects(put, { name: 'AbortError' });
});
