import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Fault, s3Error } from '../emulators/faults.ts';
import { openSource } from '../emulators/source.ts';
import { assertSameItems } from '../fixtures/items.ts';
import { assertFailed, largeItems, openPair, type Pair, preload, startServers } from '../fixtures/pair.ts';
import { fewOf, slowTest } from '../run/effort.ts';

await startServers();

/** 6 MB: one multipart upload with two parts. */
const table = await fill(60);
const COPY = { 'dynamodb-table-name': table, compression: 'none', 'total-segments': '1' };

const internalError = s3Error('InternalError', 500, 'We encountered an internal error. Please try again.');
const slowDown = s3Error('SlowDown', 503, 'Please reduce your request rate.');
/** S3 can send status 200 before CompleteMultipartUpload has finished, and then report an error in the body. */
const errorWith200 = s3Error('InternalError', 200, 'We encountered an internal error. Please try again.');

/** Bodies of 200 responses that do not report success: an error and a line break, no result, no ETag. */
const errorAndLineBreak = xml('<Error><Code>InternalError</Code><Message>Please try again.</Message></Error>\n');
const noResult = xml('   \n');
const noETag = xml('<CompleteMultipartUploadResult><Key>k</Key></CompleteMultipartUploadResult>');

function xml(content: string): Fault {
  const body = Buffer.from(`<?xml version="1.0" encoding="UTF-8"?>\n${content}`);
  return { httpResponse: { status: 200, headers: { 'content-type': 'application/xml' }, body } };
}

/** Faults that a retry overcomes, all of a row in one run: the fault of the nth request of an operation. */
const TRANSIENT: Readonly<Record<string, readonly (readonly [operation: string, nth: number, fault: Fault])[]>> = {
  'SlowDown for every operation': [
    ['HeadBucket', 1, slowDown],
    ['PutObject', 1, slowDown],
    ['CreateMultipartUpload', 1, slowDown],
    ['UploadPart', 2, slowDown],
    ['CompleteMultipartUpload', 1, slowDown],
    ['PutObject', 6, slowDown],
  ],
  'InternalError and RequestTimeout': [
    ['PutObject', 3, internalError],
    ['UploadPart', 1, internalError],
    ['UploadPart', 2, s3Error('RequestTimeout', 400)],
    ['CompleteMultipartUpload', 1, internalError],
  ],
  'status 200 with an error in the body': [
    ['CompleteMultipartUpload', 1, errorWith200],
    ['CompleteMultipartUpload', 2, errorWith200],
  ],
  'status 200 without a result': [
    ['CreateMultipartUpload', 1, noResult],
    ['CompleteMultipartUpload', 1, noResult],
    ['CompleteMultipartUpload', 2, noETag],
    ['CompleteMultipartUpload', 3, errorAndLineBreak],
    ['ListObjectsV2', 1, noResult],
    ['ListObjectsV2', 2, errorAndLineBreak],
  ],
  'closed connections': [
    ['PutObject', 2, 'drop'],
    ['UploadPart', 1, 'drop'],
    ['CompleteMultipartUpload', 1, 'drop'],
  ],
  'BadDigest and truncated responses': [
    ['PutObject', 2, s3Error('BadDigest', 400)],
    ['CreateMultipartUpload', 1, 'truncate'],
    ['UploadPart', 1, s3Error('BadDigest', 400)],
    ['CompleteMultipartUpload', 1, 'cut'],
  ],
  'lost responses': [
    ['PutObject', 2, 'lose-httpResponse'],
    ['CreateMultipartUpload', 1, 'lose-httpResponse'],
    ['UploadPart', 2, 'lose-httpResponse'],
  ],
};

suite('transient S3 errors', { concurrency: 2 }, () => {
  for (const [name, faults] of fewOf(Object.entries(TRANSIENT), 1)) {
    slowTest(`a copy retries and completes after ${name}`, async () => {
      await using pair = await openPair();
      pair.store.inject(
        ({ operation }, count) => faults.find(([where, nth]) => where === operation && nth === count)?.[2],
      );
      await using run = await pair.run(COPY, { env: { DYNAMODB_TO_S3_TIME_SCALE: '0.1' } });
      const copy = await pair.copyOf(run);
      assertSameItems(copy.items(), await pair.source.readItems(table));
      assert.equal(pair.store.requests.filter((request) => request.fault !== undefined).length, faults.length);
      assert.deepEqual(await pair.store.openUploads(pair.bucket), []);
      assert.deepEqual(run.warnings, []);
    });
  }
});

suite('a lost response to CompleteMultipartUpload', { concurrency: 2 }, () => {
  slowTest(
    'is retried; if the store no longer has the upload, the Action checks the object with HeadObject',
    async () => {
      await using pair = await openPair();
      onS3(pair, 'CompleteMultipartUpload', (nth) => (nth === 1 ? 'lose-httpResponse' : undefined));
      await using run = await pair.run(COPY);
      assertSameItems((await pair.copyOf(run)).items(), await pair.source.readItems(table));
      // Only fauxqs returns NoSuchUpload for a completed upload.
      const isChecked = pair.store.requests.some(({ operation }) => operation === 'HeadObject');
      assert.equal(isChecked, pair.store.name === 'fauxqs');
    },
  );

  test('fails the step with UPLOAD_LOST if the upload no longer exists and HeadObject is denied', async () => {
    await using pair = await openPair();
    pair.store.inject(({ operation }, nth) => {
      if (operation === 'HeadObject') return s3Error('AccessDenied', 403);
      if (operation !== 'CompleteMultipartUpload') return undefined;
      return nth === 1 ? 'lose-httpResponse' : s3Error('NoSuchUpload', 404);
    });
    await using run = await pair.run(COPY);
    const { message, remedy } = await assertFailed(run, pair, 'UPLOAD_LOST');
    assert.match(message, /multipart upload of .*\/data\/\S+ no longer exists/);
    assert.match(remedy, /Re-run the job.*s3:GetObject/);
  });
});

suite('permanent S3 errors', { concurrency: 3 }, () => {
  for (const [operation, createsUpload] of fewOf(
    [
      ['CreateMultipartUpload', false],
      ['UploadPart', true],
      ['CompleteMultipartUpload', true],
    ] as const,
    1,
  )) {
    test(`a step fails with AWS_ERROR and aborts its upload if ${operation} always returns 500`, async () => {
      await using pair = await openPair();
      onS3(pair, operation, () => internalError);
      await using run = await pair.run(COPY, preload('fast-clock.ts'));
      const { message } = await assertFailed(run, pair, 'AWS_ERROR');
      assert.match(message, new RegExp(`S3 ${operation} failed with InternalError, HTTP 500`));
      assert.equal(pair.store.uploads.aborted().length, pair.store.uploads.created().length);
      assert.equal(pair.store.uploads.created().length > 0, createsUpload);
    });
  }

  slowTest('a step that fails in one segment aborts the multipart uploads of all segments', async () => {
    await using pair = await openPair();
    onS3(pair, 'UploadPart', async () => {
      // Waits until both segments have created an upload.
      while (pair.store.uploads.created().length < 2) {
        await sleep(5);
      }
      return s3Error('AccessDenied', 403);
    });
    await using run = await pair.run({ ...COPY, 'dynamodb-table-name': await fill(120), 'total-segments': '2' });
    await assertFailed(run, pair, 'ACCESS_DENIED');
    assert.equal(pair.store.uploads.aborted().length, 2);
  });

  for (const name of fewOf(['manifest-summary.json', 'manifest-files.json'], 1)) {
    test(`a step fails without a complete copy if S3 denies the write of ${name}`, async () => {
      await using pair = await openPair();
      pair.store.inject(({ key }) => (key.endsWith(name) ? s3Error('AccessDenied', 403) : undefined));
      await using run = await pair.run(COPY);
      const { message } = await assertFailed(run, pair, 'ACCESS_DENIED');
      assert.match(message, /s3:PutObject/);
      // The outputs that are known are set.
      assert.equal(run.outputs['item-count'], '60');
      assert.equal((JSON.parse(run.outputs['s3-keys'] ?? '') as string[]).length, 1);
    });
  }

  slowTest('a step warns about a multipart upload that it cannot abort', async () => {
    await using pair = await openPair();
    pair.store.inject(({ operation }) =>
      operation === 'UploadPart' || operation === 'AbortMultipartUpload' ? s3Error('AccessDenied', 403) : undefined,
    );
    await using run = await pair.run(COPY);
    assert.equal(run.exitCode, 1);
    assert.equal(run.errors.length, 1);
    const open = await pair.store.openUploads(pair.bucket);
    assert.equal(open.length, 1);
    // Control: assertFailed detects the open upload.
    await assert.rejects(assertFailed(run, pair, 'ACCESS_DENIED'), /Expected values to be strictly deep-equal/);
    assert.match(run.warnings.join('\n'), /1 multipart upload.* could not be aborted.*AbortIncompleteMultipartUpload/);
  });
});

type FaultOf = (nth: number) => Fault | undefined | Promise<Fault | undefined>;

function onS3({ store }: Pair, name: string, faultOf: FaultOf): void {
  store.inject(({ operation }, nth) => (operation === name ? faultOf(nth) : undefined));
}

async function fill(items: number): Promise<string> {
  await using source = await openSource();
  return await source.createTable(largeItems(items));
}
