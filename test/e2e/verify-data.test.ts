import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { gunzipSync, gzipSync } from 'node:zlib';
import { PutObjectCommand } from '@aws-sdk/client-s3';
import { s3Denies } from '../fixtures/aws-errors.ts';
import { startServers } from '../fixtures/pair.ts';
import { assertNotVerified, assertVerified, openVerifyPair, type VerifyPair } from '../fixtures/verify-pair.ts';
import { fewOf, messageTest, slowTest } from '../run/effort.ts';

await startServers();

const isData = (key: string) => key.includes('/data/');

async function replaceDataObject({ pair, keys }: VerifyPair, change: (content: Buffer) => Buffer): Promise<void> {
  const Key = keys.find(isData) ?? '';
  const Body = change(await pair.store.read(pair.bucket, Key));
  await pair.store.client.send(new PutObjectCommand({ Bucket: pair.bucket, Key, Body }));
}

suite('verify with check: data', { concurrency: 3 }, () => {
  for (const [format, compression] of fewOf(
    [
      ['DYNAMODB_JSON', 'gzip'],
      ['ION', 'zstd'],
      ['JSON', 'gzip'],
      ['DYNAMODB_JSON', 'none'],
      ['ION', 'none'],
      ['JSON', 'zstd'],
    ] as const,
    3,
  )) {
    test(`reads every data object of a copy in ${format} with compression ${compression}`, async () => {
      await using verifying = await openVerifyPair({
        copyInputs: { 'export-format': format, compression, 'total-segments': '3' },
      });
      const { pair, keys, verify } = verifying;
      await using run = await verify();
      assertVerified(run);
      const objects = (await pair.store.list(pair.bucket)).filter(({ key }) => isData(key));
      assert.equal(run.outputs['checked-object-count'], String(keys.filter(isData).length));
      assert.equal(run.outputs['bytes-read'], String(objects.reduce((sum, { size }) => sum + size, 0)));
      assert.match(run.summary, /\| Checked \| manifests, data \(bytes, lines, counts\) \|/);
      assert.match(run.log, /^Done: verified: 20 items, /m);
    });
  }

  test('reads a copy that process-func wrote, and reports that its lines were not checked', async () => {
    await using verifying = await openVerifyPair({
      copyInputs: { 'process-func': 'examples/process-func/columns-as-csv.ts' },
      workspace: process.cwd(),
    });
    await using run = await verifying.verify();
    assertVerified(run);
    assert.match(run.summary, /- the lines: the format is CUSTOM/);
  });

  const DAMAGE: readonly (readonly [what: string, message: RegExp, change: (content: Buffer) => Buffer])[] = [
    [
      'a changed byte',
      /1 object /,
      (content) => Buffer.from(content.map((byte, index) => (index === 20 ? byte ^ 1 : byte))),
    ],
    ['a truncated object', /1 object /, (content) => content.subarray(0, -1)],
    ['an object that was compressed again', /1 object /, (content) => gzipSync(gunzipSync(content), { level: 1 })],
    ['a second gzip member', /1 object /, (content) => Buffer.concat([content, gzipSync('{"Item":{}}\n')])],
  ];
  for (const [what, message, change] of fewOf(DAMAGE, 1)) {
    test(`fails with COPY_DAMAGED because of ${what}`, async () => {
      await using verifying = await openVerifyPair();
      await replaceDataObject(verifying, change);
      await using run = await verifying.verify();
      assert.match(assertNotVerified(run, 'COPY_DAMAGED'), message);
      assert.equal(run.outputs['item-count'], '20');
    });
  }

  test('fails with ACCESS_DENIED if S3 denies access to one data object', async () => {
    await using verifying = await openVerifyPair({ copyInputs: { 'total-segments': '4' } });
    const { pair, keys, verify } = verifying;
    const denied = keys.find(isData);
    pair.store.inject(({ operation, key }) =>
      operation === 'GetObject' && key === denied ? s3Denies('s3:GetObject') : undefined,
    );
    await using run = await verify();
    assert.match(assertNotVerified(run, 'ACCESS_DENIED'), /1 object cannot be read/);
  });

  slowTest('finds a data object that was replaced between the listing and the reading', async () => {
    await using verifying = await openVerifyPair();
    const { pair, keys, verify } = verifying;
    const key = keys.find(isData) ?? '';
    const content = await pair.store.read(pair.bucket, key);
    let isReplaced = false;
    pair.store.inject((request) => {
      if (request.operation !== 'GetObject' || request.key !== key || isReplaced) return undefined;
      isReplaced = true;
      // The response arrives after the object was written with other bytes.
      void pair.store.client.send(
        new PutObjectCommand({ Bucket: pair.bucket, Key: key, Body: gzipSync(gunzipSync(content), { level: 1 }) }),
      );
      return { delayMs: 500 };
    });
    await using run = await verify();
    assert.match(assertNotVerified(run, 'COPY_DAMAGED'), /was replaced during the verification/);
  });

  test('ends a cancelled step with CANCELLED, and does not call the copy verified', async () => {
    await using verifying = await openVerifyPair();
    verifying.pair.store.inject(({ operation, key }) =>
      operation === 'GetObject' && isData(key) ? 'hang' : undefined,
    );
    const running = verifying.start();
    await running.printed(/Read data objects/);
    running.cancel();
    await using run = await running.result;
    assert.match(assertNotVerified(run, 'CANCELLED'), /The copy is not verified/);
    assert.equal(run.outputs['s3-uri'], verifying.copyUri);
  });

  messageTest('reads only a sample, and logs the seed that repeats it', async () => {
    await using verifying = await openVerifyPair({ copyInputs: { 'total-segments': '6' } });
    const { pair, keys, verify } = verifying;
    const total = keys.filter(isData).length;
    const read = async (sample: string) => {
      const before = pair.store.requests.length;
      await using run = await verify({ sample });
      assertVerified(run);
      const requests = pair.store.requests.slice(before).filter(({ operation }) => operation === 'GetObject');
      const objects = requests.flatMap(({ key = '' }) => (isData(key) ? key : []));
      assert.equal(run.outputs['checked-object-count'], String(objects.length));
      return { objects: objects.sort(), log: run.log, summary: run.summary, notices: run.notices };
    };
    const thirds: string[] = [];
    for (const third of ['1/3', '2/3', '3/3']) thirds.push(...(await read(third)).objects);
    assert.deepEqual(thirds.sort(), keys.filter(isData).sort());
    const empty = await read(`${total + 1}/${total + 1}`);
    assert.deepEqual(empty.objects, []);
    assert.match(empty.notices.join(), /No data object was read, because the copy has only 6 data objects/);
    const random = await read('50%');
    assert.equal(random.objects.length, Math.ceil(total / 2));
    assert.match(random.summary, /Not checked:[\s\S]*data objects?, because of sample \(50%\)/);
    const seed = /Sample: 50% of the data objects \(seed ([0-9a-f]{8})\)/.exec(random.log)?.[1];
    assert.deepEqual((await read(`50%:${seed}`)).objects, random.objects);
  });

  slowTest('reads no data object in a dry run', async () => {
    await using verifying = await openVerifyPair();
    const { pair, verify } = verifying;
    const before = pair.store.requests.length;
    await using run = await verify({ 'dry-run': 'true' });
    assert.equal(run.exitCode, 0, run.log);
    assert.equal(run.outputs['verified'], undefined);
    assert.match(run.log, /A run reads: \d+ data objects?, /);
    assert.match(run.log, /Dry run passed\. No data objects were read\./);
    assert.match(run.summary, /🔎 Dry run passed for a copy of .*\. Nothing was verified/);
    assert.deepEqual(
      pair.store.requests.slice(before).filter(({ key }) => key !== undefined && isData(key)),
      [],
    );
  });
});
