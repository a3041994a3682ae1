import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { DescribeImportCommand, ImportTableCommand, type ImportTableDescription } from '@aws-sdk/client-dynamodb';
import { DeleteObjectCommand } from '@aws-sdk/client-s3';
import { itemLine } from '../../emulators/export-service/export-lines.ts';
import {
  type LoadSetting,
  lineOf,
  loadableEdges,
  openLoadSetting,
  uniqueName,
} from '../../emulators/load-service/load-setting.ts';
import { assertSameItems } from '../../fixtures/items.ts';

/** Imports the objects below `prefix` and returns the name of the table and the final description. */
async function importFrom(
  setting: LoadSetting,
  prefix: string,
  more: object = {},
  during: () => Promise<unknown> = async () => {},
): Promise<{ readonly name: string; readonly description: ImportTableDescription; readonly outcome: unknown[] }> {
  const name = uniqueName('imported');
  const S3BucketSource = { S3Bucket: setting.bucket, S3KeyPrefix: prefix };
  const { ImportTableDescription: started } = await setting.client.send(
    new ImportTableCommand(setting.importOf(name, { S3BucketSource, ...more })),
  );
  await setting.service.advance(started?.ImportArn);
  await during();
  await setting.service.settle(started?.ImportArn);
  const { ImportTableDescription: description = {} } = await setting.client.send(
    new DescribeImportCommand({ ImportArn: started?.ImportArn }),
  );
  const { ImportStatus, FailureCode, ProcessedItemCount, ImportedItemCount, ErrorCount } = description;
  return {
    name,
    description,
    outcome: [FailureCode ?? ImportStatus, ProcessedItemCount, ImportedItemCount, ErrorCount],
  };
}

const COMPRESSORS = { GZIP: gzipSync, ZSTD: zstdCompressSync, NONE: (text: string) => Buffer.from(text) } as const;

suite('emulated imports of objects', () => {
  let setting: LoadSetting;
  before(async () => {
    setting = await openLoadSetting({ maxObjects: 5, bucketOwners: { theirs: '210987654321' } });
    // The bucket may exist from an earlier run with the same store.
    await setting.store.createBucket('theirs').catch(() => undefined);
  });
  after(() => setting[Symbol.asyncDispose]());

  for (const format of ['DYNAMODB_JSON', 'ION'] as const) {
    for (const compression of ['GZIP', 'ZSTD', 'NONE'] as const) {
      test(`an emulated import reads every type of item from ${format} with compression ${compression}`, async () => {
        const items = loadableEdges(setting.source, format);
        const prefix = `edges/${format}/${compression}/`;
        const half = items.length >> 1;
        for (const [index, part] of [items.slice(0, half), items.slice(half)].entries()) {
          const text = part.map((item) => `${itemLine(format, item)}\n`).join('');
          await setting.putObject(`${prefix}${index}`, COMPRESSORS[compression](text));
        }
        const { name, outcome } = await importFrom(setting, prefix, {
          InputFormat: format,
          InputCompressionType: compression,
        });
        assert.deepEqual(outcome, ['COMPLETED', items.length, items.length, 0]);
        const written = await setting.source.createTable();
        await setting.source.putItems(written, items as never);
        assertSameItems(await setting.source.readItems(name), await setting.source.readItems(written));
      });
    }
  }

  test('an emulated import reads every object whose key starts with the prefix', async () => {
    await setting.putLines('part', [lineOf('1')]);
    await setting.putLines('part2/x', [lineOf('2')]);
    await setting.putLines('part.bak', ['garbage', lineOf('3')]);
    const { name, outcome } = await importFrom(setting, 'part');
    assert.deepEqual(outcome, ['ItemValidationError', 3, 2, 1]);
    assert.equal((await setting.source.readItems(name)).length, 2);
    assert.deepEqual((await importFrom(setting, 'part2/x')).outcome, ['COMPLETED', 1, 1, 0]);
  });

  test('an emulated import of a prefix without objects completes with an empty table', async () => {
    const { name, outcome } = await importFrom(setting, 'nothing/');
    assert.deepEqual(outcome, ['COMPLETED', 0, 0, 0]);
    assert.deepEqual(await setting.source.readItems(name), []);
  });

  test('an emulated import without a prefix reads the whole bucket', async () => {
    const bucket = await setting.store.createBucket();
    const { outcome } = await importFrom(setting, '', { S3BucketSource: { S3Bucket: bucket } });
    assert.deepEqual(outcome, ['COMPLETED', 0, 0, 0]);
  });

  const ITEM = (members: object) => JSON.stringify({ Item: members });
  for (const [what, lines, expected] of [
    ['blank lines', ['', lineOf('a'), '  ', lineOf('b')], ['COMPLETED', 2, 2, 0]],
    ['equal keys', [lineOf('a'), lineOf('a', { n: { N: '2' } }), lineOf('b')], ['COMPLETED', 3, 3, 0]],
    ['an item without its key', [lineOf('a'), ITEM({ n: { N: '1' } }), lineOf('b')], ['ItemValidationError', 3, 2, 1]],
    ['a key of another type', [ITEM({ pk: { N: '1' } }), lineOf('b')], ['ItemValidationError', 2, 1, 1]],
    ['an empty attribute name', [lineOf('a', { '': { S: 'x' } }), lineOf('b')], ['ItemValidationError', 2, 1, 1]],
    ['an item that is too large', [lineOf('a', { big: { S: 'x'.repeat(410_000) } })], ['ItemValidationError', 1, 0, 1]],
    ['a line that is not JSON', [lineOf('a'), '{"Item": ', lineOf('b')], ['ItemValidationError', 2, 1, 1]],
    ['a line without Item', [lineOf('a'), '{"NoItem":{}}', lineOf('b')], ['ItemValidationError', 2, 1, 1]],
    ['an attribute without a type', [lineOf('a'), ITEM({ pk: 'b' }), lineOf('c')], ['ItemValidationError', 2, 1, 1]],
  ] as const) {
    test(`an emulated import of an object with ${what} ends with ${expected.join(', ')}`, async () => {
      const prefix = `lines/${what}/`;
      await setting.putLines(`${prefix}1`, lines);
      const { name, outcome } = await importFrom(setting, prefix);
      assert.deepEqual(outcome, expected);
      assert.equal((await setting.source.readItems(name)).length, what === 'equal keys' ? 2 : expected[2]);
    });
  }

  test('an emulated import counts each object that is not in the given compression as one error', async () => {
    await setting.putLines('mixed/1', [lineOf('a')]);
    await setting.putObject('mixed/2', '');
    await setting.putObject('mixed/3', gzipSync(''));
    await setting.putObject('mixed/4', `${lineOf('b')}\n${lineOf('c')}\n`);
    assert.deepEqual((await importFrom(setting, 'mixed/')).outcome, ['ItemValidationError', 2, 1, 1]);
    const { outcome } = await importFrom(setting, 'mixed/', { InputCompressionType: 'NONE' });
    assert.deepEqual(outcome, ['ItemValidationError', 4, 2, 2], 'AWS counts gzip objects without items, too');
  });

  for (const [what, source, expected] of [
    ['a bucket that does not exist', { S3Bucket: 'nobody-has-it' }, 'S3NoSuchBucket'],
    ['a bucket of another account', { S3Bucket: 'theirs' }, 'S3AccessDenied'],
    ['an S3BucketOwner that is not the owner', { S3BucketOwner: '210987654321' }, 'S3AccessDenied'],
    ['more objects than the limit', { S3KeyPrefix: 'many/' }, 'LimitExceededException'],
  ] as const) {
    test(`an emulated import is accepted but fails without a table because of ${what}`, async () => {
      for (const n of [1, 2, 3, 4, 5, 6]) await setting.putLines(`many/${n}`, [lineOf(String(n))]);
      const S3BucketSource = { S3Bucket: setting.bucket, S3KeyPrefix: 'data/', ...source };
      const { name, outcome, description } = await importFrom(setting, '', { S3BucketSource });
      assert.deepEqual(outcome, [expected, 0, 0, 0]);
      assert.equal(description.ImportStatus, 'FAILED');
      assert.equal(description.ProcessedSizeBytes, undefined);
      assert.ok(description.FailureMessage && description.EndTime && description.TableId);
      await assert.rejects(setting.source.readItems(name), /ResourceNotFoundException/);
    });
  }

  test('an emulated import reads a bucket of another account with its S3BucketOwner', async () => {
    const S3BucketSource = { S3Bucket: 'theirs', S3BucketOwner: '210987654321', S3KeyPrefix: 'nothing/' };
    assert.deepEqual((await importFrom(setting, '', { S3BucketSource })).outcome, ['COMPLETED', 0, 0, 0]);
  });

  test('an emulated import fails if objects are replaced or deleted while it runs', async () => {
    for (const n of [1, 2, 3]) await setting.putLines(`changing/${n}`, [lineOf(`${n}a`), lineOf(`${n}b`)]);
    const change = async () => {
      await setting.putLines('changing/1', [lineOf('new')]);
      await setting.store.client.send(new DeleteObjectCommand({ Bucket: setting.bucket, Key: 'changing/2' }));
    };
    const { name, outcome } = await importFrom(setting, 'changing/', {}, change);
    assert.deepEqual(outcome, ['ItemValidationError', 4, 2, 2]);
    assert.equal((await setting.source.readItems(name)).length, 2);
  });

  test('an emulated import can report changed objects as documented', async () => {
    await using other = await openLoadSetting({ onChangedObject: 'ObjectModifiedInS3DuringImport' });
    await other.putLines('data/1', [lineOf('a')]);
    const { outcome } = await importFrom(other, 'data/', {}, () => other.putLines('data/1', [lineOf('new')]));
    assert.deepEqual(outcome, ['ObjectModifiedInS3DuringImport', 1, 0, 1]);
  });
});
