import '../aws/shorter-waits.ts';
import assert from 'node:assert/strict';
import test from 'node:test';
import { layout } from '../../src/backup/layout.ts';
import { manifestFiles, manifestSummary, md5File } from '../../src/backup/manifests.ts';
import { writeManifests } from '../../src/backup/write-manifests.ts';
import { Bucket } from '../../src/s3/bucket.ts';
import { clientOfBucket } from '../aws/clients-for-tests.ts';
import { s3Error } from '../support/faults.ts';
import { openStore } from '../support/store.ts';

const NEVER = new AbortController().signal;
const KEYS = layout('prefix', '01715685260608-c488b4e1');
const MANIFESTS = {
  files: [{ itemCount: 1, md5: 'md5', etag: 'etag', key: `${KEYS.data}name.json.gz` }],
  summary: {
    exportArn: 'arn',
    startTime: new Date(0),
    endTime: new Date(1),
    tableArn: 'arn',
    tableId: null,
    exportTime: new Date(0),
    bucket: 'bucket',
    prefix: 'prefix',
    sseAlgorithm: null,
    kmsKeyId: null,
    manifestFilesKey: KEYS.manifestFiles,
    itemCount: 1,
    outputFormat: 'JSON',
  },
  copy: { scope: 'table', runUrl: null },
} as const;

const IN_ORDER = [
  'manifest-files.md5',
  'manifest-files.json',
  'manifest-copy.json',
  'manifest-summary.md5',
  'manifest-summary.json',
];

test('the manifests are written one after the other, each with what was asked for, and the summary last', async () => {
  await using store = await openStore();
  const name = await store.createBucket();
  using client = clientOfBucket(store.endpoint);
  const bucket = new Bucket({ client, name, owner: '123456789012' });
  await writeManifests(bucket, KEYS, { Metadata: { made: 'by-test' } }, MANIFESTS, async () => {}, NEVER);

  const told = store.requests.map(({ operation, key, headers }) => {
    return [operation, key, headers['x-amz-meta-made'], headers['x-amz-expected-bucket-owner']];
  });
  const expected = IN_ORDER.map((tail) => ['PutObject', `${KEYS.root}${tail}`, 'by-test', '123456789012']);
  assert.deepEqual(told, expected);
  const content = async (key: string) => (await store.read(name, key)).toString();
  const [files, summary] = [manifestFiles(MANIFESTS.files), manifestSummary(MANIFESTS.summary)];
  assert.equal(await content(KEYS.manifestFiles), files.toString());
  assert.equal(await content(KEYS.manifestFilesMd5), md5File(files).toString());
  assert.equal(await content(KEYS.manifestSummary), summary.toString());
  assert.equal(await content(KEYS.manifestSummaryMd5), md5File(summary).toString());
  assert.equal(await content(KEYS.manifestCopy), '{"scope":"table","runUrl":null}');
});

for (const [index, tail] of IN_ORDER.entries()) {
  test(`where ${tail} cannot be written, there is no summary and nothing after it`, async () => {
    await using store = await openStore();
    const name = await store.createBucket();
    using client = clientOfBucket(store.endpoint);
    store.inject(({ key }) => (key.endsWith(tail) ? s3Error('AccessDenied', 403) : undefined));
    const bucket = new Bucket({ client, name });
    await assert.rejects(
      writeManifests(bucket, KEYS, {}, MANIFESTS, async () => {}, NEVER),
      { name: 'AccessDenied' },
    );
    const written = (await store.list(name)).map(({ key }) => key);
    const expected = IN_ORDER.slice(0, index).map((name) => KEYS.root + name);
    assert.deepEqual(written, expected.toSorted());
  });
}

test('a run that stops writes no summary, or writes it to the end', async (t) => {
  for (const tail of ['manifest-summary.md5', 'manifest-summary.json']) {
    await t.test(`as it writes ${tail}`, async () => {
      await using store = await openStore();
      const name = await store.createBucket();
      using client = clientOfBucket(store.endpoint);
      const stop = new AbortController();
      store.inject(({ key }) => {
        if (key.endsWith(tail)) stop.abort();
        return undefined;
      });
      const writing = writeManifests(new Bucket({ client, name }), KEYS, {}, MANIFESTS, async () => {}, stop.signal);
      const begun = tail === 'manifest-summary.json';
      if (begun) await writing;
      else await assert.rejects(writing, { name: 'AbortError' });
      const keys = (await store.list(name)).map(({ key }) => key);
      assert.equal(keys.includes(KEYS.manifestSummary), begun);
    });
  }
});

test('where the copy is not to be completed after all, all is written but the summary', async () => {
  await using store = await openStore();
  const name = await store.createBucket();
  using client = clientOfBucket(store.endpoint);
  const notAnyMore = async () => {
    throw new Error('not any more');
  };
  await assert.rejects(
    writeManifests(new Bucket({ client, name }), KEYS, {}, MANIFESTS, notAnyMore, NEVER),
    /not any more/,
  );
  const written = (await store.list(name)).map(({ key }) => key);
  assert.deepEqual(
    written,
    IN_ORDER.slice(0, -1)
      .map((tail) => KEYS.root + tail)
      .toSorted(),
  );
});
