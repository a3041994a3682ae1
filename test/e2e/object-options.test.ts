import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { CreateBucketCommand } from '@aws-sdk/client-s3';
import type { S3Request } from '../emulators/s3-requests.ts';
import { openSource } from '../emulators/source.ts';
import { chosenStore } from '../emulators/store.ts';

import { assertSucceeded, largeItems, openPair, type Pair, startServers } from '../fixtures/pair.ts';
import { readCopy } from '../fixtures/read-copy.ts';
import { slowTest } from '../run/effort.ts';

await startServers();

/** 7 MB with file-size 5 MiB: multipart uploads and objects of a single part. */
const table = await fill();
const COPY = { 'dynamodb-table-name': table, compression: 'none', 'total-segments': '1', 'file-size': '5MiB' };

const OWNER = '123456789012';
const KEY = 'arn:aws:kms:us-east-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab';
const UNTIL = '2099-01-31T00:00:00Z';

type Kind = 'data' | 'manifest' | 'marker';

interface Case {
  readonly inputs: Readonly<Record<string, string>>;
  /** Headers of the requests that create an object, and the kinds of objects that have them. */
  readonly written: readonly { readonly header: string; readonly value: string; readonly kinds: readonly Kind[] }[];
  /** Headers of every request except HeadBucket. */
  readonly always?: Readonly<Record<string, string>>;
}

interface EncryptionCase extends Case {
  /** Encryption in manifest-summary.json. */
  readonly encryption: { readonly s3SseAlgorithm: 'AES256' | 'KMS'; readonly s3SseKmsKeyId: string | null };
  /** Value of x-amz-server-side-encryption in the responses of S3. */
  readonly algorithm: string;
}

const ALL: readonly Kind[] = ['data', 'manifest', 'marker'];

const ENCRYPTION_CASES: Readonly<Record<string, EncryptionCase>> = {
  'sends SSE-S3 encryption and the requester pays header for all objects, StorageClass for data objects only': {
    inputs: {
      's3-sse-algorithm': 'AES256',
      's3-put-object-kwargs': '{"StorageClass": "STANDARD_IA", "RequestPayer": "requester"}',
    },
    written: [
      { header: 'x-amz-server-side-encryption', value: 'AES256', kinds: ALL },
      { header: 'x-amz-storage-class', value: 'STANDARD_IA', kinds: ['data'] },
    ],
    always: { 'x-amz-request-payer': 'requester' },
    encryption: { s3SseAlgorithm: 'AES256', s3SseKmsKeyId: null },
    algorithm: 'AES256',
  },
  'sends the KMS key, tags, ACL and metadata for all objects': {
    inputs: {
      's3-sse-algorithm': 'KMS',
      's3-sse-kms-key-id': KEY,
      's3-put-object-kwargs': [
        'BucketKeyEnabled: true',
        'Tagging: team=data&purpose=nightly%20copy',
        'ACL: bucket-owner-full-control',
        "Metadata: {run: '42'}",
      ].join('\n'),
    },
    written: [
      { header: 'x-amz-server-side-encryption', value: 'aws:kms', kinds: ALL },
      { header: 'x-amz-server-side-encryption-aws-kms-key-id', value: KEY, kinds: ALL },
      { header: 'x-amz-server-side-encryption-bucket-key-enabled', value: 'true', kinds: ALL },
      { header: 'x-amz-tagging', value: 'team=data&purpose=nightly%20copy', kinds: ALL },
      { header: 'x-amz-acl', value: 'bucket-owner-full-control', kinds: ALL },
      { header: 'x-amz-meta-run', value: '42', kinds: ALL },
    ],
    encryption: { s3SseAlgorithm: 'KMS', s3SseKmsKeyId: KEY },
    algorithm: 'aws:kms',
  },
  'sends KMS_DSSE encryption and the KMS key for all objects': {
    inputs: { 's3-sse-algorithm': 'KMS_DSSE', 's3-sse-kms-key-id': KEY },
    written: [
      { header: 'x-amz-server-side-encryption', value: 'aws:kms:dsse', kinds: ALL },
      { header: 'x-amz-server-side-encryption-aws-kms-key-id', value: KEY, kinds: ALL },
    ],
    encryption: { s3SseAlgorithm: 'KMS', s3SseKmsKeyId: KEY },
    algorithm: 'aws:kms:dsse',
  },
};

const OBJECT_LOCK: Case = {
  inputs: {
    's3-put-object-kwargs': `ObjectLockMode: GOVERNANCE\nObjectLockRetainUntilDate: '${UNTIL}'\nObjectLockLegalHoldStatus: 'ON'`,
  },
  written: [
    { header: 'x-amz-object-lock-mode', value: 'GOVERNANCE', kinds: ['data', 'manifest'] },
    { header: 'x-amz-object-lock-retain-until-date', value: UNTIL, kinds: ['data', 'manifest'] },
    { header: 'x-amz-object-lock-legal-hold', value: 'ON', kinds: ['data', 'manifest'] },
  ],
};

const BUCKET_OWNER: Case = {
  inputs: { 's3-bucket-owner': OWNER },
  written: [],
  always: { 'x-amz-expected-bucket-owner': OWNER },
};

suite('object options', { concurrency: 2 }, () => {
  for (const [title, options] of Object.entries(ENCRYPTION_CASES)) {
    test(title, async () => {
      await using pair = await openPair();
      reportEncryption(pair, options);
      const { s3SseAlgorithm, s3SseKmsKeyId } = await copyWith(pair, options);
      assert.deepEqual({ s3SseAlgorithm, s3SseKmsKeyId }, options.encryption);
      assertHeaders(pair, options);
    });
  }

  slowTest('sends the Object Lock options for data objects and manifests, but not for the marker', async () => {
    await using pair = await openPair();
    await copyWith(pair, OBJECT_LOCK);
    assertHeaders(pair, OBJECT_LOCK);
  });

  slowTest('sends s3-bucket-owner with every request except HeadBucket', async () => {
    // versitygw checks the owner, and its owners are not 12-digit account IDs.
    await using pair = await openPair(chosenStore() === 'versitygw' ? 'fauxqs' : undefined);
    await copyWith(pair, BUCKET_OWNER);
    assertHeaders(pair, BUCKET_OWNER);
  });

  slowTest('warns about a StorageClass from which objects must be restored before reading', async () => {
    await using pair = await openPair();
    await using run = await pair.run({ ...COPY, 's3-put-object-kwargs': 'StorageClass: DEEP_ARCHIVE' });
    assertSucceeded(run);
    assert.equal(run.warnings.length, 1);
    assert.match(run.warnings[0] ?? '', /DEEP_ARCHIVE.*restored/);
  });

  // Clients decompress an object that has a Content-Encoding header. Its content then does not match its checksum and name.
  slowTest('sets no Content-Encoding on compressed objects', async () => {
    await using pair = await openPair();
    await using run = await pair.run({ 'dynamodb-table-name': table });
    for (const object of (await pair.copyOf(run)).objects) {
      assert.equal((await pair.store.head(pair.bucket, object.dataFileS3Key)).ContentEncoding, undefined);
    }
    for (const { headers } of pair.store.requests) {
      assert.equal(headers['content-encoding'], undefined);
    }
  });
});

/** Adds the encryption headers of S3 to the responses of a store that does not return them. */
function reportEncryption({ store }: Pair, { encryption: { s3SseKmsKeyId }, algorithm }: EncryptionCase): void {
  // moto reports encryption, but not the key of aws:kms:dsse. S3 does.
  if (store.can.tellEncryption && algorithm !== 'aws:kms:dsse') return;
  const reported = {
    'x-amz-server-side-encryption': algorithm,
    ...(s3SseKmsKeyId !== null && { 'x-amz-server-side-encryption-aws-kms-key-id': s3SseKmsKeyId }),
  };
  store.inject(({ operation }) =>
    operation === 'PutObject'
      ? { rewrite: (httpResponse) => ({ ...httpResponse, headers: { ...httpResponse.headers, ...reported } }) }
      : undefined,
  );
}

/** Runs a copy with these options into a bucket with Object Lock, and returns its manifest-summary.json. */
async function copyWith(pair: Pair, { inputs }: Case) {
  const bucket = await createBucketWithObjectLock(pair);
  await using run = await pair.run({ ...COPY, ...inputs, 's3-bucket-name': bucket });
  assertSucceeded(run);
  const { summary } = await readCopy(pair.store, bucket, run.outputs['manifest-key'] ?? '');
  assert.ok(pair.store.uploads.completed().length > 0, 'control: at least one multipart upload');
  return summary;
}

function assertHeaders({ store }: Pair, { written, always = {} }: Case): void {
  for (const request of store.requests) {
    const kind = kindWrittenBy(request);
    for (const { header, value, kinds } of written) {
      const expected = kind !== undefined && kinds.includes(kind) ? value : undefined;
      assert.equal(normal(request.headers[header]), expected, `${header} of ${request.operation} ${request.key}`);
    }
    for (const [header, value] of Object.entries(always)) {
      // HeadBucket only finds the Region of the bucket. Nothing else depends on its response.
      const expected = request.operation === 'HeadBucket' ? undefined : value;
      assert.equal(request.headers[header], expected, `${header} of ${request.operation}`);
    }
  }
}

/** Returns the kind of object that a request creates; undefined if it creates none. */
function kindWrittenBy({ operation, key }: S3Request): Kind | undefined {
  if (operation !== 'PutObject' && operation !== 'CreateMultipartUpload') {
    return undefined;
  }
  return key.includes('/data/') ? 'data' : key.endsWith('/_started') ? 'marker' : 'manifest';
}

/** Returns the value of a header without the milliseconds of a timestamp, which are optional. */
function normal(value: string | string[] | undefined): string | undefined {
  return String(value ?? '').replace(/\.000Z$/, 'Z') || undefined;
}

async function createBucketWithObjectLock({ store, bucket }: Pair): Promise<string> {
  const Bucket = `${bucket}-locks`;
  await store.client.send(new CreateBucketCommand({ Bucket, ObjectLockEnabledForBucket: true }));
  return Bucket;
}

async function fill(): Promise<string> {
  await using source = await openSource();
  return await source.createTable(largeItems(70));
}
