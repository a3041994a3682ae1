import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { DeleteObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import type { HttpResponse } from '../emulators/faults.ts';
import { chosenStore } from '../emulators/store.ts';
import { preload, startServers } from '../fixtures/pair.ts';
import { assertNotVerified, assertVerified, openVerifyPair, type VerifyPair } from '../fixtures/verify-pair.ts';
import { fewOf, slowTest } from '../run/effort.ts';

await startServers();

const HOUR = 3_600_000;
const MANIFESTS = { check: 'manifests' };

/** Adds milliseconds to the Date header of the responses of S3. */
function moveClockOfS3({ pair }: VerifyPair, ms: number): void {
  const rewrite = (response: HttpResponse): HttpResponse => ({
    ...response,
    headers: { ...response.headers, date: new Date(Date.now() + ms).toUTCString() },
  });
  pair.store.inject(() => ({ rewrite }));
}

suite('verify with check: manifests', { concurrency: 3 }, () => {
  test('verifies a copy without reading a data object', async () => {
    await using verifying = await openVerifyPair();
    const { pair, copyUri, verify } = verifying;
    const before = pair.store.requests.length;
    await using run = await verify(MANIFESTS);
    assertVerified(run);
    const keys = pair.store.requests.slice(before).map(({ operation, key }) => `${operation} ${key ?? ''}`);
    assert.deepEqual(
      keys.filter((request) => /^GetObject .*\/data\//.test(request)),
      [],
    );
    const { 'age-seconds': age, 'duration-seconds': _, 'snapshot-time': __, ...outputs } = run.outputs;
    assert.ok(Number(age) >= 0 && Number(age) < 60, age);
    const root = copyUri.replace(`s3://${pair.bucket}/`, '');
    const objects = verifying.keys.filter((key) => key.startsWith(`${root}data/`)).length;
    assert.deepEqual(outputs, {
      's3-uri': copyUri,
      'manifest-key': `${root}manifest-summary.json`,
      'item-count': '20',
      'checked-object-count': String(objects),
      'bytes-read': '0',
      verified: 'true',
    });
    assert.match(run.summary, /Not checked:[\s\S]*the content of the data objects/);
  });

  test('finds the latest copy of a table in a bucket with copies of several tables', async () => {
    await using verifying = await openVerifyPair();
    const { pair, table, verify, copyAgain } = verifying;
    const newest = await copyAgain();
    const other = await pair.source.createTable([{ pk: { S: 'a' } }]);
    await copyAgain({ 'dynamodb-table-name': other });
    const latest = { ...MANIFESTS, copy: 'latest', 's3-bucket-name': pair.bucket };
    await using run = await verify(
      { ...latest, 'source-table-name': table, 'max-age': 'PT1H' },
      { ...preload('older-node.ts'), env: { HTTPS_PROXY: 'http://127.0.0.1:9' } },
    );
    assertVerified(run);
    assert.match(run.warnings.join(), /HTTPS_PROXY is set/);
    assert.equal(run.outputs['s3-uri'], newest);
    await using ambiguous = await verify(latest);
    assert.match(assertNotVerified(ambiguous, 'AMBIGUOUS_COPY'), /Set source-table-name/);
    await using missing = await verify({ ...latest, 'source-table-name': 'no-such-table' });
    assert.match(assertNotVerified(missing, 'COPY_NOT_FOUND'), /No complete copy of table no-such-table/);
  });

  const DAMAGE: readonly (readonly [what: string, message: RegExp, damage: (key: string) => Damage | undefined])[] = [
    ['a missing data object', /1 object is missing/, (key) => (key.includes('/data/') ? 'delete' : undefined)],
    ['a replaced data object', /1 object was changed/, (key) => (key.includes('/data/') ? 'replace' : undefined)],
    [
      'a missing manifest',
      /manifest-files\.json does not exist/,
      (key) => (key.endsWith('manifest-files.json') ? 'delete' : undefined),
    ],
    [
      'a replaced manifest',
      /manifest-files\.json/,
      (key) => (key.endsWith('manifest-files.json') ? 'replace' : undefined),
    ],
  ];
  for (const [what, message, damageOf] of fewOf(DAMAGE, 1)) {
    test(`fails with COPY_DAMAGED because of ${what}`, async () => {
      await using verifying = await openVerifyPair();
      const { pair, keys, verify } = verifying;
      const key = keys.find((each) => damageOf(each)) ?? '';
      const object = { Bucket: pair.bucket, Key: key };
      if (damageOf(key) === 'delete') await pair.store.client.send(new DeleteObjectCommand(object));
      else await pair.store.client.send(new PutObjectCommand({ ...object, Body: 'x' }));
      await using run = await verify(MANIFESTS);
      assert.match(assertNotVerified(run, 'COPY_DAMAGED'), message);
    });
  }

  slowTest('fails with COPY_NOT_FOUND if the summary is missing', async () => {
    await using verifying = await openVerifyPair();
    const { pair, keys, verify } = verifying;
    const Key = keys.find((key) => key.endsWith('manifest-summary.json'));
    await pair.store.client.send(new DeleteObjectCommand({ Bucket: pair.bucket, Key }));
    await using run = await verify(MANIFESTS);
    assert.match(assertNotVerified(run, 'COPY_NOT_FOUND'), /contains no manifest-summary\.json/);
  });
});

type Damage = 'delete' | 'replace';

// versitygw checks the time of signatures. The client takes it from the clock of S3, which these tests move.
const WITHOUT_TIME_CHECK = chosenStore() === 'versitygw' ? ({ storeName: 'fauxqs' } as const) : {};

suite('max-age', { concurrency: 3 }, () => {
  test('fails with COPY_STALE if the copy is older, by the clock of S3', async () => {
    await using verifying = await openVerifyPair(WITHOUT_TIME_CHECK);
    moveClockOfS3(verifying, 27 * HOUR);
    await using run = await verifying.verify({ ...MANIFESTS, 'max-age': 'PT26H' });
    const message = assertNotVerified(run, 'COPY_STALE');
    assert.match(message, /older than max-age \(26 h 0 min\): its age is 27 h 0 min/);
    assert.equal(run.outputs['s3-uri'], verifying.copyUri);
    assert.ok(Number(run.outputs['age-seconds']) >= 27 * 3_600 - 1, run.outputs['age-seconds']);
    await using newEnough = await verifying.verify({ ...MANIFESTS, 'max-age': 'P1DT4H' });
    assertVerified(newEnough);
  });

  slowTest('does not depend on the clock of the runner', async () => {
    await using verifying = await openVerifyPair(WITHOUT_TIME_CHECK);
    const ahead = { ...preload('ahead-clock.ts'), env: { CLOCK_AHEAD_MS: String(10 * 60_000) } };
    await using run = await verifying.verify({ ...MANIFESTS, 'max-age': 'PT5M' }, ahead);
    assertVerified(run);
  });

  test('fails with COPY_STALE if the snapshot time is in the future', async () => {
    await using verifying = await openVerifyPair(WITHOUT_TIME_CHECK);
    moveClockOfS3(verifying, -HOUR);
    await using run = await verifying.verify({ ...MANIFESTS, 'max-age': 'PT26H' });
    assert.match(assertNotVerified(run, 'COPY_STALE'), /in the future by the clock of S3/);
    moveClockOfS3(verifying, -10 * 60_000);
    await using runnerAhead = await verifying.verify({ ...MANIFESTS, 'max-age': 'PT26H' });
    assertVerified(runnerAhead);
  });

  test('fails with COPY_STALE if the store sends no time, whatever the clock of the runner is', async () => {
    await using verifying = await openVerifyPair(WITHOUT_TIME_CHECK);
    const rewrite = (response: HttpResponse) => ({ ...response, headers: { ...response.headers, date: '' } });
    verifying.pair.store.inject(() => ({ rewrite }));
    await using run = await verifying.verify({ ...MANIFESTS, 'max-age': 'PT26H' });
    assert.match(assertNotVerified(run, 'COPY_STALE'), /Its age is unknown/);
    await using ofAnyAge = await verifying.verify(MANIFESTS);
    assertVerified(ofAnyAge);
  });

  slowTest('reads no data object of a copy that is too old', async () => {
    await using verifying = await openVerifyPair(WITHOUT_TIME_CHECK);
    const { pair, verify } = verifying;
    const before = pair.store.requests.length;
    moveClockOfS3(verifying, 2 * HOUR);
    await using run = await verify({ 'max-age': 'PT1H' });
    assertNotVerified(run, 'COPY_STALE');
    const read = pair.store.requests.slice(before).filter(({ key }) => key?.includes('/data/'));
    assert.deepEqual(read, []);
  });
});

suite('inputs of verify', { concurrency: 3 }, () => {
  test('that are invalid fail before the first request', async () => {
    await using verifying = await openVerifyPair();
    const before = verifying.pair.store.requests.length;
    await using run = await verifying.verify({ check: 'everything', 'max-age': 'yesterday' });
    assert.match(assertNotVerified(run, 'INVALID_INPUT'), /2 inputs are invalid/);
    assert.equal(verifying.pair.store.requests.length, before);
  });
});
