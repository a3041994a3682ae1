import assert from 'node:assert/strict';
import test, { suite } from 'node:test';
import { PutObjectCommand } from '@aws-sdk/client-s3';
import { copyLayout } from '../../src/manifest/layout.ts';
import { manifestFiles, manifestSummary, md5File } from '../../src/manifest/manifests.ts';
import { type ConfirmLock, withdrawSummary, writeManifests } from '../../src/manifest/write-manifests.ts';
import { Bucket } from '../../src/s3/bucket.ts';
import { clientOfBucket } from '../aws/clients-for-tests.ts';
import '../aws/shorter-waits.ts';
import { s3Error } from '../emulators/faults.ts';
import { openStore, type Store } from '../emulators/store.ts';

const NEVER = new AbortController().signal;
const KEYS = copyLayout('prefix', '01715685260608-c488b4e1');
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

const TARGET = { layout: KEYS, parameters: {}, confirm: async () => {}, signal: NEVER };

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
  await writeManifests({ ...TARGET, bucket, parameters: { Metadata: { made: 'by-test' } } }, MANIFESTS);

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
    await assert.rejects(writeManifests({ ...TARGET, bucket }, MANIFESTS), { name: 'AccessDenied' });
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
      const writing = writeManifests(
        { ...TARGET, bucket: new Bucket({ client, name }), signal: stop.signal },
        MANIFESTS,
      );
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
  const notAnyMore = async (completes: boolean) => {
    if (completes) throw new Error('not any more');
  };
  await assert.rejects(
    writeManifests({ ...TARGET, bucket: new Bucket({ client, name }), confirm: notAnyMore }, MANIFESTS),
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

/** Every condition that a PUT came with, by the names of the manifests. */
function conditions({ requests }: Store): (readonly [string | undefined, string])[] {
  return requests
    .filter(({ operation }) => operation === 'PutObject')
    .map(({ key, headers }) => [
      key.split('/').at(-1),
      headers['if-match'] ? 'If-Match' : `If-None-Match: ${headers['if-none-match']}`,
    ]);
}

test('no manifest replaces another one, and the claim is confirmed before each attempt of each', async () => {
  await using bench = await open();
  const { store } = bench;
  store.inject(({ operation }, nth) =>
    operation === 'PutObject' && (nth === 2 || nth === 6) ? s3Error('InternalError', 500) : undefined,
  );
  const confirmed: (readonly [number, boolean])[] = [];
  await bench.write(async (completes) => void confirmed.push([store.requests.length, completes]));
  assert.deepEqual(
    conditions(store),
    ['files.md5', 'files.json', 'files.json', 'copy.json', 'summary.md5', 'summary.json', 'summary.json'].map(
      (tail) => [`manifest-${tail}`, 'If-None-Match: *'],
    ),
  );
  assert.deepEqual(confirmed, [...[0, 1, 2, 3, 4].map((sent) => [sent, false]), [5, true], [6, true]]);
});

test('a claim that is lost before a retry ends that: the retry is not sent', async () => {
  await using bench = await open();
  bench.store.inject(({ operation }) => (operation === 'PutObject' ? s3Error('InternalError', 500) : undefined));
  let confirmed = 0;
  const lost = bench.write(async () => {
    confirmed += 1;
    if (confirmed === 2) throw new Error('lost');
  });
  await assert.rejects(lost, /lost/);
  assert.equal(bench.store.requests.length, 1);
});

for (const [what, confirm] of Object.entries({ 'with a claim': async () => {}, 'without a claim': undefined })) {
  test(`a manifest that meets itself, as the response was lost, is the one that was written, ${what}`, async () => {
    await using bench = await open();
    const { store } = bench;
    store.inject(({ operation }, nth) => (operation === 'PutObject' && nth % 2 === 1 ? 'lose-answer' : undefined));
    const etag = await bench.write(confirm);
    const summary = (await store.list(bench.name)).find(({ key }) => key === KEYS.manifestSummary);
    assert.equal(etag, summary?.etag);
    assert.ok(conditions(store).every(([, condition]) => condition === 'If-None-Match: *'));
  });
}

test('with a claim, the manifests of an earlier attempt are replaced, each as it was found', async () => {
  await using bench = await open();
  await bench.putAll('of an earlier attempt');
  await bench.write(async () => {});
  assert.equal(await bench.content(KEYS.manifestCopy), '{"scope":"table","runUrl":null}');
  assert.deepEqual(
    conditions(bench.store),
    IN_ORDER.flatMap((tail) => [
      [tail, 'If-None-Match: *'],
      [tail, 'If-Match'],
    ]),
  );
});

test('with a claim, a manifest that changes once more before it is replaced is replaced all the same', async () => {
  await using bench = await open();
  await bench.putAll('of an earlier attempt');
  let late = 0;
  bench.store.inject(async ({ headers, key }) => {
    if (headers['if-match'] === undefined || late === 3) return undefined;
    late += 1;
    await bench.put(key, `late ${late}`);
    return undefined;
  });
  await bench.write(async () => {});
  assert.equal(late, 3);
  assert.equal(await bench.content(KEYS.manifestFiles), manifestFiles(MANIFESTS.files).toString());
});

test("without a claim, somebody else's manifest is an error and stays", async () => {
  await using bench = await open();
  await bench.put(KEYS.manifestCopy, "somebody else's");
  await assert.rejects(bench.write(undefined), {
    code: 'COPY_INCOMPLETE',
    message: 'manifest-copy.json of this copy already exists, but this step did not write it.',
  });
  assert.equal(await bench.content(KEYS.manifestCopy), "somebody else's");
  assert.equal(await bench.content(KEYS.manifestSummary), undefined);
});

test('without a claim, a role that may not read writes a manifest again if its response was lost', async () => {
  await using bench = await open();
  bench.store.inject(({ operation }, nth) => {
    if (operation === 'GetObject') return s3Error('AccessDenied', 403);
    return operation === 'PutObject' && nth === 1 ? 'lose-answer' : undefined;
  });
  await bench.write(undefined);
  assert.equal(await bench.content(KEYS.manifestFilesMd5), md5File(manifestFiles(MANIFESTS.files)).toString());
});

test("without a claim, a role that may not read does not replace somebody else's manifest", async () => {
  await using bench = await open();
  await bench.put(KEYS.manifestCopy, "somebody else's");
  bench.store.inject(({ operation }) => (operation === 'GetObject' ? s3Error('AccessDenied', 403) : undefined));
  await assert.rejects(bench.write(undefined), { code: 'COPY_INCOMPLETE' });
  assert.equal(await bench.content(KEYS.manifestCopy), "somebody else's");
});

test('without a claim, a store that does not support conditional writes is written to without', async () => {
  await using bench = await open();
  bench.store.inject(({ headers }) => (headers['if-none-match'] ? s3Error('NotImplemented', 501) : undefined));
  await bench.write(undefined);
  assert.equal(await bench.content(KEYS.manifestSummary), manifestSummary(MANIFESTS.summary).toString());
});

suite('a summary that must not stand for a copy', () => {
  const refusals = { 'may not be deleted': ['AccessDenied', 403], 'cannot be': ['NotImplemented', 501] } as const;

  test('is deleted', async () => {
    await using bench = await open();
    await bench.takeBack(await bench.write(undefined));
    assert.equal(await bench.content(KEYS.manifestSummary), undefined);
  });

  test("stays if it was replaced by somebody else's", async () => {
    await using bench = await open();
    const etag = await bench.write(undefined);
    await bench.put(KEYS.manifestSummary, "somebody else's");
    await bench.takeBack(etag);
    assert.equal(await bench.content(KEYS.manifestSummary), "somebody else's");
  });

  for (const [what, [code, status]] of Object.entries(refusals)) {
    test(`is made empty if it ${what}`, async () => {
      await using bench = await open();
      bench.store.inject(({ operation }) => (operation === 'DeleteObject' ? s3Error(code, status) : undefined));
      await bench.takeBack(await bench.write(undefined));
      assert.equal(await bench.content(KEYS.manifestSummary), '');
    });

    test(`is not made empty if it ${what} and was replaced`, async () => {
      await using bench = await open();
      bench.store.inject(({ operation }) => (operation === 'DeleteObject' ? s3Error(code, status) : undefined));
      const etag = await bench.write(undefined);
      await bench.put(KEYS.manifestSummary, "somebody else's");
      await bench.takeBack(etag);
      assert.equal(await bench.content(KEYS.manifestSummary), "somebody else's");
    });
  }
});

interface Bench extends AsyncDisposable {
  readonly store: Store;
  readonly name: string;
  readonly write: (confirm: ConfirmLock | undefined) => Promise<string>;
  readonly takeBack: (etag: string) => Promise<void>;
  /** Writes past the proxy. */
  readonly put: (key: string, text: string) => Promise<void>;
  readonly putAll: (text: string) => Promise<void>;
  /** Undefined if there is no such object. */
  readonly content: (key: string) => Promise<string | undefined>;
}

async function open(): Promise<Bench> {
  await using stack = new AsyncDisposableStack();
  const store = stack.use(await openStore());
  const name = await store.createBucket();
  const bucket = new Bucket({ client: stack.use(clientOfBucket(store.endpoint)), name });
  const put = async (Key: string, Body: string) => {
    await store.client.send(new PutObjectCommand({ Bucket: name, Key, Body }));
  };
  const resources = stack.move();
  return {
    store,
    name,
    write: (confirm) => writeManifests({ ...TARGET, bucket, confirm }, MANIFESTS),
    takeBack: (etag) => withdrawSummary(bucket, KEYS.manifestSummary, etag, {}),
    put,
    async putAll(text) {
      for (const tail of IN_ORDER) await put(KEYS.root + tail, text);
    },
    async content(key) {
      const exists = (await store.list(name, key)).length > 0;
      return exists ? (await store.read(name, key)).toString() : undefined;
    },
    [Symbol.asyncDispose]: () => resources.disposeAsync(),
  };
}
