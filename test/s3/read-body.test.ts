import assert from 'node:assert/strict';
import { Readable } from 'node:stream';
import { test } from 'node:test';
import { bodyDigester } from '../../src/s3/read-body.ts';

test('a body that is shorter than its Content-Length is rejected, even if the connection ended normally', async () => {
  const response = { statusCode: 200, headers: { 'content-length': '5' }, body: Readable.from([Buffer.from('abc')]) };
  const next = async () => ({ response, output: { $metadata: {} } });
  const handler = bodyDigester().middleware(next, {});
  await assert.rejects(handler({ input: { Bucket: 'b', Key: 'k' }, request: {} }), /size of the object does not match/);
});
