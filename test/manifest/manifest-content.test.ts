import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CopyError } from '../../src/errors.ts';
import { parseDataFiles } from '../../src/manifest/manifest-content.ts';
import { readManifests } from '../../src/manifest/read-manifests.ts';
import type { Bucket } from '../../src/s3/bucket.ts';

const invalid = (key: string, problem: string) => new CopyError('COPY_DAMAGED', `${key} ${problem}`, 'Restore it.');

test('a manifest lists at most a million data objects', () => {
  const lines: string[] = [];
  for (let nth = 0; nth <= 1_000_000; nth += 1) {
    lines.push(`{"itemCount":0,"md5Checksum":"m","etag":"e","dataFileS3Key":"${nth}"}`);
  }
  let accepted = 0;
  const accept = <T>(file: T): T => {
    accepted += 1;
    return file;
  };
  assert.throws(() => parseDataFiles(Buffer.from(lines.join('\n')), 'files', { itemCount: 0, invalid }, accept), {
    code: 'COPY_DAMAGED',
    message: 'files lists more than 1,000,000 objects',
  });
  assert.equal(accepted, 1_000_000);
});

test('the manifests of an export are invalid if the summary does not exist', async () => {
  const bucket = { get: async () => undefined } as unknown as Bucket;
  const key = 'AWSDynamoDB/01763806396789-8c1f3a2b/manifest-summary.json';
  await assert.rejects(readManifests(bucket, key, AbortSignal.timeout(5_000)), {
    code: 'EXPORT_MANIFEST_INVALID',
    message: 'manifest-summary.json of the copy does not exist in the bucket.',
  });
});
