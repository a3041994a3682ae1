import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { CreateBucketCommand } from '@aws-sdk/client-s3';
import type { S3Request } from '../emulators/s3-requests.ts';
import { openSource } from '../emulators/source.ts';
import { chosenStore } from '../emulators/store.ts';
import type { StoreName } from '../emulators/store-servers.ts';
import { assertSucceeded, largeItems, openPair, type Pair, startServers } from '../fixtures/pair.ts';
import { readCopy } from '../fixtures/read-copy.ts';
import { fewOf, slowTest } from '../run/effort.ts';

await startServers();

/** Read in three segments: two objects of one part and one that is a multipart upload, or the like. */
const table = await fill();
const COPY = { 'dynamodb-table-name': table, compression: 'none', 'total-segments': '1', 'file-size': '5MiB' };

const OWNER = '123456789012';
const KEY = 'arn:aws:kms:us-east-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab';
const UNTIL = '2099-01-31T00:00:00Z';

type Kind = 'data' | 'manifest' | 'marker';

interface Case {
  readonly inputs: Readonly<Record<string, string>>;
  /** Headers of the requests that make an object, and the kinds of objects that have them. */
  readonly written: readonly { readonly header: string; readonly value: string; readonly kinds: readonly Kind[] }[];
  /** Headers of every request. */
  readonly always?: Readonly<Record<string, string>>;
  /** What the summary says of it, as far as S3 tells. */
  readonly encryption?: { readonly s3SseAlgorithm: 'AES256' | 'KMS'; readonly s3SseKmsKeyId: string | null };
  /** How S3 names the encryption in its responses, if not as `encryption` says. */
  readonly told?: string;
  /** Used instead where the chosen store checks owners and has none whose name is 12 digits. */
  readonly insteadOfVersitygw?: StoreName;
}

const ALL: readonly Kind[] = ['data', 'manifest', 'marker'];

const CASES: Readonly<Record<string, Case>> = {
  'encryption with the keys of S3 and a payer for all, a storage class for data alone': {
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
  },
  'encryption with a key of KMS, tags, ACL and metadata for all': {
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
  },
  'two layers of encryption with a key of KMS': {
    inputs: { 's3-sse-algorithm': 'KMS_DSSE', 's3-sse-kms-key-id': KEY },
    written: [
      { header: 'x-amz-server-side-encryption', value: 'aws:kms:dsse', kinds: ALL },
      { header: 'x-amz-server-side-encryption-aws-kms-key-id', value: KEY, kinds: ALL },
    ],
    encryption: { s3SseAlgorithm: 'KMS', s3SseKmsKeyId: KEY },
    told: 'aws:kms:dsse',
  },
  'Object Lock for all but the marker': {
    inputs: {
      's3-put-object-kwargs': `ObjectLockMode: GOVERNANCE\nObjectLockRetainUntilDate: '${UNTIL}'\nObjectLockLegalHoldStatus: 'ON'`,
    },
    written: [
      { header: 'x-amz-object-lock-mode', value: 'GOVERNANCE', kinds: ['data', 'manifest'] },
      { header: 'x-amz-object-lock-retain-until-date', value: UNTIL, kinds: ['data', 'manifest'] },
      { header: 'x-amz-object-lock-legal-hold', value: 'ON', kinds: ['data', 'manifest'] },
    ],
  },
  'the owner of the bucket': {
    inputs: { 's3-bucket-owner': OWNER },
    written: [],
    always: { 'x-amz-expected-bucket-owner': OWNER },
    insteadOfVersitygw: 'fauxqs',
  },
};

suite('what is asked for of objects goes to the right ones', { concurrency: 2 }, () => {
  for (const [name, { inputs, written, always = {}, encryption, told, insteadOfVersitygw }] of fewOf(
    Object.entries(CASES),
    5,
  )) {
    test(name, async () => {
      await using pair = await openPair(chosenStore() === 'versitygw' ? insteadOfVersitygw : undefined);
      const bucket = await bucketWithLocks(pair);
      // moto does not report the key of aws:kms:dsse; S3 does.
      if (encryption && (!pair.store.can.tellEncryption || told !== undefined)) {
        tellEncryption(pair, encryption, told);
      }
      await using run = await pair.run({ ...COPY, ...inputs, 's3-bucket-name': bucket });
      assertSucceeded(run);
      const { summary } = await readCopy(pair.store, bucket, run.outputs['manifest-key'] ?? '');
      if (encryption) {
        const { s3SseAlgorithm, s3SseKmsKeyId } = summary;
        assert.deepEqual({ s3SseAlgorithm, s3SseKmsKeyId }, encryption);
      }
      assert.ok(pair.store.uploads.completed().length > 0, 'a multipart upload among them');

      for (const request of pair.store.requests) {
        const kind = kindWrittenBy(request);
        for (const { header, value, kinds } of written) {
          const expected = kind !== undefined && kinds.includes(kind) ? value : undefined;
          assert.equal(normal(request.headers[header]), expected, `${header} on ${request.operation} ${request.key}`);
        }
        for (const [header, value] of Object.entries(always)) {
          // HeadBucket asks for the region and nothing else; its answer is no proof of anything.
          const expected = request.operation === 'HeadBucket' ? undefined : value;
          assert.equal(request.headers[header], expected, `${header} on ${request.operation}`);
        }
      }
    });
  }

  slowTest('an archive class comes with a warning', async () => {
    await using pair = await openPair();
    await using run = await pair.run({ ...COPY, 's3-put-object-kwargs': 'StorageClass: DEEP_ARCHIVE' });
    assertSucceeded(run);
    assert.equal(run.warnings.length, 1);
    assert.match(run.warnings[0] ?? '', /DEEP_ARCHIVE.*restored/);
  });

  slowTest('nothing is ever said to be encoded: clients would undo it', async () => {
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

/** Says it as S3 does, for a store that takes the headers and does not mention them again. */
function tellEncryption(
  { store }: Pair,
  { s3SseAlgorithm, s3SseKmsKeyId }: NonNullable<Case['encryption']>,
  algorithm = s3SseAlgorithm === 'KMS' ? 'aws:kms' : s3SseAlgorithm,
): void {
  const told = {
    'x-amz-server-side-encryption': algorithm,
    ...(s3SseKmsKeyId !== null && { 'x-amz-server-side-encryption-aws-kms-key-id': s3SseKmsKeyId }),
  };
  store.inject(({ operation }) =>
    operation === 'PutObject'
      ? { rewrite: (answer) => ({ ...answer, headers: { ...answer.headers, ...told } }) }
      : undefined,
  );
}

/** The kind of object that a request makes, where it makes one. */
function kindWrittenBy({ operation, key }: S3Request): Kind | undefined {
  if (operation !== 'PutObject' && operation !== 'CreateMultipartUpload') {
    return undefined;
  }
  return key.includes('/data/') ? 'data' : key.endsWith('/_started') ? 'marker' : 'manifest';
}

/** A time may be written in more than one way. */
function normal(value: string | string[] | undefined): string | undefined {
  return String(value ?? '').replace(/\.000Z$/, 'Z') || undefined;
}

async function bucketWithLocks({ store, bucket }: Pair): Promise<string> {
  const Bucket = `${bucket}-locks`;
  await store.client.send(new CreateBucketCommand({ Bucket, ObjectLockEnabledForBucket: true }));
  return Bucket;
}

async function fill(): Promise<string> {
  await using source = await openSource();
  return await source.createTable(largeItems(70));
}
