import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { DeleteTableCommand } from '@aws-sdk/client-dynamodb';
import { assertRefused, HOUR, increment, iso, MINUTE, openExportPair } from '../fixtures/export-pair.ts';
import { assertSameItems } from '../fixtures/items.ts';
import { startServers } from '../fixtures/pair.ts';
import { fewOf, slowTest } from '../run/effort.ts';

await startServers();

const KEY = 'arn:aws:kms:us-east-1:123456789012:key/3b1a7419-d170-49d4-9a64-59dee41e3eea';

suite('full and incremental exports', { concurrency: 3 }, () => {
  for (const format of fewOf(['DYNAMODB_JSON', 'ION'], 1)) {
    test(`an export copies every item in ${format}`, async () => {
      await using exporting = await openExportPair();
      await using run = await exporting.run({ 'export-format': format });
      const copy = await exporting.copyOf(run);
      assert.equal(copy.summary.outputFormat, format);
      assertSameItems(copy.items(), await exporting.pair.source.readItems(exporting.table));
      assert.equal(run.outputs['scope'], 'table');
      assert.match(run.summary, /^### ✅ Copied .* to S3: 12 items/);
      assert.deepEqual(run.warnings, []);
    });
  }

  for (const [prefix, folder] of fewOf(
    [
      ['', ''],
      ['backups/nightly', 'backups/nightly/'],
      ['backups/nightly/', 'backups/nightly/'],
    ],
    1,
  )) {
    test(`an export writes to ${folder}AWSDynamoDB/ with s3-key-prefix: "${prefix}"`, async () => {
      await using exporting = await openExportPair();
      await using run = await exporting.run({ 's3-key-prefix': prefix ?? '' });
      const copy = await exporting.copyOf(run);
      assert.equal(copy.folder, `${folder}AWSDynamoDB/${run.outputs['export-id']}/`);
      assert.equal(run.outputs['s3-uri'], `s3://${exporting.pair.bucket}/${copy.folder}`);
    });
  }

  slowTest('an export copies the table as of a past export-time', async () => {
    await using exporting = await openExportPair();
    const { service, table } = exporting;
    const time = service.clock.now() - HOUR;
    const [keys, newImage] = [{ pk: { S: 'item-0' } }, { pk: { S: 'item-0' }, n: { N: '0' } }];
    service.recordChange(table, { keys, newImage, at: new Date(time + MINUTE) });
    await using run = await exporting.run({ 'export-time': iso(time), 'point-in-time-export': '' });
    const copy = await exporting.copyOf(run);
    assert.equal(copy.summary.itemCount, 11);
    assert.equal(run.outputs['snapshot-time'], copy.summary.exportTime);
    assert.equal(iso(Date.parse(run.outputs['snapshot-time'] ?? '')), iso(time));
  });

  test('an incremental export copies only changes', async () => {
    await using exporting = await openExportPair();
    const { service, table } = exporting;
    const keys = { pk: { S: 'item-0' } };
    service.recordChange(table, {
      keys,
      newImage: { ...keys, n: { N: '0' } },
      at: new Date(service.clock.now() - 20 * MINUTE),
    });
    const inputs = increment(iso(service.clock.now() - HOUR));
    await using run = await exporting.run({ ...inputs, 's3-key-prefix': 'increments' });
    const copy = await exporting.copyOf(run);
    assert.equal(copy.changes().length, 1);
    assert.equal(run.outputs['scope'], 'subset');
    assert.equal(run.outputs['snapshot-time'], copy.summary.exportToTime);
    assert.equal(run.outputs['data-uri'], `s3://${exporting.pair.bucket}/increments/AWSDynamoDB/data/`);
    assert.match(run.summary, /^### ✅ Copied part of /);
  });

  for (const [format, view, count] of [
    ['ION', 'NEW_AND_OLD_IMAGES', 2],
    ['ION', 'NEW_IMAGE', 2],
    ['DYNAMODB_JSON', 'NEW_IMAGE', 2],
  ] as const) {
    test(`an incremental export copies changes in ${format} with ExportViewType ${view}`, async () => {
      await using exporting = await openExportPair();
      const { service, table } = exporting;
      const at = new Date(service.clock.now() - 20 * MINUTE);
      const [one, two] = [{ pk: { S: 'item-0' } }, { pk: { S: 'deleted' } }];
      service.recordChange(table, { keys: one, newImage: { ...one, n: { N: '0' } }, at });
      service.recordChange(table, { keys: two, oldImage: { ...two, n: { N: '1' } }, at });
      const inputs = increment('-PT1H', undefined, {}, { ExportViewType: view });
      await using run = await exporting.run({ ...inputs, 'export-format': format });
      const copy = await exporting.copyOf(run);
      assert.equal(copy.summary.outputFormat, format);
      assert.equal(copy.summary.outputView, view);
      assert.equal(copy.summary.itemCount, count);
      assert.equal(run.outputs['item-count'], String(count));
    });
  }

  slowTest('an export copies only items that match FilterSpecification', async () => {
    await using exporting = await openExportPair();
    const filter = 'FilterSpecification: {FilterExpression: "n < :five", ExpressionAttributeValues: {":five": 5}}';
    await using run = await exporting.run({ 'export-table-to-point-in-time-kwargs': filter });
    const copy = await exporting.copyOf(run);
    assert.equal(copy.summary.itemCount, 5);
    assert.equal(run.outputs['scope'], 'subset');
    assert.equal(run.outputs['item-count'], '5');
  });

  slowTest('an export encrypts with the KMS key of s3-sse-kms-key-id', async () => {
    await using exporting = await openExportPair({ kmsKeys: [KEY] });
    await using run = await exporting.run({ 's3-sse-algorithm': 'KMS', 's3-sse-kms-key-id': KEY });
    const copy = await exporting.copyOf(run);
    assert.equal(copy.summary.s3SseAlgorithm, 'KMS');
    assert.equal(copy.summary.s3SseKmsKeyId, KEY);
  });

  slowTest('an export is complete although the table is deleted during the export', async () => {
    await using exporting = await openExportPair({ settleAfterMs: 'manual' });
    const { pair, service, table } = exporting;
    const step = exporting.start();
    await step.printed(/Started export \S+/);
    await pair.source.client.send(new DeleteTableCommand({ TableName: table }));
    await service.settle();
    await using run = await step.result;
    assert.equal((await exporting.copyOf(run)).summary.itemCount, 12);
  });
});

suite('buckets of other accounts', { concurrency: 2 }, () => {
  const owner = '210987654321';
  for (const [option, inputs] of [
    ['s3-bucket-owner', { 's3-bucket-owner': owner }],
    ['S3BucketOwner', { 'export-table-to-point-in-time-kwargs': `{"S3BucketOwner": "${owner}"}` }],
  ] as const) {
    test(`an export to a bucket of another account succeeds with ${option}`, async (t) => {
      await using exporting = await openExportPair({ owner });
      if (exporting.pair.store.can.refuseWrongOwner) {
        t.skip('the S3 emulator supports only one account');
        return;
      }
      await using run = await exporting.run(inputs);
      await exporting.copyOf(run);
      assert.equal(exporting.service.exports()[0]?.['S3BucketOwner'], owner);
    });
  }

  slowTest('an export to a bucket of another account fails without s3-bucket-owner', async () => {
    await using exporting = await openExportPair({ owner });
    await using run = await exporting.run();
    assert.match(assertRefused(run, 'EXPORT_FAILED'), /S3AccessDenied.*\n.*s3-bucket-owner to that account/s);
  });
});

suite('exports of empty tables', { concurrency: 2 }, () => {
  test('an export of an empty table writes four empty files and warns', async () => {
    await using exporting = await openExportPair({}, []);
    await using run = await exporting.run();
    const copy = await exporting.copyOf(run);
    assert.deepEqual(
      copy.objects.map(({ size }) => size),
      [20, 20, 20, 20],
    );
    assert.equal(run.outputs['file-count'], '4');
    assert.equal(run.outputs['item-count'], '0');
    assert.match(run.warnings.join(), /The copy contains no items/);
  });

  test('an export of an empty table fails with if-empty: error and leaves the copy in the bucket', async () => {
    await using exporting = await openExportPair({}, []);
    await using run = await exporting.run({ 'if-empty': 'error' });
    assert.match(assertRefused(run, 'EMPTY_COPY'), /remains in the bucket/);
    assert.ok(run.outputs['manifest-key']);
    assert.doesNotMatch(run.summary, /does not count as a copy/);
  });
});
