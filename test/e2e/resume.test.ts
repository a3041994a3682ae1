import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { jsonResponse, s3Error } from '../emulators/faults.ts';
import type { S3Request } from '../emulators/s3-requests.ts';
import type { Item } from '../emulators/source.ts';
import { dynamoDbRefuses, s3Denies } from '../fixtures/aws-errors.ts';
import { assertSameItems } from '../fixtures/items.ts';
import { assertFailed, assertSucceeded, largeItems, openPair, type Pair, startServers } from '../fixtures/pair.ts';
import {
  attempt,
  checkpointKeys,
  dieAt,
  firstExportId,
  holdScans,
  ITEMS,
  PAGES_AN_OBJECT,
  RESUMED,
  scans,
  seesData,
} from '../fixtures/resume-attempts.ts';
import { heldBy, holdFirst, injectHolds, putsObject } from '../fixtures/second-attempt.ts';
import { fewOf, slowTest } from '../run/effort.ts';

await startServers();

suite('a re-run', { concurrency: 2 }, () => {
  test('resumes after SIGKILL, and does not read again what the first attempt stored in S3', async () => {
    await using pair = await openPair();
    const inputs = { ...RESUMED, 'dynamodb-table-name': await pair.source.createTable(ITEMS) };
    await using _first = await dieAt(pair, inputs, seesData(5), 'drop');
    const before = scans(pair).length;

    await using run = await pair.run(inputs, attempt(2));
    const copy = await pair.copyOf(run);
    assertSameItems(copy.items(), await pair.source.readItems(inputs['dynamodb-table-name']));
    assert.match(run.notices.join('\n'), /Resuming the copy of attempt 1: \d+ items in 4 objects/);
    assert.equal(run.outputs['export-id'], firstExportId(pair), 'both attempts write the same copy');
    assert.equal(Number(run.outputs['item-count']), ITEMS.length);
    // Only the pages of the unfinished object in each of the two segments are read twice.
    const pages = Math.ceil(ITEMS.length / 3) + 2;
    assert.ok(scans(pair).length - before < pages - 4, `${scans(pair).length} Scans in all`);
    assert.ok(scans(pair).length <= pages + 2 * PAGES_AN_OBJECT, `${scans(pair).length} Scans in all`);
    assert.deepEqual(await checkpointKeys(pair), []);
    assert.deepEqual(await pair.store.openUploads(pair.bucket), []);
  });

  slowTest('resumes after an attempt that failed because its credentials expired', async () => {
    await using pair = await openPair();
    const inputs = { ...RESUMED, 'dynamodb-table-name': await pair.source.createTable(ITEMS) };
    expireCredentialsAfter(pair, 15);
    await using failed = await pair.run(inputs);
    await assertFailed(failed, pair, 'CREDENTIALS_EXPIRED');
    pair.source.inject();
    await using run = await pair.run(inputs, attempt(2));
    assertSameItems((await pair.copyOf(run)).items(), await pair.source.readItems(inputs['dynamodb-table-name']));
    assert.match(run.notices.join('\n'), /Resuming the copy of attempt 1/);
  });

  slowTest('is announced in the log and job summary of a failed attempt, with a link to troubleshooting', async () => {
    await using pair = await openPair();
    const inputs = { ...RESUMED, 'dynamodb-table-name': await pair.source.createTable(ITEMS) };
    expireCredentialsAfter(pair, 15);
    const GITHUB_ACTION_REPOSITORY = 'octo-org/dynamodb-to-s3';
    await using failed = await pair.run(inputs, { env: { GITHUB_ACTION_REPOSITORY, GITHUB_ACTION_REF: 'v1' } });
    const { remedy: lastLine } = await assertFailed(failed, pair, 'CREDENTIALS_EXPIRED');
    const help = `https://github.com/${GITHUB_ACTION_REPOSITORY}/blob/v1/docs/troubleshooting.md#credentials_expired`;
    assert.equal(lastLine, `More information: ${help}`);
    assert.ok(failed.summary.includes(`(${help})`), failed.summary);
    for (const text of [failed.log, failed.summary]) assert.match(text, /"Re-run failed jobs" resumes this copy/);
  });

  for (const [title, fault, puts, objects] of fewOf(
    [
      ['adopts a data object that S3 stored although its response was lost', 'lose-httpResponse', 1, 2],
      ['writes a data object again, under the same key, if S3 did not receive it', 'drop', 2, 1],
    ] as const,
    1,
  )) {
    test(title, async () => {
      await using pair = await openPair();
      const inputs = { ...RESUMED, 'total-segments': '1', 'dynamodb-table-name': await pair.source.createTable(ITEMS) };
      await using _ = await dieAt(pair, inputs, seesData(2), fault);
      const pending = pair.store.requests.find((request) => request.fault === fault)?.key ?? '';
      const before = scans(pair).length;
      await using run = await pair.run(inputs, attempt(2));
      const copy = await pair.copyOf(run);
      assertSameItems(copy.items(), await pair.source.readItems(inputs['dynamodb-table-name']));
      // The key must be the same, because the first request can still arrive.
      assert.ok(copy.objects.some((object) => object.dataFileS3Key === pending));
      const sent = pair.store.requests.filter(({ operation, key }) => operation === 'PutObject' && key === pending);
      assert.equal(sent.length, puts);
      assert.equal(scans(pair).length - before, Math.ceil(ITEMS.length / 3) + 1 - objects * PAGES_AN_OBJECT);
    });
  }

  slowTest('adopts an object if S3 completed its multipart upload but the response was lost', async () => {
    await using pair = await openPair();
    const table = await pair.source.createTable(largeItems(70));
    const inputs = { resume: 'true', 'dynamodb-table-name': table, compression: 'none', 'total-segments': '1' };
    await using _ = await dieAt(
      pair,
      inputs,
      ({ operation }) => operation === 'CompleteMultipartUpload',
      'lose-httpResponse',
    );
    const before = scans(pair).length;
    await using run = await pair.run(inputs, attempt(2));
    const copy = await pair.copyOf(run);
    assertSameItems(copy.items(), await pair.source.readItems(table));
    assert.equal(scans(pair).length, before);
    assert.equal(pair.store.uploads.created().length, 1);
  });

  slowTest('adopts an object by its content if it has a KMS ETag and no checksum', async () => {
    await using pair = await openPair();
    const table = await pair.source.createTable(largeItems(70));
    const inputs = { resume: 'true', 'dynamodb-table-name': table, compression: 'none', 'total-segments': '1' };
    const env = { AWS_REQUEST_CHECKSUM_CALCULATION: 'WHEN_REQUIRED' };
    const completes = ({ operation }: S3Request) => operation === 'CompleteMultipartUpload';
    await using _ = await dieAt(pair, inputs, completes, 'lose-httpResponse', { env });
    const before = scans(pair).length;
    const etag = `"${'f'.repeat(32)}-2"`;
    pair.store.inject(({ operation, key, query }) => {
      if (operation === 'ListObjectsV2' && query.get('prefix')?.endsWith('/data/')) {
        const listed = (body: Buffer) => Buffer.from(body.toString().replaceAll(/<ETag>[^<]+/g, `<ETag>${etag}`));
        return { rewrite: (httpResponse) => ({ ...httpResponse, body: listed(httpResponse.body) }) };
      }
      if (!key.includes('/data/') || !['HeadObject', 'GetObject'].includes(operation)) return undefined;
      return {
        rewriteHead: ({ headers, ...httpResponse }) => ({
          ...httpResponse,
          headers: { ...headers, etag, 'x-amz-server-side-encryption': 'aws:kms' },
        }),
      };
    });
    await using run = await pair.run(inputs, { env: { ...env, ...attempt(2).env } });
    assertSucceeded(run);
    assert.equal(scans(pair).length, before);
    assert.equal(run.outputs['item-count'], '70');
  });

  slowTest('aborts the open multipart upload of the first attempt without s3:ListBucketMultipartUploads', async () => {
    await using pair = await openPair();
    const table = await pair.source.createTable(largeItems(70));
    const inputs = { resume: 'true', 'dynamodb-table-name': table, compression: 'none', 'total-segments': '1' };
    await using _ = await dieAt(pair, inputs, ({ operation }) => operation === 'CompleteMultipartUpload', 'drop');
    assert.equal(pair.store.uploads.open().length, 1, 'control: one multipart upload is open');
    // Without the permission to list uploads, the checkpoint is the only source of the upload ID.
    pair.store.inject(({ operation }) =>
      operation === 'ListMultipartUploads' ? s3Error('AccessDenied', 403) : undefined,
    );
    await using run = await pair.run(inputs, attempt(2));
    const copy = await pair.copyOf(run);
    assertSameItems(copy.items(), await pair.source.readItems(table));
    assert.deepEqual(await pair.store.openUploads(pair.bucket), []);
    assert.equal(pair.store.uploads.aborted().length, 1);
  });

  for (const [type, key] of fewOf(
    [
      ['N', (i: number) => ({ N: `${i % 2 === 0 ? '' : '-'}${i}.000000000000000000000000000000001` })],
      ['B', (i: number) => ({ B: new Uint8Array([0, 255, i, 128, 10]) })],
    ] as const,
    1,
  )) {
    slowTest(`resumes a copy of a table with partition keys of type ${type}`, async () => {
      await using pair = await openPair();
      const items = ITEMS.map((item, i) => ({ ...item, pk: key(i) }));
      const table = await pair.source.createTable(items as Item[], {
        AttributeDefinitions: [{ AttributeName: 'pk', AttributeType: type }],
      });
      const inputs = { ...RESUMED, 'dynamodb-table-name': table };
      await using _ = await dieAt(pair, inputs, seesData(5), 'drop');
      await using run = await pair.run(inputs, attempt(2));
      const copy = await pair.copyOf(run);
      assert.match(run.notices.join(), /Resuming the copy/);
      assertSameItems(copy.items(), await pair.source.readItems(table));
    });
  }

  slowTest('resumes a copy that an earlier re-run resumed', async () => {
    await using pair = await openPair();
    const inputs = { ...RESUMED, 'dynamodb-table-name': await pair.source.createTable(ITEMS) };
    await using _first = await dieAt(pair, inputs, seesData(3), 'lose-httpResponse');
    await using _ = await dieAt(pair, inputs, seesData(3), 'drop', attempt(2));
    await using run = await pair.run(inputs, attempt(4));
    const copy = await pair.copyOf(run);
    assertSameItems(copy.items(), await pair.source.readItems(inputs['dynamodb-table-name']));
    assert.equal(copy.exportId, firstExportId(pair));
    assert.match(run.notices.join(), /Resuming the copy of attempt 2: \d+ items in [45] objects/);
    assert.deepEqual(await checkpointKeys(pair), []);
  });

  slowTest('resumes a filtered scan that has found no items yet at its last key', async () => {
    await using pair = await openPair();
    const inputs = {
      ...RESUMED,
      'total-segments': '1',
      'dynamodb-table-name': await pair.source.createTable(ITEMS),
      'dynamodb-scan-kwargs': 'Limit: 3\nFilterExpression: attribute_exists(nothing)',
    };
    // A checkpoint is written every 200 ms, which is the time of two Scan requests.
    const env = { DYNAMODB_TO_S3_TIME_SCALE: '0.02' };
    const running = pair.start(inputs, { env });
    pair.source.inject(({ operation }, nth) => {
      if (operation === 'Scan' && nth === 12) running.kill('SIGKILL');
      return operation === 'Scan' ? { delayMs: 100 } : undefined;
    });
    await using _ = await running.result;
    pair.source.inject();
    const before = scans(pair).length;
    await using run = await pair.run(inputs, attempt(2));
    assertSucceeded(run);
    const [next, ...more] = scans(pair).slice(before);
    assert.ok(next?.parameters['ExclusiveStartKey'], 'the first Scan has an ExclusiveStartKey');
    assert.ok(more.length + 1 < 15, `${more.length + 1} of 21 Scan requests`);
    assert.equal(run.outputs['item-count'], '0');
  });

  slowTest('resumes under the prefix of the first attempt if s3-key-prefix contains {run-attempt}', async () => {
    await using pair = await openPair();
    const inputs = {
      ...RESUMED,
      'dynamodb-table-name': await pair.source.createTable(ITEMS),
      's3-key-prefix': 'b/{run-attempt}/x',
    };
    await using _first = await dieAt(pair, inputs, seesData(3), 'drop');
    // Checkpoints are stored under the part of the prefix before the placeholder.
    assert.ok((await checkpointKeys(pair)).every((key) => key.startsWith('b/AWSDynamoDB/_resume/')));
    await using run = await pair.run(inputs, attempt(2));
    const copy = await pair.copyOf(run);
    assert.equal(copy.folder, `b/1/x/AWSDynamoDB/${firstExportId(pair)}/`);
  });

  slowTest('resumes if S3 returns 403 for missing objects because s3:ListBucket is limited to a folder', async () => {
    await using pair = await openPair();
    const inputs = { ...RESUMED, 'dynamodb-table-name': await pair.source.createTable(ITEMS) };
    const hideMissing = async ({ operation, key }: { operation: string; key: string }) => {
      if (operation !== 'GetObject' && operation !== 'HeadObject') return undefined;
      return (await pair.store.list(pair.bucket, key)).length > 0 ? undefined : s3Denies('s3:ListBucket');
    };
    await using _ = await dieAt(pair, inputs, seesData(5), 'drop', {}, hideMissing);
    pair.store.inject(hideMissing);
    await using run = await pair.run(inputs, attempt(2));
    const copy = await pair.copyOf(run);
    assert.match(run.notices.join(), /Resuming the copy/);
    assertSameItems(copy.items(), await pair.source.readItems(inputs['dynamodb-table-name']));
  });

  slowTest('writes only the manifests if the first attempt failed after its last data object', async () => {
    await using pair = await openPair();
    const inputs = { ...RESUMED, 'dynamodb-table-name': await pair.source.createTable(ITEMS) };
    pair.store.inject((request) =>
      request.key.endsWith('manifest-files.json') ? s3Error('AccessDenied', 403) : undefined,
    );
    await using failed = await pair.run(inputs);
    assert.equal(failed.exitCode, 1);
    pair.store.inject();
    const before = scans(pair).length;
    await using run = await pair.run(inputs, attempt(2));
    const copy = await pair.copyOf(run);
    assertSameItems(copy.items(), await pair.source.readItems(inputs['dynamodb-table-name']));
    assert.equal(scans(pair).length, before, 'nothing is read again');
    for (const name of ['item-count', 'file-count', 'size-bytes', 'uncompressed-bytes', 'consumed-read-capacity']) {
      assert.equal(run.outputs[name], failed.outputs[name], name);
    }
  });
});

/** Makes DynamoDB report expired credentials after this number of Scan requests. */
function expireCredentialsAfter(pair: Pair, count: number): void {
  pair.source.inject(({ operation }) =>
    operation === 'Scan' && scans(pair).length > count
      ? dynamoDbRefuses('ExpiredTokenException', 'The security token included in the request is expired')
      : undefined,
  );
}

suite('a first attempt that is still running when a re-run starts', { concurrency: 2 }, () => {
  test('fails with TAKEN_OVER before it completes another object', async () => {
    await using pair = await openPair();
    const inputs = { ...RESUMED, 'dynamodb-table-name': await pair.source.createTable(ITEMS) };
    const { held, release, requests } = holdScans(pair, 9);
    const late = pair.start(inputs);
    await held;
    await using run = await pair.run(inputs, attempt(2));
    const copy = await pair.copyOf(run);
    release();
    await using takenOver = await late.result;
    assert.equal(takenOver.exitCode, 1);
    assert.deepEqual(
      takenOver.commands.filter(({ name }) => name === 'error').map(({ properties }) => properties['title']),
      ['TAKEN_OVER'],
    );
    assert.ok(requests() > 9);
    // Reads the copy again: the first attempt has not changed it.
    assert.deepEqual((await pair.copyOf(run)).lines, copy.lines);
    assertSameItems(copy.items(), await pair.source.readItems(inputs['dynamodb-table-name']));
  });

  slowTest('completes its copy and keeps the checkpoints of the re-run if it is deleting its own', async () => {
    await using pair = await openPair();
    const inputs = { ...RESUMED, 'dynamodb-table-name': await pair.source.createTable(ITEMS) };
    let hasSummary = false;
    const listing = holdFirst((request) => {
      hasSummary ||= putsObject('manifest-summary.json')(request);
      const { operation, query } = request;
      return hasSummary && operation === 'ListObjectsV2' && query.get('prefix')?.includes('/_resume/') === true;
    });
    injectHolds(pair, listing);
    const first = pair.start(inputs);
    await heldBy(listing, first);
    const { held, release } = holdScans(pair, 4);
    const second = pair.start(inputs, attempt(2));
    await held;
    listing.release();
    await using done = await first.result;
    assertSucceeded(done);
    assert.notDeepEqual(await checkpointKeys(pair), []);
    release();
    await using run = await second.result;
    const copy = await pair.copyOf(run);
    assertSameItems(copy.items(), await pair.source.readItems(inputs['dynamodb-table-name']));
    assert.deepEqual(await checkpointKeys(pair), []);
  });
});

suite('a data object of a killed attempt that arrives late', { concurrency: 2 }, () => {
  for (const [title, arrivesBefore, status] of fewOf(
    [
      [
        'is rejected with 412 if the re-run has already stored the object',
        ({ operation, query }: S3Request) =>
          operation === 'ListObjectsV2' && query.get('prefix')?.endsWith('/data/') === true,
        412,
      ],
      [
        'is part of the copy if it arrives before the re-run stores the object',
        ({ operation, nth, key }: S3Request) => operation === 'PutObject' && nth > 1 && key.endsWith('/_started'),
        200,
      ],
    ] as const,
    1,
  )) {
    slowTest(title, async () => {
      await using pair = await openPair();
      const inputs = { ...RESUMED, 'total-segments': '1', 'dynamodb-table-name': await pair.source.createTable(ITEMS) };
      const arrival = Promise.withResolvers<void>();
      let held: S3Request | undefined;
      const first = pair.start(inputs);
      pair.store.inject(async (request) => {
        if (request.operation === 'PutObject' && request.key.includes('/data/') && !held) {
          held = request;
          first.kill('SIGKILL');
          await arrival.promise;
        } else if (held && arrivesBefore(request)) {
          arrival.resolve();
          while (held.status === undefined) await sleep(1);
        }
        return undefined;
      });
      await using _ = await first.result;
      await using run = await pair.run(inputs, attempt(2));
      const copy = await pair.copyOf(run);
      assertSameItems(copy.items(), await pair.source.readItems(inputs['dynamodb-table-name']));
      assert.equal(held?.status, status);
      assert.ok(copy.objects.some(({ dataFileS3Key }) => dataFileS3Key === held?.key));
    });
  }

  slowTest('is overwritten with an empty object if the re-run finds no more items', async () => {
    await using pair = await openPair();
    const inputs = { ...RESUMED, 'total-segments': '1', 'dynamodb-table-name': await pair.source.createTable(ITEMS) };
    await using _ = await dieAt(pair, inputs, seesData(1), 'drop');
    const late = pair.store.requests.find(({ fault }) => fault === 'drop')?.key;
    pair.source.inject(({ operation }) =>
      operation === 'Scan'
        ? jsonResponse<object>((page) => ({ ...page, Items: [], Count: 0, LastEvaluatedKey: undefined }))
        : undefined,
    );
    await using run = await pair.run(inputs, attempt(2));
    const copy = await pair.copyOf(run);
    assert.equal(copy.summary.itemCount, 0);
    assert.deepEqual(copy.lines, []);
    assert.deepEqual(
      copy.objects.map(({ dataFileS3Key }) => dataFileS3Key),
      [late],
    );
  });
});
