import assert from 'node:assert/strict';
import { suite } from 'node:test';
import { CopyObjectCommand, DeleteObjectCommand } from '@aws-sdk/client-s3';
import { type Fault, withFlippedByte } from '../emulators/faults.ts';
import type { S3Request } from '../emulators/s3-requests.ts';
import { assertRefused, openExportPair } from '../fixtures/export-pair.ts';
import { assertSucceeded, startServers } from '../fixtures/pair.ts';
import { fewOf, slowTest } from '../run/effort.ts';

await startServers();

const MANIFESTS = ['manifest-summary.json', 'manifest-summary.md5', 'manifest-files.json', 'manifest-files.md5'];

/** Flips a byte of a body that has no checksum. */
const FLIP_WITHOUT_CHECKSUM: Fault = {
  rewriteHead: ({ status, headers, body }) => ({
    status,
    headers: Object.fromEntries(Object.entries(headers).filter(([name]) => !name.startsWith('x-amz-checksum-'))),
    body: withFlippedByte(body),
  }),
};

/** Applies a fault to the first `times` reads of each manifest. */
function faultyReads(fault: Fault, times: number): (request: S3Request) => Fault | undefined {
  const reads = new Map<string, number>();
  return ({ operation, key }) => {
    if (operation !== 'GetObject') return undefined;
    const nth = (reads.get(key) ?? 0) + 1;
    reads.set(key, nth);
    return nth <= times ? fault : undefined;
  };
}

suite('reads of export manifests', { concurrency: 3 }, () => {
  for (const [what, fault] of fewOf(
    [
      ['its connection is reset', 'cut'],
      ['its body is truncated', 'truncate'],
      ['a byte is flipped', 'flip'],
      ['a byte is flipped and there is no checksum', FLIP_WITHOUT_CHECKSUM],
    ] as const,
    1,
  )) {
    slowTest(`reads each export manifest again if ${what}, and starts no other export`, async () => {
      await using exporting = await openExportPair();
      exporting.pair.store.inject(faultyReads(fault, 1));
      await using run = await exporting.run();
      await exporting.copyOf(run);
      assert.equal(exporting.calls('ExportTableToPointInTime').length, 1);
      assert.equal(run.outputs['file-count'], '4');
      for (const name of MANIFESTS) {
        const reads = exporting.pair.store.requests.filter(
          ({ operation, key }) => operation === 'GetObject' && key.endsWith(`/${name}`),
        );
        assert.ok(reads.length >= 2, name);
      }
    });
  }

  slowTest(
    'accepts MD5 files of an export with the extension .checksum, as the AWS documentation describes',
    async () => {
      await using exporting = await openExportPair({ settleAfterMs: 'manual' });
      const { store, bucket } = exporting.pair;
      exporting.service.inject(async ({ operation }) => {
        if (operation !== 'DescribeExport') return undefined;
        await exporting.service.settle();
        for (const { key } of await store.list(bucket)) {
          if (!key.endsWith('.md5')) continue;
          const Key = key.replace(/\.md5$/, '.checksum');
          await store.client.send(new CopyObjectCommand({ Bucket: bucket, Key, CopySource: `${bucket}/${key}` }));
          await store.client.send(new DeleteObjectCommand({ Bucket: bucket, Key: key }));
        }
        return undefined;
      });
      await using run = await exporting.run();
      assertSucceeded(run);
      assert.equal(run.outputs['item-count'], '12');
      assert.equal(run.outputs['file-count'], '4');
    },
  );
});

slowTest('fails after 5 reads if a manifest of an export stays corrupted', async () => {
  await using exporting = await openExportPair();
  const corrupt = faultyReads(FLIP_WITHOUT_CHECKSUM, Number.POSITIVE_INFINITY);
  exporting.pair.store.inject((request) => (request.key.endsWith('files.json') ? corrupt(request) : undefined));
  await using run = await exporting.run();
  assert.match(assertRefused(run, 'EXPORT_MANIFEST_INVALID'), /manifest-files\.json/);
  const reads = exporting.pair.store.requests.filter(({ key, operation }) => {
    return operation === 'GetObject' && key.endsWith('files.json');
  });
  assert.equal(reads.length, 5);
});
