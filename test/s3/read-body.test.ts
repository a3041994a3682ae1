import assert from 'node:assert/strict';
import { Readable } from 'node:stream';
import { test } from 'node:test';
import { bodyDigester, bodyReader } from '../../src/s3/read-body.ts';

test('a body that is shorter than its Content-Length is rejected, even if the connection ended normally', async () => {
  const response = { statusCode: 200, headers: { 'content-length': '5' }, body: Readable.from([Buffer.from('abc')]) };
  const next = async () => ({ response, output: { $metadata: {} } });
  const handler = bodyDigester().middleware(next, {});
  await assert.rejects(handler({ input: { Bucket: 'b', Key: 'k' }, request: {} }), /size of the object does not match/);
});

test('a body without Content-Length is not kept if it is too large', async () => {
  for (const [maxBytes, kept] of [
    [6, 'abcdef'],
    [5, ''],
  ] as const) {
    const { middleware, received } = bodyReader(maxBytes);
    const response = {
      statusCode: 200,
      headers: {},
      body: Readable.from(['abc', 'd', 'ef'].map((text) => Buffer.from(text))),
    };
    await middleware(
      async () => ({ response, output: { $metadata: {} } }),
      {},
    )({
      input: { Bucket: 'b', Key: 'k' },
      request: {},
    });
    assert.equal(received().content.toString(), kept);
    assert.equal(received().size, 6);
  }
});
