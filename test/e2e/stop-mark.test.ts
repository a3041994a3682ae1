import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { S3Request } from '../emulators/s3-requests.ts';
import { openSource } from '../emulators/source.ts';
import { assertRefused, openExportPair } from '../fixtures/export-pair.ts';
import { assertFailed, largeItems, openPair, startServers } from '../fixtures/pair.ts';
import { fewOf, slowTest } from '../run/effort.ts';

await startServers();

/** 6 MB in one segment, which becomes one multipart upload. */
const table = await fill(60);
const COPY = { 'dynamodb-table-name': table, compression: 'none', 'total-segments': '1' };

// In a cancelled container job, the runner starts the post step while the step is still running.
suite('a step that is still running when its post step starts', { concurrency: 2 }, () => {
  test('fails with CANCELLED while DynamoDB does not respond', async () => {
    await using pair = await openPair();
    const arrived = Promise.withResolvers<void>();
    pair.source.inject(({ operation }) => {
      if (operation !== 'Scan') return undefined;
      arrived.resolve();
      return 'hang';
    });
    const step = pair.start(COPY);
    await arrived.promise;
    await using post = await pair.run(COPY, { postOf: step });
    assert.equal(post.exitCode, 0, post.log);
    await using run = await step.result;
    await assertFailed(run, pair, 'CANCELLED');
  });

  const HELD: Readonly<Record<string, (request: S3Request) => boolean>> = {
    UploadPart: ({ operation }) => operation === 'UploadPart',
    CompleteMultipartUpload: ({ operation }) => operation === 'CompleteMultipartUpload',
    'the PUT of manifest-summary.md5': ({ key }) => key.endsWith('/manifest-summary.md5'),
  };
  for (const [request, isHeld] of fewOf(Object.entries(HELD), 2)) {
    test(`fails with CANCELLED without a complete copy if the post step runs during ${request}`, async () => {
      await using pair = await openPair();
      const arrived = Promise.withResolvers<void>();
      const released = Promise.withResolvers<undefined>();
      pair.store.inject((request) => {
        if (!isHeld(request)) return undefined;
        arrived.resolve();
        return released.promise;
      });
      const step = pair.start(COPY);
      await arrived.promise;
      await using post = await pair.run(COPY, { postOf: step });
      assert.equal(post.exitCode, 0, post.log);
      assert.deepEqual([...post.errors, ...post.warnings], []);
      released.resolve(undefined);
      await using run = await step.result;
      await assertFailed(run, pair, 'CANCELLED');
    });
  }

  slowTest('fails with CANCELLED while it waits for an export', async () => {
    await using exporting = await openExportPair({ settleAfterMs: 'manual' });
    const step = exporting.start();
    await step.printed(/Started export/);
    await using post = await exporting.run({}, { postOf: step });
    assert.equal(post.exitCode, 0, post.log);
    await using run = await step.result;
    assertRefused(run, 'CANCELLED');
  });
});

async function fill(items: number): Promise<string> {
  await using source = await openSource();
  return await source.createTable(largeItems(items));
}
