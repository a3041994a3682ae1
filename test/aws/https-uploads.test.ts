import './shorter-waits.ts';
import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { suite, test } from 'node:test';
import { setDefaultCACertificates } from 'node:tls';
import { HeadObjectCommand, PutObjectCommand, type S3Client, UploadPartCommand } from '@aws-sdk/client-s3';
import type { DeserializeHandler } from '@smithy/types';
import { writeBodyInSlices } from '../../src/aws/upload-middleware.ts';
import { localCertificate } from '../fixtures/local-certificate.ts';
import { clientOfBucket } from './clients-for-tests.ts';
import { type ReceivedRequest, s3Failure, startScriptedServer } from './scripted-server.ts';

const { certificate } = localCertificate();
setDefaultCACertificates([certificate.cert]);

const MIB = 1024 * 1024;
const BODY = randomBytes(5 * MIB);
const stored = () => ({ status: 200, headers: { etag: '"x"' } });

function put(client: S3Client, body = BODY) {
  return client.send(new PutObjectCommand({ Bucket: 'bucket', Key: 'key', Body: body, ChecksumCRC32: 'AAAAAA==' }));
}

function signedHeaders({ headers }: ReceivedRequest | { headers: ReceivedRequest['headers'] }): readonly string[] {
  return /SignedHeaders=([^,]+)/.exec(String(headers.authorization))?.[1]?.split(';') ?? [];
}

suite('the signature of an upload over HTTPS', () => {
  for (const [what, send] of [
    ['PutObject', put],
    [
      'UploadPart',
      (client: S3Client) =>
        client.send(
          new UploadPartCommand({
            Bucket: 'bucket',
            Key: 'key',
            UploadId: 'id',
            PartNumber: 1,
            Body: BODY,
            ChecksumCRC32: 'AAAAAA==',
          }),
        ),
    ],
  ] as const) {
    test(`covers the checksum of ${what} instead of its data`, async () => {
      await using server = await startScriptedServer(stored, certificate);
      using client = clientOfBucket(server.endpoint);
      await send(client);
      const [request] = server.requests;
      assert.ok(request);
      assert.equal(request.headers['x-amz-content-sha256'], 'UNSIGNED-PAYLOAD');
      assert.equal(request.headers['x-amz-checksum-crc32'], 'AAAAAA==');
      assert.ok(signedHeaders(request).includes('x-amz-checksum-crc32'), String(request.headers.authorization));
      assert.ok(signedHeaders(request).includes('x-amz-content-sha256'));
    });
  }

  test('covers the data if payload signing is enabled', async () => {
    await using server = await startScriptedServer(stored, certificate);
    using client = clientOfBucket(server.endpoint, 80, true);
    await put(client);
    assert.equal(server.requests[0]?.headers['x-amz-content-sha256'], createHash('sha256').update(BODY).digest('hex'));
  });

  test('is not changed for requests without data', async () => {
    await using server = await startScriptedServer(stored, certificate);
    using client = clientOfBucket(server.endpoint);
    await client.send(new HeadObjectCommand({ Bucket: 'bucket', Key: 'key' }));
    assert.match(String(server.requests[0]?.headers['x-amz-content-sha256']), /^[0-9a-f]{64}$/);
  });
});

test('the signature of an upload over HTTP covers the data', async () => {
  await using server = await startScriptedServer(stored);
  using client = clientOfBucket(server.endpoint);
  await put(client);
  assert.equal(server.requests[0]?.headers['x-amz-content-sha256'], createHash('sha256').update(BODY).digest('hex'));
});

const SLICE = 64 * 1024;

suite('the body of an upload over HTTPS', () => {
  for (const size of [1, SLICE, SLICE + 1, 2 * SLICE, 5 * MIB]) {
    test(`arrives complete and with its length if it has ${size} bytes`, async () => {
      await using server = await startScriptedServer(stored, certificate);
      using client = clientOfBucket(server.endpoint);
      await put(client, BODY.subarray(0, size));
      const [request] = server.requests;
      assert.equal(request?.headers['content-length'], String(size));
      assert.equal(request?.headers['transfer-encoding'], undefined);
      assert.ok(request?.body.equals(BODY.subarray(0, size)));
    });
  }

  test('is sent again, complete, after a failed attempt', async () => {
    const script = (_: ReceivedRequest, nth: number) => (nth < 3 ? s3Failure('InternalError', 500) : stored());
    await using server = await startScriptedServer(script, certificate);
    using client = clientOfBucket(server.endpoint);
    const { $metadata } = await put(client);
    assert.equal($metadata.attempts, 3);
    for (const { body } of server.requests) assert.ok(body.equals(BODY));
  });

  test('is written in slices of at most 64 KiB', async () => {
    const { sent } = await passBody('https:', BODY);
    assert.ok(sent instanceof Readable);
    const slices = (await sent.toArray()) as Buffer[];
    assert.deepEqual([...new Set(slices.map(({ length }) => length))], [SLICE]);
    assert.ok(Buffer.concat(slices).equals(BODY));
  });

  test('is still a buffer in the request that the SDK retries', async () => {
    const { sent, request } = await passBody('https:', BODY);
    assert.ok(sent instanceof Readable);
    await buffer(sent);
    assert.equal(request.body, BODY);
  });

  for (const [what, protocol, body] of [
    ['over HTTP', 'http:', BODY],
    ['if it has one slice', 'https:', BODY.subarray(0, SLICE)],
    ['if it is a string', 'https:', '<Delete/>'],
  ] as const) {
    test(`is passed on unchanged ${what}`, async () => {
      const { sent } = await passBody(protocol, body);
      assert.equal(sent, body);
    });
  }
});

/** Returns the body that reaches the HTTP handler of the SDK. */
async function passBody(protocol: string, body: unknown): Promise<{ sent: unknown; request: { body: unknown } }> {
  const request = { protocol, headers: {}, body };
  let sent: unknown;
  const handler: DeserializeHandler<object, object> = async (args) => {
    sent = (args.request as typeof request).body;
    return { response: {}, output: { $metadata: {} } };
  };
  await writeBodyInSlices()(handler, { logger: console } as never)({ input: {}, request });
  return { sent, request };
}
