import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { suite, test } from 'node:test';
import { DeleteObjectCommand, GetObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { parse } from 'yaml';
import { readManifests } from '../../src/manifest/read-manifests.ts';
import { Bucket } from '../../src/s3/bucket.ts';
import { emptyAnswer, s3Denies } from '../fixtures/aws-errors.ts';
import { assertRefused, type ExportPair, increment, MINUTE, openExportPair } from '../fixtures/export-pair.ts';
import { assertSucceeded, startServers } from '../fixtures/pair.ts';
import { fewOf, slowTest } from '../run/effort.ts';

await startServers();

const PROJECT = dirname(dirname(import.meta.dirname));

/** What only a scan counts, and what only an export has. */
const OF_A_SCAN = ['consumed-read-capacity', 'dropped-count', 'uncompressed-bytes'];
const OF_AN_EXPORT = ['export-arn'];

suite('a complete export', { concurrency: 3 }, () => {
  test('has the outputs of a scan, but for what only one of the two knows', async () => {
    await using exporting = await openExportPair();
    await using scan = await exporting.run({ 'point-in-time-export': 'false', 'check-interval': '30' });
    await using run = await exporting.run();
    assertSucceeded(scan);
    const copy = await exporting.copyOf(run);
    const names = (outputs: object, without: readonly string[]): string[] =>
      Object.keys(outputs)
        .filter((name) => !without.includes(name))
        .sort();
    assert.deepEqual(names(run.outputs, OF_AN_EXPORT), names(scan.outputs, OF_A_SCAN));
    const declared = parse(readFileSync(join(PROJECT, 'action.yml'), 'utf8')) as { outputs: object };
    // The estimate is of a dry run.
    assert.deepEqual(names(run.outputs, []), names(declared.outputs, [...OF_A_SCAN, 'estimated-read-capacity']));

    const { 's3-keys': keys, 's3-keys-file': file = '', 'duration-seconds': duration, ...rest } = run.outputs;
    const root = `s3://${exporting.pair.bucket}/AWSDynamoDB/${copy.exportId}/`;
    assert.deepEqual(rest, {
      engine: 'export',
      scope: 'table',
      'export-id': copy.exportId,
      'export-arn': copy.summary.exportArn,
      's3-uri': root,
      'data-uri': `${root}data/`,
      'manifest-key': `${copy.folder}manifest-summary.json`,
      'snapshot-time': copy.summary.exportTime,
      'item-count': '12',
      'file-count': '4',
      'size-bytes': String(copy.objects.reduce((sum, object) => sum + object.size, 0)),
    });
    assert.deepEqual(
      (JSON.parse(keys ?? '') as string[]).sort(),
      copy.objects.map((object) => object.dataFileS3Key).sort(),
    );
    assert.equal(readFileSync(file, 'utf8'), keys);
    assert.ok(Number(duration) > 0, duration);
  });

  slowTest('is told in the summary of the job in its own terms', async () => {
    await using exporting = await openExportPair();
    await using run = await exporting.run();
    const copy = await exporting.copyOf(run);
    const text = run.summary.replaceAll(/&#(\d+);/g, (_, code: string) => String.fromCharCode(Number(code)));
    assert.ok(text.includes(`| Export | ${copy.summary.exportArn} |`), text);
    assert.ok(text.includes(`| Snapshot | ${copy.summary.exportTime} |`), text);
    assert.match(text, /\| Objects \| 4 × DYNAMODB_JSON, gzip \|/);
    assert.match(text, /\| Size \| \d+ bytes stored \|/);
    assert.doesNotMatch(text, /Read capacity units|Segments|Started|uncompressed/);
  });
});

suite('manifests are verified:', { concurrency: 3 }, () => {
  for (const [what, name, content, says] of fewOf(
    [
      [
        'a damaged MD5',
        'manifest-summary.md5',
        'AAAAAAAAAAAAAAAAAAAAAA==',
        /manifest-summary\.json .* does not match its MD5/,
      ],
      ['a damaged list of files', 'manifest-files.json', '{}\n', /manifest-files\.json .* does not match its MD5/],
      ['no list of files', 'manifest-files.json', undefined, /manifest-files\.json .* does not exist in the bucket/],
      ['no summary', 'manifest-summary.json', undefined, /manifest-summary\.json .* does not exist in the bucket/],
      ['no MD5', 'manifest-files.md5', undefined, /manifest-files\.md5 .* does not exist in the bucket/],
    ] as const,
    2,
  )) {
    test(what, async () => {
      await using exporting = await openExportPair({ settleAfterMs: 'manual' });
      onceComplete(exporting, async (folder) => {
        const { store, bucket } = exporting.pair;
        const object = { Bucket: bucket, Key: folder + name };
        await store.client.send(
          content === undefined ? new DeleteObjectCommand(object) : new PutObjectCommand({ ...object, Body: content }),
        );
      });
      await using run = await exporting.run();
      const message = assertRefused(run, 'EXPORT_MANIFEST_INVALID');
      assert.match(message, says);
      assert.match(message, /Do not use this copy/);
      assert.equal(run.outputs['manifest-key'], undefined);
      assert.ok(run.outputs['export-arn']);
    });
  }
});

test('a data object that is gone is found out where the bucket may be listed', async () => {
  await using exporting = await openExportPair({ settleAfterMs: 'manual' });
  onceComplete(exporting, async (folder) => {
    const { store, bucket } = exporting.pair;
    const { key } =
      (await store.list(bucket)).find((object) => object.key.startsWith(`${folder}data/`)) ?? assert.fail();
    await store.client.send(new DeleteObjectCommand({ Bucket: bucket, Key: key }));
  });
  await using run = await exporting.run();
  assert.match(assertRefused(run, 'EXPORT_MANIFEST_INVALID'), /1 of the 4 data objects .* do not exist in the bucket/);
  assert.equal(run.outputs['manifest-key'], undefined);
  assert.equal(run.outputs['size-bytes'], undefined);
});

suite('an incremental export', { concurrency: 2 }, () => {
  /** Puts objects of other exports into the folder that all incremental exports share. */
  async function openIncrement(): Promise<ExportPair> {
    const exporting = await openExportPair({ settleAfterMs: 'manual' });
    const { store, bucket } = exporting.pair;
    for (let i = 0; i < 3; i += 1) {
      const Key = `AWSDynamoDB/data/of-another-export-${i}.json.gz`;
      await store.client.send(new PutObjectCommand({ Bucket: bucket, Key, Body: 'x'.repeat(1000) }));
    }
    return exporting;
  }

  test('has the size of its own objects, without a list of the folder that all share', async () => {
    await using exporting = await openIncrement();
    onceComplete(exporting, async () => {});
    exporting.pair.store.inject(({ operation }) =>
      operation === 'ListObjectsV2' ? s3Denies('s3:ListBucket') : undefined,
    );
    await using run = await exporting.run(increment('-PT1H'));
    const copy = await exporting.copyOf(run);
    const size = copy.objects.reduce((sum, object) => sum + object.size, 0);
    assert.equal(run.outputs['size-bytes'], String(size));
    assert.deepEqual(run.notices, []);
  });

  test('is refused if one of its objects is gone', async () => {
    await using exporting = await openIncrement();
    onceComplete(exporting, async () => {
      const { store, bucket } = exporting.pair;
      const { key } =
        (await store.list(bucket)).find(({ key }) => key.includes('/data/') && !key.includes('another')) ??
        assert.fail();
      await store.client.send(new DeleteObjectCommand({ Bucket: bucket, Key: key }));
    });
    await using run = await exporting.run(increment('-PT1H'));
    assert.match(
      assertRefused(run, 'EXPORT_MANIFEST_INVALID'),
      /1 of the 4 data objects .* do not exist in the bucket/,
    );
  });

  test('whose objects the role cannot look at says so and has no size', async () => {
    await using exporting = await openIncrement();
    onceComplete(exporting, async () => {});
    exporting.pair.store.inject(({ operation }) => (operation === 'HeadObject' ? emptyAnswer(403) : undefined));
    await using run = await exporting.run(increment('-PT1H'));
    assertSucceeded(run);
    assert.match(
      run.notices.join(),
      /could not check whether 4 of the 4 data objects .* s3:GetObject or s3:ListBucket/,
    );
    assert.equal(run.outputs['size-bytes'], undefined);
  });
});

suite("the Action's own reader of manifests", { concurrency: 2 }, () => {
  for (const [what, inputs] of fewOf(
    [
      ['a full export', {}],
      ['an incremental export', increment('-PT1H')],
    ] as const,
    2,
  )) {
    test(`reads ${what}, and every MD5 is that of its object`, async () => {
      await using exporting = await openExportPair();
      const { pair, service, table } = exporting;
      const keys = { pk: { S: 'item-0' } };
      const newImage = { ...keys, n: { N: '0' } };
      service.recordChange(table, { keys, newImage, at: new Date(service.clock.now() - 20 * MINUTE) });
      await using run = await exporting.run({ ...inputs, 's3-key-prefix': 'backups' });
      assertSucceeded(run);
      const bucket = new Bucket({ client: pair.store.client, name: pair.bucket });
      const read = await readManifests(bucket, run.outputs['manifest-key'] ?? '', AbortSignal.timeout(10_000));
      assert.equal(String(read.itemCount), run.outputs['item-count']);
      assert.deepEqual(
        read.files.map(({ key }) => key),
        JSON.parse(run.outputs['s3-keys'] ?? ''),
      );
      assert.equal(read.files.length, 4);
      for (const { key, md5, etag } of read.files) {
        const { Body, ETag } = await pair.store.client.send(new GetObjectCommand({ Bucket: pair.bucket, Key: key }));
        const content = (await Body?.transformToByteArray()) ?? new Uint8Array();
        assert.equal(createHash('md5').update(content).digest('base64'), md5, key);
        assert.equal(ETag?.replaceAll('"', ''), etag);
      }
    });
  }
});

suite('a role that may not', { concurrency: 2 }, () => {
  slowTest('read the bucket gets a warning, and what DescribeExport tells', async () => {
    await using exporting = await openExportPair();
    exporting.pair.store.inject(({ operation }) => (operation === 'GetObject' ? s3Denies('s3:GetObject') : undefined));
    await using run = await exporting.run();
    assertSucceeded(run);
    assert.match(run.warnings.join(), /complete but not verified: the role is not authorized to perform s3:GetObject/);
    const { 'item-count': items, 'manifest-key': manifest, 's3-keys': keys, 'file-count': files } = run.outputs;
    assert.deepEqual([items, keys, files, run.outputs['size-bytes']], ['12', undefined, undefined, undefined]);
    assert.equal(manifest, exporting.service.exports()[0]?.['ExportManifest']);
    assert.match(run.log, /Done: 12 items, in /);
    assert.doesNotMatch(run.summary, /\| (Objects|Size) \|/);
  });

  slowTest('list the bucket does without size-bytes', async () => {
    await using exporting = await openExportPair();
    exporting.pair.store.inject(({ operation }) =>
      operation === 'ListObjectsV2' ? s3Denies('s3:ListBucket') : undefined,
    );
    await using run = await exporting.run();
    assertSucceeded(run);
    assert.deepEqual(run.warnings, []);
    assert.match(run.notices.join(), /could not check whether 4 of the 4 data objects .* s3:ListBucket/);
    assert.equal(run.outputs['size-bytes'], undefined);
    assert.equal(run.outputs['file-count'], '4');
    assert.doesNotMatch(run.summary, /\| Size \|/);
  });
});

/** Does something to the bucket between the end of the export and the Action's knowing of it. */
function onceComplete({ service }: ExportPair, change: (folder: string) => Promise<void>): void {
  service.inject(async ({ operation }) => {
    if (operation === 'DescribeExport') {
      await service.settle();
      await change(String(service.exports()[0]?.['ExportManifest']).replace(/[^/]+$/, ''));
    }
    return undefined;
  });
}
