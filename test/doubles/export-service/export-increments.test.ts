import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gunzipSync, gzipSync } from 'node:zlib';
import { description, type ExportSetting, openExportSetting } from '../../emulators/export-service/export-calls.ts';
import type { Item } from '../../emulators/source.ts';
import type { ObjectReader } from '../../emulators/store.ts';
import { type Copy, readCopy } from '../../fixtures/read-copy.ts';

const HOUR = 3_600_000;

/** Exports the last hour but a minute, and reads it. */
async function increment(setting: ExportSetting, more: object = {}, view: object = {}): Promise<Copy> {
  const { service, store, bucket } = setting;
  const now = Math.floor(service.clock.now() / 1_000);
  const request = setting.request({
    ExportType: 'INCREMENTAL_EXPORT',
    IncrementalExportSpecification: { ExportFromTime: now - 3_600, ExportToTime: now - 60, ...view },
    ...more,
  });
  const { ExportArn } = await description(service, 'ExportTableToPointInTime', request);
  await service.settle();
  const { ExportManifest } = await description(service, 'DescribeExport', { ExportArn });
  return readCopy(store, bucket, String(ExportManifest), { writer: 'dynamodb' });
}

/** Records what happened to some items, each from one image to the next, minutes ago. */
function recordHistory(setting: ExportSetting): void {
  const { service, table } = setting;
  const history: readonly (readonly [string, number, number | undefined, number | undefined])[] = [
    ['inserted', 50, undefined, 1],
    ['inserted', 40, 1, 2],
    ['updated', 30, 1, 2],
    ['updated', 20, 2, 3],
    ['deleted', 30, 1, 2],
    ['deleted', 20, 2, undefined],
    ['came and went', 30, undefined, 1],
    ['came and went', 20, 1, undefined],
    ['before', 70, undefined, 1],
    ['after', 0.5, undefined, 1],
    ['straddling', 70, undefined, 1],
    ['straddling', 30, 1, 2],
    ['straddling', 0.5, 2, undefined],
  ];
  for (const [name, minutes, from, to] of history.toReversed()) {
    const image = (n: number | undefined): Item | undefined =>
      n === undefined ? undefined : { pk: { S: name }, n: { N: String(n) } };
    const [oldImage, newImage] = [image(from), image(to)];
    service.recordChange(table, {
      keys: { pk: { S: name } },
      ...(oldImage && { oldImage }),
      ...(newImage && { newImage }),
      at: new Date(service.clock.now() - minutes * 60_000),
    });
  }
}

const image = (name: string, n: number) => ({ pk: { S: name }, n: { N: String(n) } });
const told = (copy: Copy): Record<string, unknown> =>
  Object.fromEntries(
    copy.changes().map(({ keys, oldImage, newImage }) => [Object.values(keys['pk'] ?? {})[0], [oldImage, newImage]]),
  );

test('an incremental export tells what became of each item', async () => {
  await using setting = await openExportSetting({}, []);
  recordHistory(setting);
  const expected = {
    inserted: [undefined, image('inserted', 2)],
    updated: [image('updated', 1), image('updated', 3)],
    deleted: [image('deleted', 1), undefined],
    straddling: [image('straddling', 1), image('straddling', 2)],
  };
  for (const ExportFormat of ['DYNAMODB_JSON', 'ION']) {
    const copy = await increment(setting, { ExportFormat });
    assert.deepEqual(told(copy), expected);
    assert.throws(() => copy.items(), /holds no Item alone|cannot be read/);
    const { micros } = copy.changes().find(({ keys }) => Object.values(keys['pk'] ?? {})[0] === 'updated') ?? {};
    assert.ok(Math.abs(Number(micros) / 1_000 - (setting.service.clock.now() - 20 * 60_000)) < 5_000);
  }
  const bare = await increment(setting, {}, { ExportViewType: 'NEW_IMAGE' });
  assert.deepEqual(told(bare), {
    ...expected,
    updated: [undefined, image('updated', 3)],
    deleted: [undefined, undefined],
    straddling: [undefined, image('straddling', 2)],
  });
  const filtered = await increment(setting, {
    FilterSpecification: { FilterExpression: 'n > :n', ExpressionAttributeValues: { ':n': { N: '1' } } },
  });
  assert.deepEqual(
    Object.keys(told(filtered)).sort(),
    ['inserted', 'straddling', 'updated'],
    'a deleted item by its old image',
  );
});

test('its manifests lie in a folder of their own, its data with that of all others', async () => {
  await using setting = await openExportSetting({}, []);
  recordHistory(setting);
  const first = await increment(setting, { S3Prefix: 'p/' });
  const second = await increment(setting, { S3Prefix: 'p/' });
  const keys = (await setting.store.list(setting.bucket)).map(({ key }) => key);
  const names = [
    '_started',
    'manifest-files.json',
    'manifest-files.md5',
    'manifest-summary.json',
    'manifest-summary.md5',
  ];
  assert.deepEqual(
    keys,
    [
      ...[first, second].flatMap(({ folder, objects }) => [
        ...names.map((name) => folder + name),
        ...objects.map((object) => object.dataFileS3Key),
      ]),
    ].sort(),
  );
  assert.ok(
    first.objects.every(({ dataFileS3Key: key }) => /^p\/AWSDynamoDB\/data\/[a-z2-7]{26}\.json\.gz$/.test(key)),
  );
  assert.equal(first.objects.length, 4);
  const { summary: s } = first;
  assert.equal(
    (await setting.store.read(setting.bucket, `${first.folder}manifest-summary.json`)).toString(),
    `{"version":"2023-08-01","exportArn":"${s.exportArn}","startTime":"${s.startTime}","endTime":"${s.endTime}","tableArn":"${s.tableArn}","tableId":"${s.tableId}","exportFromTime":"${s.exportFromTime}","exportToTime":"${s.exportToTime}","s3Bucket":"${setting.bucket}","s3Prefix":"p/","s3SseAlgorithm":"AES256","s3SseKmsKeyId":null,"manifestFilesS3Key":"${first.folder}manifest-files.json","billedSizeBytes":10000000,"itemCount":4,"outputFormat":"DYNAMODB_JSON","outputView":"NEW_AND_OLD_IMAGES","exportType":"INCREMENTAL_EXPORT"}`,
  );
  assert.match(s.startTime, /\.000Z$/);
  assert.equal(Date.parse(s.exportToTime ?? '') - Date.parse(s.exportFromTime ?? ''), HOUR - 60_000);
});

/** Each is what a reader must notice in an incremental export. */
const SABOTAGE: readonly {
  readonly what: string;
  readonly change: (key: string, bytes: Buffer) => Buffer | undefined;
  readonly found: RegExp;
}[] = [
  {
    what: 'a data object that is gone',
    change: (key, bytes) => (key.includes('/data/') ? undefined : bytes),
    found: /is in manifest-files\.json and not in the bucket/,
  },
  {
    what: 'a data object that was changed',
    change: (key, bytes) => (key.includes('/data/') ? gzipSync(`${gunzipSync(bytes)} `) : bytes),
    found: /its md5Checksum is /,
  },
  {
    what: 'what is no data',
    change: (key, bytes) => {
      const started = key.replace('manifest-files.json', '_started');
      return started === key
        ? bytes
        : Buffer.from(bytes.toString('latin1').replace(/(?<="dataFileS3Key":")[^"]*/, started), 'latin1');
    },
    found: /it does not lie in data\//,
  },
  {
    what: 'a summary of the other kind',
    change: (_, bytes) => Buffer.from(bytes.toString('latin1').replace('INCREMENTAL_EXPORT', 'FULL_EXPORT'), 'latin1'),
    found: /manifest-summary\.json has the fields/,
  },
  {
    what: 'a period backwards',
    change: (_, bytes) =>
      Buffer.from(bytes.toString('latin1').replace(/"exportToTime":"2/, '"exportToTime":"1'), 'latin1'),
    found: /it goes from .* back to 1/,
  },
];

test('a damaged incremental export is found out', async (t) => {
  await using setting = await openExportSetting({}, []);
  recordHistory(setting);
  const { folder } = await increment(setting);
  const { store, bucket } = setting;
  for (const { what, change, found } of SABOTAGE) {
    await t.test(what, async () => {
      const damaged: ObjectReader = {
        async list(name, prefix) {
          const objects = await store.list(name, prefix);
          return objects.filter(({ key }) => change(key, gzipSync('')) !== undefined);
        },
        read: async (name, key) => change(key, await store.read(name, key)) ?? Buffer.alloc(0),
      };
      await assert.rejects(readCopy(damaged, bucket, `${folder}manifest-summary.json`, { writer: 'dynamodb' }), found);
    });
  }
  await t.test('as a copy by a scan', async () => {
    await assert.rejects(
      readCopy(store, bucket, `${folder}manifest-summary.json`),
      /manifest-summary\.json has the fields/,
    );
  });
});
