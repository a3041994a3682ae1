import '../aws/short-waits.ts';
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Bucket } from '../../src/s3/bucket.ts';
import { isDenied, isUnsupported } from '../../src/s3/error-status.ts';
import { clientOfBucket } from '../aws/clients-for-tests.ts';
import { s3Failure, startScriptedServer } from '../aws/scripted-server.ts';

const NEVER = new AbortController().signal;

for (const [code, status, denied] of [
  ['AccessDenied', 403, true],
  ['SignatureDoesNotMatch', 403, false],
  ['RequestTimeTooSkewed', 403, false],
  ['InvalidAccessKeyId', 403, false],
  ['InvalidRequest', 400, false],
  ['NotImplemented', 501, false],
] as const) {
  test(`isDenied is ${denied} for ${status} ${code}`, async () => {
    await using server = await startScriptedServer(() => s3Failure(code, status));
    using client = clientOfBucket(server.endpoint);
    await assert.rejects(
      new Bucket({ client, name: 'bucket' }).get('key', NEVER),
      (error) => isDenied(error) === denied,
    );
  });
}

for (const { name, status, unsupported } of [
  { name: 'NotImplemented', status: 501, unsupported: true },
  { name: 'MethodNotAllowed', status: 405, unsupported: true },
  { name: 'InvalidArgument', status: 400, unsupported: true },
  { name: 'ExpiredToken', status: 400, unsupported: false },
  { name: 'RequestTimeout', status: 400, unsupported: false },
  { name: 'AccessDenied', status: 403, unsupported: false },
]) {
  test(`isUnsupported is ${unsupported} for ${status} ${name}`, () => {
    const error = Object.assign(new Error('rejected'), { name, $metadata: { httpStatusCode: status } });
    assert.equal(isUnsupported(error), unsupported);
  });
}
