import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { jsonAnswer, s3Error } from '../emulators/faults.ts';
import type { S3Request } from '../emulators/s3-requests.ts';
import type { Item } from '../emulators/source.ts';
import { dynamoDbRefuses, s3Denies } from '../fixtures/aws-errors.ts';
import { assertSameItems } from '../fixtures/items.ts';
import { assertFailed, assertSucceeded, largeItems, openPair, startServers } from '../fixtures/pair.ts';
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
import { fewOf, slowTest } from '../run/effort.ts';

await startServers();

suite('a re-run goes on where a runner died', { concurrency: 2 }, () => {
  test('and what S3 has of the first attempt is not read again', async () => {
    await using pair = await openPair();
    const inputs = { ...RESUMED, 'dynamodb-table-name': await pair.source.createTable(ITEMS) };
    await using _first = await dieAt(pair, inputs, seesData(5), 'drop');
    const before = scans(pair).length;

    await using run = await pair.run(inputs, attempt(2));
    const copy = await pair.copyOf(run);
    assertSameItems(copy.items(), await pair.source.readItems(inputs['dynamodb-table-name']));
    assert.match(run.notices.join('\n'), /Resuming the copy of attempt 1: \d+ items in 4 objects/);
    assert.equal(run.outputs['export-id'], firstExportId(pair), 'one copy, begun by the first attempt');
    assert.equal(Number(run.outputs['item-count']), ITEMS.length);
    // What was read twice are the pages of the object under way in each of the two segments.
    const pages = Math.ceil(ITEMS.length / 3) + 2;
    assert.ok(scans(pair).length - before < pages - 4, `${scans(pair).length} Scans in all`);
    assert.ok(scans(pair).length <= pages + 2 * PAGES_AN_OBJECT, `${scans(pair).length} Scans in all`);
    assert.deepEqual(await checkpointKeys(pair), []);
    assert.deepEqual(await pair.store.openUploads(pair.bucket), []);
  });

  test('or a step failed, which says so, and where to read on', async () => {
    await using pair = await openPair();
    const inputs = { ...RESUMED, 'dynamodb-table-name': await pair.source.createTable(ITEMS) };
    pair.source.inject(({ operation }) =>
      operation === 'Scan' && scans(pair).length > 15
        ? dynamoDbRefuses('ExpiredTokenException', 'The security token included in the request is expired')
        : undefined,
    );
    const GITHUB_ACTION_REPOSITORY = 'octo-org/dynamodb-to-s3';
    await using failed = await pair.run(inputs, { env: { GITHUB_ACTION_REPOSITORY, GITHUB_ACTION_REF: 'v1' } });
    const { remedy: last } = await assertFailed(failed, pair, 'CREDENTIALS_EXPIRED');
    const help = `https://github.com/${GITHUB_ACTION_REPOSITORY}/blob/v1/docs/troubleshooting.md#credentials_expired`;
    assert.equal(last, `More information: ${help}`);
    assert.ok(failed.summary.includes(`(${help})`), failed.summary);
    for (const text of [failed.log, failed.summary]) assert.match(text, /"Re-run failed jobs" resumes this copy/);

    pair.source.inject();
    await using run = await pair.run(inputs, attempt(2));
    assertSameItems((await pair.copyOf(run)).items(), await pair.source.readItems(inputs['dynamodb-table-name']));
    assert.match(run.notices.join('\n'), /Resuming the copy of attempt 1/);
  });

  for (const [what, fault, reads] of fewOf(
    [
      ['that S3 has, is adopted', 'lose-answer', false],
      ['that S3 has not, is made again', 'drop', true],
    ] as const,
    2,
  )) {
    test(`an object of which no answer came, and ${what}`, async () => {
      await using pair = await openPair();
      const inputs = { ...RESUMED, 'total-segments': '1', 'dynamodb-table-name': await pair.source.createTable(ITEMS) };
      await using _ = await dieAt(pair, inputs, seesData(2), fault);
      const pending = pair.store.requests.find((request) => request.fault === fault)?.key ?? '';
      const before = scans(pair).length;
      await using run = await pair.run(inputs, attempt(2));
      const copy = await pair.copyOf(run);
      assertSameItems(copy.items(), await pair.source.readItems(inputs['dynamodb-table-name']));
      // Made again under the same key, as the first request may still arrive.
      assert.ok(copy.objects.some((object) => object.dataFileS3Key === pending));
      const puts = pair.store.requests.filter(({ operation, key }) => operation === 'PutObject' && key === pending);
      assert.equal(puts.length, reads ? 2 : 1);
      const objects = reads ? 1 : 2;
      assert.equal(scans(pair).length - before, Math.ceil(ITEMS.length / 3) + 1 - objects * PAGES_AN_OBJECT);
    });
  }

  slowTest('an object of a multipart upload, of which no answer came, and that S3 has, is adopted', async () => {
    await using pair = await openPair();
    const table = await pair.source.createTable(largeItems(70));
    const inputs = { resume: 'true', 'dynamodb-table-name': table, compression: 'none', 'total-segments': '1' };
    await using _ = await dieAt(
      pair,
      inputs,
      ({ operation }) => operation === 'CompleteMultipartUpload',
      'lose-answer',
    );
    const before = scans(pair).length;
    await using run = await pair.run(inputs, attempt(2));
    const copy = await pair.copyOf(run);
    assertSameItems(copy.items(), await pair.source.readItems(table));
    assert.equal(scans(pair).length, before);
    assert.equal(pair.store.uploads.created().length, 1);
  });

  slowTest('under a KMS key and without checksums, such an object is recognized by its content', async () => {
    await using pair = await openPair();
    const table = await pair.source.createTable(largeItems(70));
    const inputs = { resume: 'true', 'dynamodb-table-name': table, compression: 'none', 'total-segments': '1' };
    const env = { AWS_REQUEST_CHECKSUM_CALCULATION: 'WHEN_REQUIRED' };
    const completes = ({ operation }: S3Request) => operation === 'CompleteMultipartUpload';
    await using _ = await dieAt(pair, inputs, completes, 'lose-answer', { env });
    const before = scans(pair).length;
    const etag = `"${'f'.repeat(32)}-2"`;
    pair.store.inject(({ operation, key }) =>
      key.includes('/data/') && ['HeadObject', 'GetObject'].includes(operation)
        ? {
            rewriteHead: ({ headers, ...answer }) => ({
              ...answer,
              headers: { ...headers, etag, 'x-amz-server-side-encryption': 'aws:kms' },
            }),
          }
        : undefined,
    );
    await using run = await pair.run(inputs, { env: { ...env, ...attempt(2).env } });
    assertSucceeded(run);
    assert.equal(scans(pair).length, before);
    assert.equal(run.outputs['item-count'], '70');
  });

  slowTest('a multipart upload that it left open is ended', async () => {
    await using pair = await openPair();
    const table = await pair.source.createTable(largeItems(70));
    const inputs = { resume: 'true', 'dynamodb-table-name': table, compression: 'none', 'total-segments': '1' };
    await using _ = await dieAt(pair, inputs, ({ operation }) => operation === 'CompleteMultipartUpload', 'drop');
    assert.equal(pair.store.uploads.open().length, 1, 'control: it was left open');
    // The checkpoint alone must do where the role may not list uploads.
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
    test(`with keys of type ${type}`, async () => {
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

  slowTest('three attempts, each from where the one before was', async () => {
    await using pair = await openPair();
    const inputs = { ...RESUMED, 'dynamodb-table-name': await pair.source.createTable(ITEMS) };
    await using _first = await dieAt(pair, inputs, seesData(3), 'lose-answer');
    await using _ = await dieAt(pair, inputs, seesData(3), 'drop', attempt(2));
    await using run = await pair.run(inputs, attempt(4));
    const copy = await pair.copyOf(run);
    assertSameItems(copy.items(), await pair.source.readItems(inputs['dynamodb-table-name']));
    assert.equal(copy.exportId, firstExportId(pair));
    assert.match(run.notices.join(), /Resuming the copy of attempt 2: \d+ items in [45] objects/);
    assert.deepEqual(await checkpointKeys(pair), []);
  });

  slowTest('a scan that finds nothing gets ahead by its keys alone', async () => {
    await using pair = await openPair();
    const inputs = {
      ...RESUMED,
      'total-segments': '1',
      'dynamodb-table-name': await pair.source.createTable(ITEMS),
      'dynamodb-scan-kwargs': 'Limit: 3\nFilterExpression: attribute_exists(nothing)',
    };
    // A checkpoint every 200 ms, and two Scans in that time.
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
    assert.ok(next?.parameters['ExclusiveStartKey'], 'it goes on from a key');
    assert.ok(more.length + 1 < 15, `${more.length + 1} Scans of 21`);
    assert.equal(run.outputs['item-count'], '0');
  });

  slowTest(
    'where the first attempt wrote, though its prefix named the attempt; the checkpoints lie above that',
    async () => {
      await using pair = await openPair();
      const inputs = {
        ...RESUMED,
        'dynamodb-table-name': await pair.source.createTable(ITEMS),
        's3-key-prefix': 'b/{run-attempt}/x',
      };
      await using _first = await dieAt(pair, inputs, seesData(3), 'drop');
      assert.ok((await checkpointKeys(pair)).every((key) => key.startsWith('b/AWSDynamoDB/_resume/')));
      await using run = await pair.run(inputs, attempt(2));
      const copy = await pair.copyOf(run);
      assert.equal(copy.folder, `b/1/x/AWSDynamoDB/${firstExportId(pair)}/`);
    },
  );

  slowTest('with a role that may list that folder only, to which S3 says 403 for what is not there', async () => {
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

  slowTest('a failure is gone on from as a death is', async () => {
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
    assert.equal(scans(pair).length, before, 'there was nothing left to read');
    for (const name of ['item-count', 'file-count', 'size-bytes', 'uncompressed-bytes', 'consumed-read-capacity']) {
      assert.equal(run.outputs[name], failed.outputs[name], name);
    }
  });
});

suite('a runner that was thought dead cannot mix in', { concurrency: 2 }, () => {
  test('it ends before it completes another object', async () => {
    await using pair = await openPair();
    const inputs = { ...RESUMED, 'dynamodb-table-name': await pair.source.createTable(ITEMS) };
    const { held, release, requests } = holdScans(pair, 9);
    const late = pair.start(inputs);
    await held;
    await using run = await pair.run(inputs, attempt(2));
    const copy = await pair.copyOf(run);
    release();
    await using lost = await late.result;
    assert.equal(lost.exitCode, 1);
    assert.deepEqual(
      lost.commands.filter(({ name }) => name === 'error').map(({ properties }) => properties['title']),
      ['TAKEN_OVER'],
    );
    assert.ok(requests() > 9);
    // All of it once more: not a byte has changed.
    assert.deepEqual((await pair.copyOf(run)).lines, copy.lines);
    assertSameItems(copy.items(), await pair.source.readItems(inputs['dynamodb-table-name']));
  });

  slowTest('it completes its copy, and leaves the checkpoints of the later attempt alone', async () => {
    await using pair = await openPair();
    const inputs = { ...RESUMED, 'dynamodb-table-name': await pair.source.createTable(ITEMS) };
    const { promise: takenOver, resolve: goOn } = Promise.withResolvers<void>();
    const { promise: completed, resolve: complete } = Promise.withResolvers<void>();
    let summaries = 0;
    pair.store.inject(async ({ operation, key, query }) => {
      if (operation === 'PutObject' && key.endsWith('manifest-summary.json')) summaries += 1;
      if (summaries === 1 && operation === 'ListObjectsV2' && query.get('prefix')?.includes('/_resume/')) {
        summaries += 1;
        complete();
        await takenOver;
      }
      return undefined;
    });
    const first = pair.start(inputs);
    await completed;
    const { held, release } = holdScans(pair, 4);
    const second = pair.start(inputs, attempt(2));
    await held;
    goOn();
    await using done = await first.result;
    assertSucceeded(done);
    assert.notDeepEqual(await checkpointKeys(pair), []);
    release();
    await using run = await second.result;
    const copy = await pair.copyOf(run);
    assertSameItems(copy.items(), await pair.source.readItems(inputs['dynamodb-table-name']));
    assert.deepEqual(await checkpointKeys(pair), []);
  });

  for (const [title, arrives] of [
    [
      'is refused once the later attempt has stored its own',
      ({ operation, query }: S3Request) =>
        operation === 'ListObjectsV2' && query.get('prefix')?.endsWith('/data/') === true,
    ],
    [
      'counts in its place if it arrives first',
      ({ operation, nth, key }: S3Request) => operation === 'PutObject' && nth > 1 && key.endsWith('/_started'),
    ],
  ] as const) {
    test(`a late object of its ${title}`, async () => {
      await using pair = await openPair();
      const inputs = { ...RESUMED, 'total-segments': '1', 'dynamodb-table-name': await pair.source.createTable(ITEMS) };
      const landing = Promise.withResolvers<void>();
      let held: S3Request | undefined;
      const first = pair.start(inputs);
      pair.store.inject(async (request) => {
        if (request.operation === 'PutObject' && request.key.includes('/data/') && !held) {
          held = request;
          first.kill('SIGKILL');
          await landing.promise;
        } else if (held && arrives(request)) {
          landing.resolve();
          while (held.status === undefined) await sleep(1);
        }
        return undefined;
      });
      await using _ = await first.result;
      await using run = await pair.run(inputs, attempt(2));
      const copy = await pair.copyOf(run);
      assertSameItems(copy.items(), await pair.source.readItems(inputs['dynamodb-table-name']));
      assert.equal(held?.status, title.startsWith('is refused') ? 412 : 200);
      assert.ok(copy.objects.some(({ dataFileS3Key }) => dataFileS3Key === held?.key));
    });
  }

  slowTest('a late object of its does not come back where a later attempt finds no items any more', async () => {
    await using pair = await openPair();
    const inputs = { ...RESUMED, 'total-segments': '1', 'dynamodb-table-name': await pair.source.createTable(ITEMS) };
    await using _ = await dieAt(pair, inputs, seesData(1), 'drop');
    const late = pair.store.requests.find(({ fault }) => fault === 'drop')?.key;
    pair.source.inject(({ operation }) =>
      operation === 'Scan'
        ? jsonAnswer<object>((page) => ({ ...page, Items: [], Count: 0, LastEvaluatedKey: undefined }))
        : undefined,
    );
    await using run = await pair.run(inputs, attempt(2));
    const copy = await pair.copyOf(run);
    assert.equal(copy.summary.itemCount, 0);
    assert.deepEqual(
      copy.objects.map(({ dataFileS3Key }) => dataFileS3Key),
      [late],
    );
  });
});
