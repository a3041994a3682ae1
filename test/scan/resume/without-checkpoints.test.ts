import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PutObjectCommand } from '@aws-sdk/client-s3';
import { type Fault, s3Error } from '../../emulators/faults.ts';
import type { S3Request } from '../../emulators/s3-requests.ts';
import { itemsOf, openScanFixture } from '../scan-fixture.ts';

const RESUME = { step: 'step', isPrefix: () => true, attempt: 1, requestHash: 'r', prefix: '' };

/** Copies a table whose bucket responds to some requests with a fault; returns the messages of the engine. */
async function messagesOf(attempt: number, fault: (request: S3Request) => Fault | undefined = () => undefined) {
  await using fixture = await openScanFixture(itemsOf(30, 100_000));
  fixture.store.inject(fault);
  const { error } = await fixture.run({ totalSegments: 2, resume: { ...RESUME, attempt } });
  assert.equal(error, undefined);
  return fixture.messages.map(({ kind, message }) => `${kind}: ${message}`).join('\n');
}

test('a later attempt starts over if there are no checkpoints', async () => {
  assert.match(
    await messagesOf(2),
    /^info: No checkpoints of an earlier attempt of this step were found\. This attempt/m,
  );
});

test('a later attempt starts over if the checkpoints are not those of this step', async () => {
  await using fixture = await openScanFixture(itemsOf(3, 10));
  const Key = 'AWSDynamoDB/_resume/step/run.json';
  await fixture.store.client.send(new PutObjectCommand({ Bucket: fixture.bucket, Key, Body: '{}' }));
  await fixture.run({ totalSegments: 1, resume: { ...RESUME, attempt: 2 } });
  const warnings = fixture.messages.filter(({ kind }) => kind === 'warning').map(({ message }) => message);
  assert.match(warnings.join(), /^The checkpoints in s3:\/\/.* cannot be read or do not belong to this step\./);
});

test('a copy has no checkpoints in a store without the requests that they need', async () => {
  const messages = await messagesOf(1, ({ key, method }) =>
    key.includes('/_resume/') && method === 'GET' ? s3Error('NotImplemented', 501) : undefined,
  );
  assert.match(messages, /^notice: This copy has no checkpoints because the store does not support a request/m);
});

test('a copy has no checkpoints in a store without conditional writes', async () => {
  const written = { httpResponse: { status: 200, headers: { etag: '"e"' }, body: Buffer.alloc(0) } };
  let writes = 0;
  const messages = await messagesOf(1, ({ key, operation }) => {
    if (operation !== 'PutObject' || !key.endsWith('/run.json')) return undefined;
    writes += 1;
    // The store confirms every write, so the second one seems to replace an object that it must not replace.
    return writes > 1 ? written : undefined;
  });
  assert.match(
    messages,
    /^notice: This copy has no checkpoints because the store does not support conditional writes/m,
  );
});
