import '../aws/shorter-waits.ts';
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import test, { suite } from 'node:test';
import { PutObjectCommand } from '@aws-sdk/client-s3';
import { parseChecksums, sha256 } from '../../src/manifest/checksum-list.ts';
import { copyLayout } from '../../src/manifest/layout.ts';
import { manifestFiles, manifestSummary, md5File } from '../../src/manifest/manifests.ts';
import { tableManifestJson } from '../../src/manifest/table-manifest.ts';
import {
  type ConfirmLock,
  type Manifests,
  type WrittenManifests,
  withdrawSummary,
  writeManifests,
} from '../../src/manifest/write-manifests.ts';
import { Bucket } from '../../src/s3/bucket.ts';
import { clientOfBucket } from '../aws/clients-for-tests.ts';
import { s3Error } from '../emulators/faults.ts';
import { openStore, type Store } from '../emulators/store.ts';

const NEVER = new AbortController().signal;
const KEYS = copyLayout('prefix', '01715685260608-c488b4e1');
const DATA_SHA256 = createHash('sha256').update('data').digest('hex');
const COPY_JSON = '{"scope":"table","runUrl":null,"checksumsFile":"manifest-sha256.txt"}';
const MANIFESTS: Manifests = {
  files: [{ itemCount: 1, md5: 'md5', sha256: DATA_SHA256, etag: 'etag', key: `${KEYS.data}name.json.gz`, size: 1 }],
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
  table: {
    describedAt: new Date(0).toISOString(),
    tableArn: 'arn:aws:dynamodb:eu-central-1:111111111111:table/orders',
    tableId: null,
    scope: 'table',
    CreateTable: {
      TableName: 'orders',
      AttributeDefinitions: [{ AttributeName: 'pk', AttributeType: 'S' }],
      KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }],
      BillingMode: 'PAY_PER_REQUEST',
    },
    unknown: [],
    notIncluded: [],
  },
};

const TARGET = { layout: KEYS, parameters: {}, confirm: async () => {}, signal: NEVER };

const IN_ORDER = [
  'manifest-files.md5',
  'manifest-files.json',
  'manifest-copy.json',
  'manifest-table.json',
  'manifest-summary.md5',
  'manifest-sha256.txt',
  'manifest-summary.json',
];

test('writeManifests writes one manifest at a time with the object options, manifest-summary.json last', async () => {
  await using store = await openStore();
  const name = await store.createBucket();
  using client = clientOfBucket(store.endpoint);
  const bucket = new Bucket({ client, name, owner: '123456789012' });
  await writeManifests({ ...TARGET, bucket, parameters: { Metadata: { made: 'by-test' } } }, MANIFESTS);

  const sent = store.requests.map(({ operation, key, headers }) => {
    return [operation, key, headers['x-amz-meta-made'], headers['x-amz-expected-bucket-owner']];
  });
  const expected = IN_ORDER.map((tail) => ['PutObject', `${KEYS.root}${tail}`, 'by-test', '123456789012']);
  assert.deepEqual(sent, expected);
  const content = async (key: string) => (await store.read(name, key)).toString();
  const [files, summary] = [manifestFiles(MANIFESTS.files), manifestSummary(MANIFESTS.summary)];
  assert.equal(await content(KEYS.manifestFiles), files.toString());
  assert.equal(await content(KEYS.manifestFilesMd5), md5File(files).toString());
  assert.equal(await content(KEYS.manifestSummary), summary.toString());
  assert.equal(await content(KEYS.manifestSummaryMd5), md5File(summary).toString());
  assert.equal(await content(KEYS.manifestCopy), COPY_JSON);
});

test('manifest-sha256.txt has the SHA-256 of every data object and of every other manifest', async () => {
  await using writer = await openWriter();
  const { checksums } = await writer.write(undefined);
  assert.equal(await writer.content(KEYS.manifestChecksums), checksums.toString());
  const expected = new Map([['data/name.json.gz', DATA_SHA256]]);
  for (const tail of IN_ORDER.filter((name) => name !== 'manifest-sha256.txt').toSorted()) {
    expected.set(tail, sha256(Buffer.from((await writer.content(KEYS.root + tail)) ?? '')));
  }
  assert.deepEqual([...(parseChecksums(checksums) ?? [])], [...expected]);
});

test('with a run lock, a manifest-sha256.txt of an earlier attempt is replaced', async () => {
  await using writer = await openWriter();
  await writer.put(KEYS.manifestChecksums, 'from an earlier attempt');
  const { checksums } = await writer.write(async () => {});
  assert.equal(await writer.content(KEYS.manifestChecksums), checksums.toString());
});

for (const [index, tail] of IN_ORDER.entries()) {
  test(`writeManifests writes no summary and no later manifest if ${tail} cannot be written`, async () => {
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

async function writeAndStopAt(
  tail: string,
  check: (writing: Promise<WrittenManifests>) => Promise<void>,
): Promise<string[]> {
  await using store = await openStore();
  const name = await store.createBucket();
  using client = clientOfBucket(store.endpoint);
  const stop = new AbortController();
  store.inject(({ key }) => {
    if (key.endsWith(tail)) stop.abort();
    return undefined;
  });
  await check(writeManifests({ ...TARGET, bucket: new Bucket({ client, name }), signal: stop.signal }, MANIFESTS));
  return (await store.list(name)).map(({ key }) => key);
}

test('writeManifests writes no summary if the run stops during manifest-summary.md5', async () => {
  const keys = await writeAndStopAt('manifest-summary.md5', (writing) =>
    assert.rejects(writing, { name: 'AbortError' }),
  );
  assert.equal(keys.includes(KEYS.manifestSummary), false);
});

test('writeManifests completes manifest-summary.json if the run stops while it is written', async () => {
  const keys = await writeAndStopAt('manifest-summary.json', async (writing) => {
    await writing;
  });
  assert.equal(keys.includes(KEYS.manifestSummary), true);
});

test('writeManifests writes every manifest except the summary if the run lock is lost before the summary', async () => {
  await using store = await openStore();
  const name = await store.createBucket();
  using client = clientOfBucket(store.endpoint);
  const loseLock = async (completes: boolean) => {
    if (completes) throw new Error('lock lost');
  };
  await assert.rejects(
    writeManifests({ ...TARGET, bucket: new Bucket({ client, name }), confirm: loseLock }, MANIFESTS),
    /lock lost/,
  );
  const written = (await store.list(name)).map(({ key }) => key);
  assert.deepEqual(
    written,
    IN_ORDER.slice(0, -1)
      .map((tail) => KEYS.root + tail)
      .toSorted(),
  );
});

/** Returns the name and the condition of each PUT of a manifest. */
function conditions({ requests }: Store): (readonly [string | undefined, string])[] {
  return requests
    .filter(({ operation }) => operation === 'PutObject')
    .map(({ key, headers }) => [
      key.split('/').at(-1),
      headers['if-match'] ? 'If-Match' : `If-None-Match: ${headers['if-none-match']}`,
    ]);
}

test('no manifest replaces another one, and the run lock is confirmed before each attempt', async () => {
  await using writer = await openWriter();
  const { store } = writer;
  store.inject(({ operation }, nth) =>
    operation === 'PutObject' && (nth === 2 || nth === 8) ? s3Error('InternalError', 500) : undefined,
  );
  const confirmed: (readonly [number, boolean])[] = [];
  await writer.write(async (completes) => void confirmed.push([store.requests.length, completes]));
  assert.deepEqual(
    conditions(store),
    [
      ...['files.md5', 'files.json', 'files.json', 'copy.json', 'table.json', 'summary.md5', 'sha256.txt'],
      ...['summary.json', 'summary.json'],
    ].map((tail) => [`manifest-${tail}`, 'If-None-Match: *']),
  );
  assert.deepEqual(confirmed, [...[0, 1, 2, 3, 4, 5, 6].map((sent) => [sent, false]), [7, true], [8, true]]);
});

test('a retry is not sent if the run lock was lost before it', async () => {
  await using writer = await openWriter();
  writer.store.inject(({ operation }) => (operation === 'PutObject' ? s3Error('InternalError', 500) : undefined));
  let confirmed = 0;
  const lost = writer.write(async () => {
    confirmed += 1;
    if (confirmed === 2) throw new Error('lost');
  });
  await assert.rejects(lost, /lost/);
  assert.equal(writer.store.requests.length, 1);
});

for (const [what, confirm] of Object.entries({ 'with a run lock': async () => {}, 'without a run lock': undefined })) {
  test(`a manifest whose response was lost is recognized as its own by the retry, ${what}`, async () => {
    await using writer = await openWriter();
    const { store } = writer;
    store.inject(({ operation }, nth) =>
      operation === 'PutObject' && nth % 2 === 1 ? 'lose-httpResponse' : undefined,
    );
    const { summaryEtag } = await writer.write(confirm);
    const summary = (await store.list(writer.name)).find(({ key }) => key === KEYS.manifestSummary);
    assert.equal(summaryEtag, summary?.etag);
    assert.ok(conditions(store).every(([, condition]) => condition === 'If-None-Match: *'));
  });
}

test('with a run lock, the manifests of an earlier attempt are replaced with If-Match', async () => {
  await using writer = await openWriter();
  await writer.putAll('from an earlier attempt');
  await writer.write(async () => {});
  assert.equal(await writer.content(KEYS.manifestCopy), COPY_JSON);
  assert.deepEqual(
    conditions(writer.store),
    IN_ORDER.flatMap((tail) => [
      [tail, 'If-None-Match: *'],
      [tail, 'If-Match'],
    ]),
  );
});

test('with a run lock, a manifest that changes again before it is replaced is still replaced', async () => {
  await using writer = await openWriter();
  await writer.putAll('from an earlier attempt');
  let changes = 0;
  writer.store.inject(async ({ headers, key }) => {
    if (headers['if-match'] === undefined || changes === 3) return undefined;
    changes += 1;
    await writer.put(key, `change ${changes}`);
    return undefined;
  });
  await writer.write(async () => {});
  assert.equal(changes, 3);
  assert.equal(await writer.content(KEYS.manifestFiles), manifestFiles(MANIFESTS.files).toString());
});

for (const [title, change, isKept] of [
  ['of the same table stays', { describedAt: new Date(1).toISOString(), Tags: [{ Key: 'a', Value: 'b' }] }, true],
  ['of a table that was re-created is replaced', { tableId: '8dee4e27-6be3-4358-9987-8b55b06a732e' }, false],
  ['of another table is replaced', { tableArn: 'arn:aws:dynamodb:eu-central-1:111111111111:table/items' }, false],
  ['with another scope is replaced', { scope: 'subset' }, false],
  ['that is not valid is replaced', { CreateTable: {} }, false],
] as const) {
  test(`with a run lock, a manifest-table.json of an earlier attempt ${title}`, async () => {
    await using writer = await openWriter();
    const earlier = JSON.stringify({ ...MANIFESTS.table, ...change });
    await writer.put(KEYS.manifestTable, earlier);
    await writer.write(async () => {});
    const own = tableManifestJson(MANIFESTS.table).toString();
    assert.equal(await writer.content(KEYS.manifestTable), isKept ? earlier : own);
    const checksums = parseChecksums(Buffer.from((await writer.content(KEYS.manifestChecksums)) ?? ''));
    assert.equal(checksums?.get('manifest-table.json'), sha256(Buffer.from(isKept ? earlier : own)));
    assert.ok(await writer.content(KEYS.manifestSummary));
  });
}

test('without a run lock, a manifest-table.json of another writer is an error', async () => {
  await using writer = await openWriter();
  const other = JSON.stringify({ ...MANIFESTS.table, describedAt: new Date(1).toISOString() });
  await writer.put(KEYS.manifestTable, other);
  await assert.rejects(writer.write(undefined), { code: 'COPY_INCOMPLETE' });
  assert.equal(await writer.content(KEYS.manifestTable), other);
});

test('without a run lock, a manifest of another writer is an error and is not replaced', async () => {
  await using writer = await openWriter();
  await writer.put(KEYS.manifestCopy, 'from another writer');
  await assert.rejects(writer.write(undefined), {
    code: 'COPY_INCOMPLETE',
    message: 'manifest-copy.json of this copy already exists, but this step did not write it.',
  });
  assert.equal(await writer.content(KEYS.manifestCopy), 'from another writer');
  assert.equal(await writer.content(KEYS.manifestSummary), undefined);
});

test('without a run lock and without s3:GetObject, a manifest is written again if its response was lost', async () => {
  await using writer = await openWriter();
  writer.store.inject(({ operation }, nth) => {
    if (operation === 'GetObject') return s3Error('AccessDenied', 403);
    return operation === 'PutObject' && nth === 1 ? 'lose-httpResponse' : undefined;
  });
  await writer.write(undefined);
  assert.equal(await writer.content(KEYS.manifestFilesMd5), md5File(manifestFiles(MANIFESTS.files)).toString());
});

test('without a run lock and without s3:GetObject, a manifest of another writer is not replaced', async () => {
  await using writer = await openWriter();
  await writer.put(KEYS.manifestCopy, 'from another writer');
  writer.store.inject(({ operation }) => (operation === 'GetObject' ? s3Error('AccessDenied', 403) : undefined));
  await assert.rejects(writer.write(undefined), { code: 'COPY_INCOMPLETE' });
  assert.equal(await writer.content(KEYS.manifestCopy), 'from another writer');
});

test('without a run lock, manifests are written unconditionally to a store without conditional writes', async () => {
  await using writer = await openWriter();
  writer.store.inject(({ headers }) => (headers['if-none-match'] ? s3Error('NotImplemented', 501) : undefined));
  await writer.write(undefined);
  assert.equal(await writer.content(KEYS.manifestSummary), manifestSummary(MANIFESTS.summary).toString());
});

suite('withdrawSummary', () => {
  const rejections = {
    'the role lacks s3:DeleteObject': ['AccessDenied', 403],
    'the store does not support deletion': ['NotImplemented', 501],
  } as const;

  test('deletes the summary', async () => {
    await using writer = await openWriter();
    await writer.withdraw(await writer.write(undefined));
    assert.equal(await writer.content(KEYS.manifestSummary), undefined);
  });

  test('keeps a summary that another writer replaced', async () => {
    await using writer = await openWriter();
    const written = await writer.write(undefined);
    await writer.put(KEYS.manifestSummary, 'from another writer');
    await writer.withdraw(written);
    assert.equal(await writer.content(KEYS.manifestSummary), 'from another writer');
  });

  for (const [what, [code, status]] of Object.entries(rejections)) {
    test(`empties the summary if ${what}`, async () => {
      await using writer = await openWriter();
      writer.store.inject(({ operation }) => (operation === 'DeleteObject' ? s3Error(code, status) : undefined));
      await writer.withdraw(await writer.write(undefined));
      assert.equal(await writer.content(KEYS.manifestSummary), '');
    });

    test(`keeps a summary that another writer replaced if ${what}`, async () => {
      await using writer = await openWriter();
      writer.store.inject(({ operation }) => (operation === 'DeleteObject' ? s3Error(code, status) : undefined));
      const written = await writer.write(undefined);
      await writer.put(KEYS.manifestSummary, 'from another writer');
      await writer.withdraw(written);
      assert.equal(await writer.content(KEYS.manifestSummary), 'from another writer');
    });
  }
});

interface Writer extends AsyncDisposable {
  readonly store: Store;
  readonly name: string;
  readonly write: (confirm: ConfirmLock | undefined) => Promise<WrittenManifests>;
  readonly withdraw: (written: WrittenManifests) => Promise<void>;
  /** Writes directly to the store, without injected faults. */
  readonly put: (key: string, text: string) => Promise<void>;
  readonly putAll: (text: string) => Promise<void>;
  /** Content of an object; undefined if it does not exist */
  readonly content: (key: string) => Promise<string | undefined>;
}

async function openWriter(): Promise<Writer> {
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
    withdraw: ({ summaryEtag }) => withdrawSummary(bucket, KEYS.manifestSummary, summaryEtag, {}),
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
