import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { suite, test } from 'node:test';
import { DeleteObjectCommand, GetObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { parse } from 'yaml';
import { readManifests } from '../../src/manifest/read-manifests.ts';
import { Bucket } from '../../src/s3/bucket.ts';
import { emptyResponse, s3Denies } from '../fixtures/aws-errors.ts';
import { assertRefused, type ExportPair, increment, MINUTE, openExportPair } from '../fixtures/export-pair.ts';
import { assertSucceeded, type Pair, startServers } from '../fixtures/pair.ts';
import { fewOf, slowTest } from '../run/effort.ts';

await startServers();

const PROJECT = dirname(dirname(import.meta.dirname));

/** Outputs that only a scan sets. */
const SCAN_ONLY = ['checksums-file', 'consumed-read-capacity', 'dropped-count', 'uncompressed-bytes'];
/** Outputs that only an export sets. */
const EXPORT_ONLY = ['export-arn'];

suite('outputs and job summary of exports', { concurrency: 3 }, () => {
  test('an export sets the outputs of a scan, except those that only one engine sets', async () => {
    await using exporting = await openExportPair();
    await using scan = await exporting.run({ 'point-in-time-export': 'false', 'check-interval': '30' });
    await using run = await exporting.run();
    assertSucceeded(scan);
    await exporting.copyOf(run);
    const names = (outputs: object, without: readonly string[]): string[] =>
      Object.keys(outputs)
        .filter((name) => !without.includes(name))
        .sort();
    assert.deepEqual(names(run.outputs, EXPORT_ONLY), names(scan.outputs, SCAN_ONLY));
    const declared = parse(readFileSync(join(PROJECT, 'action.yml'), 'utf8')) as { outputs: object };
    // Only a dry run sets the estimate.
    assert.deepEqual(names(run.outputs, []), names(declared.outputs, [...SCAN_ONLY, 'estimated-read-capacity']));
  });

  test('the outputs of an export describe its manifests and data objects', async () => {
    await using exporting = await openExportPair();
    await using run = await exporting.run();
    const copy = await exporting.copyOf(run);
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

  slowTest('the job summary has the ARN, the snapshot, the objects and the size of an export', async () => {
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

suite('verification of export manifests', { concurrency: 3 }, () => {
  for (const [what, name, change, problem] of fewOf(
    [
      [
        'the MD5 of manifest-summary.json is wrong',
        'manifest-summary.md5',
        overwrite('AAAAAAAAAAAAAAAAAAAAAA=='),
        /manifest-summary\.json .* does not match its MD5/,
      ],
      [
        'manifest-files.json is corrupted',
        'manifest-files.json',
        overwrite('{}\n'),
        /manifest-files\.json .* does not match its MD5/,
      ],
      [
        'manifest-files.json is missing',
        'manifest-files.json',
        remove,
        /manifest-files\.json .* does not exist in the bucket/,
      ],
      [
        'manifest-summary.json is missing',
        'manifest-summary.json',
        remove,
        /manifest-summary\.json .* does not exist in the bucket/,
      ],
      [
        'manifest-files.md5 is missing',
        'manifest-files.md5',
        remove,
        /manifest-files\.md5 .* does not exist in the bucket/,
      ],
    ] as const,
    2,
  )) {
    test(`an export fails if ${what}`, async () => {
      await using exporting = await openExportPair({ settleAfterMs: 'manual' });
      onceComplete(exporting, async (folder) => {
        await change(exporting.pair, folder + name);
      });
      await using run = await exporting.run();
      const message = assertRefused(run, 'EXPORT_MANIFEST_INVALID');
      assert.match(message, problem);
      assert.match(message, /Do not use this copy/);
      assert.equal(run.outputs['manifest-key'], undefined);
      assert.ok(run.outputs['export-arn']);
    });
  }
});

for (const [what, change, problem] of fewOf(
  [
    [
      'data/ contains another object',
      (pair: Pair, key: string) => overwrite('x')(pair, key.replace(/[^/]+$/, 'another.json.gz')),
      /1 object is not in the manifest \("another\.json\.gz"\)/,
    ],
    ['a data object was replaced', overwrite('x'), /1 object was changed \(".*"\)/],
  ] as const,
  1,
)) {
  test(`an export fails if ${what}`, async () => {
    await using exporting = await openExportPair({ settleAfterMs: 'manual' });
    onceComplete(exporting, async (folder) => {
      const objects = await exporting.pair.store.list(exporting.pair.bucket);
      const { key } = objects.find((object) => object.key.startsWith(`${folder}data/`)) ?? assert.fail();
      await change(exporting.pair, key);
    });
    await using run = await exporting.run();
    assert.match(assertRefused(run, 'EXPORT_MANIFEST_INVALID'), problem);
    assert.equal(run.outputs['manifest-key'], undefined);
  });
}

test('an export fails if one of its data objects is missing', async () => {
  await using exporting = await openExportPair({ settleAfterMs: 'manual' });
  onceComplete(exporting, async (folder) => {
    const objects = await exporting.pair.store.list(exporting.pair.bucket);
    const { key } = objects.find((object) => object.key.startsWith(`${folder}data/`)) ?? assert.fail();
    await remove(exporting.pair, key);
  });
  await using run = await exporting.run();
  assert.match(
    assertRefused(run, 'EXPORT_MANIFEST_INVALID'),
    /1 object is missing \(".*"\)\. The manifest lists 4 data objects/,
  );
  assert.equal(run.outputs['manifest-key'], undefined);
  assert.equal(run.outputs['size-bytes'], undefined);
});

suite('data objects of incremental exports', { concurrency: 2 }, () => {
  /** Opens a pair with objects of other exports in the folder that all incremental exports share. */
  async function openSharedFolder(): Promise<ExportPair> {
    const exporting = await openExportPair({ settleAfterMs: 'manual' });
    const { store, bucket } = exporting.pair;
    for (let i = 0; i < 3; i += 1) {
      const Key = `AWSDynamoDB/data/of-another-export-${i}.json.gz`;
      await store.client.send(new PutObjectCommand({ Bucket: bucket, Key, Body: 'x'.repeat(1000) }));
    }
    return exporting;
  }

  test('size-bytes counts only the objects of the incremental export, without listing the shared folder', async () => {
    await using exporting = await openSharedFolder();
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

  test('an incremental export fails if one of its objects is missing', async () => {
    await using exporting = await openSharedFolder();
    onceComplete(exporting, async () => {
      const objects = await exporting.pair.store.list(exporting.pair.bucket);
      const { key } =
        objects.find((object) => object.key.includes('/data/') && !object.key.includes('another')) ?? assert.fail();
      await remove(exporting.pair, key);
    });
    await using run = await exporting.run(increment('-PT1H'));
    assert.match(
      assertRefused(run, 'EXPORT_MANIFEST_INVALID'),
      /1 object is missing \(".*"\)\. The manifest lists 4 data objects/,
    );
  });

  test('an incremental export succeeds with a notice and without size-bytes if HeadObject is denied', async () => {
    await using exporting = await openSharedFolder();
    onceComplete(exporting, async () => {});
    exporting.pair.store.inject(({ operation }) => (operation === 'HeadObject' ? emptyResponse(403) : undefined));
    await using run = await exporting.run(increment('-PT1H'));
    assertSucceeded(run);
    assert.match(
      run.notices.join(),
      /could not check whether 4 of the 4 data objects .* s3:GetObject or s3:ListBucket/,
    );
    assert.equal(run.outputs['size-bytes'], undefined);
  });
});

suite('readManifests', { concurrency: 2 }, () => {
  for (const [what, inputs] of fewOf(
    [
      ['a full export', {}],
      ['an incremental export', increment('-PT1H')],
    ] as const,
    2,
  )) {
    test(`reads the manifests of ${what} with the MD5 of each object`, async () => {
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

suite('exports that the role cannot verify', { concurrency: 2 }, () => {
  slowTest(
    'an export succeeds with a warning and the outputs from DescribeExport if s3:GetObject is denied',
    async () => {
      await using exporting = await openExportPair();
      exporting.pair.store.inject(({ operation }) =>
        operation === 'GetObject' ? s3Denies('s3:GetObject') : undefined,
      );
      await using run = await exporting.run();
      assertSucceeded(run);
      assert.match(
        run.warnings.join(),
        /complete but not verified: the role is not authorized to perform s3:GetObject/,
      );
      const { 'item-count': items, 'manifest-key': manifest, 's3-keys': keys, 'file-count': files } = run.outputs;
      assert.deepEqual([items, keys, files, run.outputs['size-bytes']], ['12', undefined, undefined, undefined]);
      assert.equal(manifest, exporting.service.exports()[0]?.['ExportManifest']);
      assert.match(run.log, /Done: 12 items, in /);
      assert.doesNotMatch(run.summary, /\| (Objects|Size) \|/);
    },
  );

  slowTest('an export succeeds with a notice and without size-bytes if s3:ListBucket is denied', async () => {
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

/** Returns a function that replaces the content of an object. */
function overwrite(content: string) {
  return async ({ store, bucket }: Pair, key: string): Promise<void> => {
    await store.client.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: content }));
  };
}

async function remove({ store, bucket }: Pair, key: string): Promise<void> {
  await store.client.send(new DeleteObjectCommand({ Bucket: bucket, Key: key }));
}

/** Completes the export and changes the bucket before DescribeExport returns. */
function onceComplete({ service }: ExportPair, change: (folder: string) => Promise<void>): void {
  service.inject(async ({ operation }) => {
    if (operation === 'DescribeExport') {
      await service.settle();
      await change(String(service.exports()[0]?.['ExportManifest']).replace(/[^/]+$/, ''));
    }
    return undefined;
  });
}
