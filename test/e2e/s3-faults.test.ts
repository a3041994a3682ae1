import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Fault, s3Error } from '../emulators/faults.ts';
import { openSource } from '../emulators/source.ts';
import { assertSameItems } from '../fixtures/items.ts';
import { assertFailed, largeItems, openPair, type Pair, preload, startServers } from '../fixtures/pair.ts';
import { fewOf, slowTest } from '../run/effort.ts';

await startServers();

/** 6 MB: one multipart upload, of two parts. */
const table = await fill(60);
const COPY = { 'dynamodb-table-name': table, compression: 'none', 'total-segments': '1' };

const internalError = s3Error('InternalError', 500, 'We encountered an internal error. Please try again.');
const slowDown = s3Error('SlowDown', 503, 'Please reduce your request rate.');
/** S3 may begin to answer CompleteMultipartUpload with 200 before it knows how that ends. */
const errorAfterAll = s3Error('InternalError', 200, 'We encountered an internal error. Please try again.');

/** A 200 that ends with a line break, or before S3 said how the request ended, is no success either. */
const errorAndLineBreak = xml('<Error><Code>InternalError</Code><Message>Please try again.</Message></Error>\n');
const nothingYet = xml('   \n');
const noETag = xml('<CompleteMultipartUploadResult><Key>k</Key></CompleteMultipartUploadResult>');

function xml(content: string): Fault {
  const body = Buffer.from(`<?xml version="1.0" encoding="UTF-8"?>\n${content}`);
  return { answer: { status: 200, headers: { 'content-type': 'application/xml' }, body } };
}

/** What passes when it is tried again, several of them in one run: what happens to which request of an operation. */
const PASSING: Readonly<Record<string, readonly (readonly [operation: string, nth: number, fault: Fault])[]>> = {
  'busy, everywhere': [
    ['HeadBucket', 1, slowDown],
    ['PutObject', 1, slowDown],
    ['CreateMultipartUpload', 1, slowDown],
    ['UploadPart', 2, slowDown],
    ['CompleteMultipartUpload', 1, slowDown],
    ['PutObject', 6, slowDown],
  ],
  'errors of its own': [
    ['PutObject', 3, internalError],
    ['UploadPart', 1, internalError],
    ['UploadPart', 2, s3Error('RequestTimeout', 400)],
    ['CompleteMultipartUpload', 1, internalError],
  ],
  'an error under a 200': [
    ['CompleteMultipartUpload', 1, errorAfterAll],
    ['CompleteMultipartUpload', 2, errorAfterAll],
  ],
  'a 200 that does not name what was made': [
    ['CreateMultipartUpload', 1, nothingYet],
    ['CompleteMultipartUpload', 1, nothingYet],
    ['CompleteMultipartUpload', 2, noETag],
    ['CompleteMultipartUpload', 3, errorAndLineBreak],
    ['ListObjectsV2', 1, nothingYet],
    ['ListObjectsV2', 2, errorAndLineBreak],
  ],
  'connections that close': [
    ['PutObject', 2, 'drop'],
    ['UploadPart', 1, 'drop'],
    ['CompleteMultipartUpload', 1, 'drop'],
  ],
  'bytes that arrive damaged, here or there': [
    ['PutObject', 2, s3Error('BadDigest', 400)],
    ['CreateMultipartUpload', 1, 'truncate'],
    ['UploadPart', 1, s3Error('BadDigest', 400)],
    ['CompleteMultipartUpload', 1, 'cut'],
  ],
  'answers that are lost': [
    ['PutObject', 2, 'lose-answer'],
    ['CreateMultipartUpload', 1, 'lose-answer'],
    ['UploadPart', 2, 'lose-answer'],
  ],
};

suite('what S3 does not take is sent again', { concurrency: 2 }, () => {
  for (const [name, faults] of fewOf(Object.entries(PASSING), 2)) {
    test(name, async () => {
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

suite('CompleteMultipartUpload is sent again where its answer is lost', { concurrency: 2 }, () => {
  test('which S3 answers as before; a store that has forgotten the upload is asked for the object', async () => {
    await using pair = await openPair();
    onS3(pair, 'CompleteMultipartUpload', (nth) => (nth === 1 ? 'lose-answer' : undefined));
    await using run = await pair.run(COPY);
    assertSameItems((await pair.copyOf(run)).items(), await pair.source.readItems(table));
    // fauxqs alone has forgotten it.
    const asked = pair.store.requests.some(({ operation }) => operation === 'HeadObject');
    assert.equal(asked, pair.store.name === 'fauxqs');
  });

  test('a role that may not look for the object has to run the step again', async () => {
    await using pair = await openPair();
    pair.store.inject(({ operation }, nth) => {
      if (operation === 'HeadObject') return s3Error('AccessDenied', 403);
      if (operation !== 'CompleteMultipartUpload') return undefined;
      return nth === 1 ? 'lose-answer' : s3Error('NoSuchUpload', 404);
    });
    await using run = await pair.run(COPY);
    const { message, remedy } = await assertFailed(run, pair, 'UPLOAD_LOST');
    assert.match(message, /multipart upload of .*\/data\/\S+ no longer exists/);
    assert.match(remedy, /Re-run the job.*s3:GetObject/);
  });
});

suite('what S3 never takes is a failure that leaves nothing behind', { concurrency: 3 }, () => {
  for (const operation of fewOf(['CreateMultipartUpload', 'UploadPart', 'CompleteMultipartUpload'], 1)) {
    test(operation, async () => {
      await using pair = await openPair();
      onS3(pair, operation, () => internalError);
      await using run = await pair.run(COPY, preload('fast-clock.ts'));
      const { message } = await assertFailed(run, pair, 'AWS_ERROR');
      assert.match(message, new RegExp(`S3 ${operation} failed with InternalError, HTTP 500`));
      assert.equal(pair.store.uploads.aborted().length, pair.store.uploads.created().length);
      assert.equal(pair.store.uploads.created().length > 0, operation !== 'CreateMultipartUpload');
    });
  }

  slowTest('an upload of another segment is aborted too', async () => {
    await using pair = await openPair();
    onS3(pair, 'UploadPart', async () => {
      // Not before both segments have begun theirs.
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
    test(`${name}: without it there is no copy`, async () => {
      await using pair = await openPair();
      pair.store.inject(({ key }) => (key.endsWith(name) ? s3Error('AccessDenied', 403) : undefined));
      await using run = await pair.run(COPY);
      const { message } = await assertFailed(run, pair, 'ACCESS_DENIED');
      assert.match(message, /s3:PutObject/);
      // What is known stays known.
      assert.equal(run.outputs['item-count'], '60');
      assert.equal((JSON.parse(run.outputs['s3-keys'] ?? '') as string[]).length, 1);
    });
  }

  slowTest('control: an upload that cannot be aborted is seen, and told', async () => {
    await using pair = await openPair();
    pair.store.inject(({ operation }) =>
      operation === 'UploadPart' || operation === 'AbortMultipartUpload' ? s3Error('AccessDenied', 403) : undefined,
    );
    await using run = await pair.run(COPY);
    assert.equal(run.exitCode, 1);
    assert.equal(run.errors.length, 1);
    const open = await pair.store.openUploads(pair.bucket);
    assert.equal(open.length, 1);
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
