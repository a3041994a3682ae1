import assert from 'node:assert/strict';
import { suite } from 'node:test';
import { DeleteObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { type Fault, s3Error } from '../emulators/faults.ts';
import { assertSameItems } from '../fixtures/items.ts';
import {
  assertSucceeded,
  type Inputs,
  keysIn,
  largeItems,
  openPair,
  type Pair,
  startServers,
} from '../fixtures/pair.ts';
import { readCopy } from '../fixtures/read-copy.ts';
import { attempt, checkpointKeys, dieAt, firstExportId, RESUMED } from '../fixtures/resume-attempts.ts';
import {
  assertTakenOver,
  heldBy,
  holdFirst,
  injectHolds,
  putsObject,
  replaceTable,
} from '../fixtures/second-attempt.ts';
import { messageTest, slowTest } from '../run/effort.ts';

await startServers();

const ITEMS = largeItems(18, 10_000);

suite('an attempt that starts over', { concurrency: 2 }, () => {
  messageTest('deletes the objects of an earlier attempt that failed and ended', async () => {
    await using pair = await openPair();
    const inputs = await tableIn(pair);
    pair.store.inject((request) =>
      putsObject('manifest-summary.md5')(request) ? s3Error('AccessDenied', 403) : undefined,
    );
    await using failed = await pair.run(inputs);
    assert.equal(failed.exitCode, 1);
    pair.store.inject();
    replaceTable(pair);
    await using run = await pair.run(inputs, attempt(2));
    const copy = await pair.copyOf(run);
    const left = (await keysIn(pair)).filter((key) => !key.startsWith(copy.folder));
    assert.deepEqual(left, [], 'its manifests are deleted, too');
  });

  messageTest(
    'keeps and names the objects of an attempt that was writing its manifests less than 16 minutes ago',
    async () => {
      await using pair = await openPair();
      const inputs = await tableIn(pair);
      await using _ = await dieAt(pair, inputs, putsObject('manifest-summary.json'), 'drop');
      const before = (await keysIn(pair)).filter((key) => !key.includes('/_resume/'));
      replaceTable(pair);
      await using run = await pair.run(inputs, attempt(2));
      assertSucceeded(run);
      const left = await keysIn(pair);
      assert.deepEqual(
        before.filter((key) => !left.includes(key)),
        [],
      );
      const folder = `s3://${pair.bucket}/AWSDynamoDB/${firstExportId(pair)}/`;
      assert.ok(run.notices.some((notice) => notice.includes(folder) && notice.includes('16 minutes')));
    },
  );

  slowTest(
    'deletes the objects of an attempt whose run.json is more than 16 minutes old by the clock of S3',
    async () => {
      await using pair = await openPair();
      assert.deepEqual(await keysLeftByAttempt(pair, 16.1), []);
    },
  );

  slowTest('keeps the objects of an attempt whose run.json is 15 minutes old by the clock of S3', async () => {
    await using pair = await openPair();
    assert.notDeepEqual(await keysLeftByAttempt(pair, 15), []);
  });

  slowTest('keeps a copy whose manifest-summary.json arrives before the copy is deleted', async () => {
    await using pair = await openPair();
    const inputs = await tableIn(pair);
    const hold = holdFirst(putsObject('manifest-summary.json'));
    injectHolds(pair, hold);
    const first = pair.start(inputs);
    await heldBy(hold, first);
    first.kill('SIGKILL');
    await using _ = await first.result;
    replaceTable(pair);
    const started = holdFirst(putsObject('_started'));
    injectHolds(pair, started);
    const second = pair.start(inputs, attempt(2));
    await heldBy(started, second);
    const summary = await hold.held;
    hold.release();
    while ((await pair.store.list(pair.bucket, summary.key)).length === 0);
    started.release();
    await using run = await second.result;
    assertSucceeded(run);
    assertSameItems(
      (await pair.copyOf({ ...run, outputs: { 'manifest-key': summary.key } })).items(),
      await pair.source.readItems(inputs['dynamodb-table-name']),
    );
  });
});

suite('run.json', { concurrency: 2 }, () => {
  slowTest('records after a failure that the attempt has ended', async () => {
    await using pair = await openPair();
    const inputs = await tableIn(pair);
    pair.store.inject((request) =>
      putsObject('manifest-files.json')(request) ? s3Error('AccessDenied', 403) : undefined,
    );
    await using _ = await pair.run(inputs);
    assert.equal((await runJson(pair)).ended, true);
  });

  slowTest('records after a cancellation that the attempt has ended, once no multipart upload is open', async () => {
    await using pair = await openPair();
    const table = await pair.source.createTable(largeItems(70));
    const inputs = { resume: 'true', 'dynamodb-table-name': table, compression: 'none', 'total-segments': '1' };
    const hold = holdFirst(({ operation }) => operation === 'CompleteMultipartUpload');
    let open: unknown;
    pair.store.inject(async (request) => {
      if (request.operation === 'PutObject' && request.key.endsWith('/run.json') && cancelled) {
        open ??= pair.store.uploads.open();
      }
      await hold.pass(request);
      return undefined;
    });
    let cancelled = false;
    const running = pair.start(inputs);
    await heldBy(hold, running);
    cancelled = true;
    running.cancel();
    await using _ = await running.result;
    hold.release();
    assert.equal((await runJson(pair)).ended, true);
    assert.deepEqual(open, []);
  });

  slowTest('does not record that the attempt has ended if its manifest-summary.json can still arrive', async () => {
    await using pair = await openPair();
    const inputs = await tableIn(pair);
    let sent = 0;
    pair.store.inject((request) => {
      if (!putsObject('manifest-summary.json')(request)) return undefined;
      sent += 1;
      return sent === 1 ? 'drop' : s3Error('AccessDenied', 403);
    });
    await using failed = await pair.run(inputs);
    assert.equal(failed.exitCode, 1);
    assert.equal(sent, 2);
    assert.equal((await runJson(pair)).ended, false);
  });

  slowTest('is not changed by an attempt whose run lock a later attempt has taken', async () => {
    await using pair = await openPair();
    const inputs = await tableIn(pair);
    const one = holdFirst(putsObject('manifest-copy.json'));
    const two = holdFirst(putsObject('manifest-copy.json'));
    injectHolds(pair, one, two);
    const first = pair.start(inputs);
    await heldBy(one, first);
    const second = pair.start(inputs, attempt(2));
    await heldBy(two, second);
    one.release();
    await using takenOver = await first.result;
    assertTakenOver(takenOver);
    const { attempt: holder, ended } = await runJson(pair);
    assert.deepEqual([holder, ended], [2, false]);
    two.release();
    await using run = await second.result;
    assertSucceeded(run);
  });
});

suite('a late manifest-summary.json of an attempt, after a later attempt has started over', { concurrency: 2 }, () => {
  messageTest('is kept if its copy is complete', async () => {
    await using pair = await openPair();
    const late = await writeSummaryLate(pair);
    assertSameItems((await readCopy(pair.store, pair.bucket, late.key)).items(), late.items);
    await late.finish();
  });

  slowTest('is deleted if an object of its copy is missing', async () => {
    await using pair = await openPair();
    const late = await writeSummaryLate(pair, { meanwhile: deleteDataObject });
    assert.deepEqual(await sizesOf(pair, late.key), []);
    await late.finish();
  });

  slowTest('is overwritten with an empty object if an object is missing and s3:DeleteObject is denied', async () => {
    await using pair = await openPair();
    const deleteResponse = s3Error('AccessDenied', 403);
    const late = await writeSummaryLate(pair, { meanwhile: deleteDataObject, deleteResponse });
    assert.deepEqual(await sizesOf(pair, late.key), [0]);
    await late.finish();
  });
});

interface LateSummaryOptions {
  /** Called while the summary is held. */
  readonly meanwhile?: (pair: Pair) => Promise<void>;
  /** Response to DeleteObject; undefined to let the store respond. */
  readonly deleteResponse?: Fault;
}

/**
 * Holds the manifest-summary.json of a first attempt until a second attempt has started over. Then releases it, and
 * asserts that the first attempt fails with TAKEN_OVER. The second attempt waits until `finish`.
 */
async function writeSummaryLate(pair: Pair, { meanwhile, deleteResponse }: LateSummaryOptions = {}) {
  const inputs = await tableIn(pair);
  const items = await pair.source.readItems(inputs['dynamodb-table-name']);
  const [summary, started] = [holdFirst(putsObject('manifest-summary.json')), holdFirst(putsObject('_started'))];
  injectHolds(pair, summary);
  const first = pair.start(inputs);
  await heldBy(summary, first);
  await meanwhile?.(pair);
  pair.store.inject(async (request) => {
    if (request.operation === 'DeleteObject' && deleteResponse) return deleteResponse;
    await started.pass(request);
    return undefined;
  });
  replaceTable(pair);
  const second = pair.start(inputs, attempt(2));
  await heldBy(started, second);
  summary.release();
  await using takenOver = await first.result;
  assertTakenOver(takenOver);
  assert.equal(takenOver.outputs['manifest-key'], undefined);
  const { key } = await summary.held;
  /** Lets the second attempt continue, and checks its copy. */
  const finish = async () => {
    started.release();
    await using run = await second.result;
    await pair.copyOf(run);
  };
  return { key, items, finish };
}

async function sizesOf({ store, bucket }: Pair, key: string): Promise<number[]> {
  return (await store.list(bucket, key)).map(({ size }) => size);
}

/**
 * Kills an attempt that is writing manifest-summary.json, sets the age of its run.json, and runs a second attempt that
 * starts over. Returns the keys outside the second copy.
 */
async function keysLeftByAttempt(pair: Pair, minutes: number): Promise<string[]> {
  const inputs = await tableIn(pair);
  await using _ = await dieAt(pair, inputs, putsObject('manifest-summary.json'), 'drop');
  replaceTable(pair);
  await makeOlder(pair, minutes * 60_000);
  await using run = await pair.run(inputs, attempt(2));
  const copy = await pair.copyOf(run);
  return (await keysIn(pair)).filter((key) => !key.startsWith(copy.folder));
}

async function deleteDataObject({ store, bucket }: Pair): Promise<void> {
  const [object] = (await store.list(bucket)).filter(({ key }) => key.includes('/data/'));
  await store.client.send(new DeleteObjectCommand({ Bucket: bucket, Key: object?.key }));
}

async function tableIn({ source }: Pair): Promise<Inputs & { readonly 'dynamodb-table-name': string }> {
  return { ...RESUMED, 'dynamodb-table-name': await source.createTable(ITEMS) };
}

interface RunJson {
  readonly attempt: number;
  readonly ended: boolean;
  readonly writtenAt: number;
}

async function runJson(pair: Pair): Promise<RunJson> {
  const key = (await checkpointKeys(pair)).find((one) => one.endsWith('/run.json')) ?? 'no run.json';
  return JSON.parse((await pair.store.read(pair.bucket, key)).toString()) as RunJson;
}

/** Makes run.json older by the clock of its writer and by the clock of S3. */
async function makeOlder(pair: Pair, milliseconds: number): Promise<void> {
  const { store, bucket } = pair;
  const Key = (await checkpointKeys(pair)).find((one) => one.endsWith('/run.json')) ?? 'no run.json';
  const file = await runJson(pair);
  const Body = JSON.stringify({ ...file, writtenAt: file.writtenAt - milliseconds });
  await store.client.send(new PutObjectCommand({ Bucket: bucket, Key, Body }));
  store.inject(({ operation, key }) => {
    if (operation !== 'GetObject' || key !== Key) return undefined;
    return {
      rewriteHead: (httpResponse) => ({
        ...httpResponse,
        headers: { ...httpResponse.headers, 'last-modified': new Date(Date.now() - milliseconds).toUTCString() },
      }),
    };
  });
}
