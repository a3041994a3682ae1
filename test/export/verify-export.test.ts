import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { suite, test } from 'node:test';
import { verifyExport } from '../../src/export/verify-export.ts';
import { copyLayout } from '../../src/manifest/layout.ts';
import type { DataFile } from '../../src/manifest/manifests.ts';
import { Bucket } from '../../src/s3/bucket.ts';
import { clientOfBucket } from '../aws/clients-for-tests.ts';
import { s3Failure, startScriptedServer } from '../aws/scripted-server.ts';
import { exportOf } from './listed-exports.ts';

const CONTEXT = { logger: { info() {}, notice() {}, warning() {} }, signal: new AbortController().signal };

test('verifyExport verifies an export of 200,000 data objects', async () => {
  const files = Array.from({ length: 200_000 }, (_, i) =>
    JSON.stringify({ itemCount: 1, md5Checksum: '', etag: '', dataFileS3Key: `data/${i}` }),
  ).join('\n');
  const summary = JSON.stringify({ manifestFilesS3Key: 'manifest-files.json', itemCount: 200_000 });
  const md5 = (text: string) => createHash('md5').update(text).digest('base64');
  const objects: Readonly<Record<string, string>> = {
    '/bucket/manifest-summary.json': summary,
    '/bucket/manifest-summary.md5': md5(summary),
    '/bucket/manifest-files.json': files,
    '/bucket/manifest-files.md5': md5(files),
  };
  await using server = await startScriptedServer(({ url }) => {
    const body = objects[url.replace(/\?.*/, '')];
    return body === undefined ? s3Failure('AccessDenied', 403) : { status: 200, body };
  });
  using client = clientOfBucket(server.endpoint);
  const keys = copyLayout('', '01791506414432-3f2e5aa4');
  const description = exportOf(0, { ExportManifest: 'manifest-summary.json', ItemCount: 200_000 });
  const read: number[] = [];
  const onManifestsRead = (data: readonly DataFile[]) => void read.push(data.length);
  const bucket = new Bucket({ client, name: 'bucket' });
  const verified = await verifyExport({ bucket, ...CONTEXT }, description, keys, onManifestsRead);
  assert.deepEqual(read, [200_000]);
  assert.equal(verified.files.length, 200_000);
  assert.equal(verified.manifestKey, 'manifest-summary.json');
  assert.equal(verified.sizeBytes, 'not authorized');
});

test('verifyExport fails if neither the bucket nor DynamoDB returns the item count', async () => {
  await using server = await startScriptedServer(() => s3Failure('AccessDenied', 403));
  using client = clientOfBucket(server.endpoint);
  const bucket = new Bucket({ client, name: 'bucket' });
  const verify = (ItemCount: number | undefined) => {
    const description = { ...exportOf(0), ExportManifest: 'manifest-summary.json', ItemCount };
    return verifyExport({ bucket, ...CONTEXT }, description, copyLayout('', 'id'), () => assert.fail());
  };
  assert.deepEqual(await verify(7), {
    manifestKey: 'manifest-summary.json',
    itemCount: 7,
    files: 'not authorized',
    sizeBytes: 'not authorized',
  });
  await assert.rejects(verify(undefined), { code: 'AWS_ERROR', message: /has no ItemCount/ });
});

const NOT_JSON = Symbol('not JSON');

suite('verifyExport rejects', () => {
  const root = 'p/AWSDynamoDB/01791506414432-3f2e5aa4/';
  const key = `${root}data/a.json.gz`;
  const line = { itemCount: 2, md5Checksum: '', etag: '', dataFileS3Key: key };
  const summary = { manifestFilesS3Key: `${root}manifest-files.json`, itemCount: 2 };
  const cases: Readonly<Record<string, readonly [summary: unknown, ...lines: unknown[]]>> = {
    'a summary that is null': [null],
    'a manifest line that is null': [summary, line, null],
    'a manifest line that is not JSON': [summary, line, NOT_JSON],
    'a summary without a list of files': [{ itemCount: 2 }, line],
    'a summary with another number of items': [{ ...summary, itemCount: 3 }, line],
    'fewer items than DynamoDB reports': [
      { ...summary, itemCount: 1 },
      { ...line, itemCount: 1 },
    ],
    'a list of files outside of the AWSDynamoDB folder': [{ ...summary, manifestFilesS3Key: 'files.json' }, line],
    'a data object outside of the AWSDynamoDB folder': [summary, { ...line, dataFileS3Key: 'payroll.csv' }],
    'a data object that is listed twice': [summary, { ...line, itemCount: 1 }, { ...line, itemCount: 1 }],
    'a negative item count': [summary, { ...line, itemCount: 3 }, { ...line, itemCount: -1, dataFileS3Key: `${key}2` }],
    'an item count that is not a whole number': [
      summary,
      { ...line, itemCount: 1.5 },
      { ...line, itemCount: 0.5, dataFileS3Key: `${key}2` },
    ],
  };
  const verify = async ([forged, ...lines]: readonly [unknown, ...unknown[]]) => {
    const md5 = (text: string) => createHash('md5').update(text).digest('base64');
    const files = lines.map((each) => `${each === NOT_JSON ? '{' : JSON.stringify(each)}\n`).join('');
    const summaryJson = JSON.stringify(forged);
    const objects: Readonly<Record<string, string>> = {
      [`/bucket/${root}manifest-summary.json`]: summaryJson,
      [`/bucket/${root}manifest-summary.md5`]: md5(summaryJson),
      [`/bucket/${root}manifest-files.json`]: files,
      [`/bucket/${root}manifest-files.md5`]: md5(files),
      '/bucket/files.json': files,
      '/bucket/files.md5': md5(files),
    };
    await using server = await startScriptedServer(({ url }) => {
      const body = objects[url.replace(/\?.*/, '')];
      return body === undefined ? s3Failure('AccessDenied', 403) : { status: 200, body };
    });
    using client = clientOfBucket(server.endpoint);
    const description = exportOf(0, { ExportManifest: `${root}manifest-summary.json`, ItemCount: 2 });
    const keys = copyLayout('p', '01791506414432-3f2e5aa4');
    const bucket = new Bucket({ client, name: 'bucket' });
    return await verifyExport({ bucket, ...CONTEXT }, description, keys, () => {});
  };
  for (const [what, forged] of Object.entries(cases)) {
    test(what, () => assert.rejects(verify(forged), { code: 'EXPORT_MANIFEST_INVALID' }));
  }
  test('control: verifyExport accepts the manifests without changes', async () =>
    assert.equal((await verify([summary, line])).itemCount, 2));
});

test('fails if DynamoDB returns no manifest of a complete export', async () => {
  using client = clientOfBucket('http://127.0.0.1:9');
  const bucket = new Bucket({ client, name: 'bucket' });
  const verify = verifyExport({ bucket, ...CONTEXT }, exportOf(0), copyLayout('', 'id'), () => assert.fail());
  await assert.rejects(verify, { code: 'EXPORT_MANIFEST_INVALID', message: /returned no manifest key/ });
});
