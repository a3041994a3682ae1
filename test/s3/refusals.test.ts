import '../aws/short-waits.ts';
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Bucket } from '../../src/s3/bucket.ts';
import { isDenied } from '../../src/s3/refusals.ts';
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
  test(`${code} ${denied ? 'means' : 'does not mean'} that the role is not authorized`, async () => {
    await using server = await startScriptedServer(() => s3Failure(code, status));
    using client = clientOfBucket(server.endpoint);
    await assert.rejects(
      new Bucket({ client, name: 'bucket' }).get('key', NEVER),
      (error) => isDenied(error) === denied,
    );
  });
}
