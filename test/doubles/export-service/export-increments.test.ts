import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import { gunzipSync, gzipSync } from 'node:zlib';
import { description, type ExportSetting, openExportSetting } from '../../emulators/export-service/export-calls.ts';
import type { Item } from '../../emulators/source.ts';
import type { ObjectReader } from '../../emulators/store.ts';
import { type Copy, readCopy } from '../../fixtures/read-copy.ts';

const HOUR = 3_600_000;

/** Exports the changes from an hour ago to a minute ago, and reads the copy. */
async function exportLastHour(setting: ExportSetting, more: object = {}, view: object = {}): Promise<Copy> {
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

/** Records the changes of some items: name, minutes ago, old value and new value. */
function recordHistory(setting: ExportSetting): void {
  const { service, table } = setting;
  const history: readonly (readonly [string, number, number | undefined, number | undefined])[] = [
    ['inserted', 50, undefined, 1],
    ['inserted', 40, 1, 2],
    ['updated', 30, 1, 2],
    ['updated', 20, 2, 3],
    ['deleted', 30, 1, 2],
    ['deleted', 20, 2, undefined],
    ['temporary', 30, undefined, 1],
    ['temporary', 20, 1, undefined],
    ['before', 70, undefined, 1],
    ['after', 0.5, undefined, 1],
    ['straddling', 70, undefined, 1],
    ['straddling', 30, 1, 2],
    ['straddling', 0.5, 2, undefined],
  ];
  for (const [name, minutes, from, to] of history.toReversed()) {
    const imageOf = (n: number | undefined): Item | undefined =>
      n === undefined ? undefined : { pk: { S: name }, n: { N: String(n) } };
    const [oldImage, newImage] = [imageOf(from), imageOf(to)];
    service.recordChange(table, {
      keys: { pk: { S: name } },
      ...(oldImage && { oldImage }),
      ...(newImage && { newImage }),
      at: new Date(service.clock.now() - minutes * 60_000),
    });
  }
}

const image = (name: string, n: number) => ({ pk: { S: name }, n: { N: String(n) } });
const imagesByKey = (copy: Copy): Record<string, unknown> =>
  Object.fromEntries(
    copy.changes().map(({ keys, oldImage, newImage }) => [Object.values(keys['pk'] ?? {})[0], [oldImage, newImage]]),
  );

/** Old and new image of each item that `recordHistory` changed within the last hour. */
const EXPECTED_IMAGES = {
  inserted: [undefined, image('inserted', 2)],
  updated: [image('updated', 1), image('updated', 3)],
  deleted: [image('deleted', 1), undefined],
  straddling: [image('straddling', 1), image('straddling', 2)],
};

test('an emulated incremental export contains the net change of each item in both formats', async () => {
  await using setting = await openExportSetting({}, []);
  recordHistory(setting);
  for (const ExportFormat of ['DYNAMODB_JSON', 'ION']) {
    const copy = await exportLastHour(setting, { ExportFormat });
    assert.deepEqual(imagesByKey(copy), EXPECTED_IMAGES);
    assert.throws(() => copy.items(), /is not a single Item|cannot be read/);
    const { micros } = copy.changes().find(({ keys }) => Object.values(keys['pk'] ?? {})[0] === 'updated') ?? {};
    assert.ok(Math.abs(Number(micros) / 1_000 - (setting.service.clock.now() - 20 * 60_000)) < 5_000);
  }
});

test('an emulated incremental export with view NEW_IMAGE contains no old images', async () => {
  await using setting = await openExportSetting({}, []);
  recordHistory(setting);
  const copy = await exportLastHour(setting, {}, { ExportViewType: 'NEW_IMAGE' });
  assert.deepEqual(imagesByKey(copy), {
    ...EXPECTED_IMAGES,
    updated: [undefined, image('updated', 3)],
    deleted: [undefined, undefined],
    straddling: [undefined, image('straddling', 2)],
  });
});

test('an emulated incremental export applies a filter to the new image, or to the old one of a deleted item', async () => {
  await using setting = await openExportSetting({}, []);
  recordHistory(setting);
  const filtered = await exportLastHour(setting, {
    FilterSpecification: { FilterExpression: 'n > :n', ExpressionAttributeValues: { ':n': { N: '1' } } },
  });
  assert.deepEqual(Object.keys(imagesByKey(filtered)).sort(), ['inserted', 'straddling', 'updated']);
});

test('emulated incremental exports have separate manifest folders and one shared data folder', async () => {
  await using setting = await openExportSetting({}, []);
  recordHistory(setting);
  const first = await exportLastHour(setting, { S3Prefix: 'p/' });
  const second = await exportLastHour(setting, { S3Prefix: 'p/' });
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

/** Changes that make an incremental export invalid. */
const INVALID_COPIES: readonly {
  readonly what: string;
  readonly change: (key: string, bytes: Buffer) => Buffer | undefined;
  readonly message: RegExp;
}[] = [
  {
    what: 'a missing data object',
    change: (key, bytes) => (key.includes('/data/') ? undefined : bytes),
    message: /is in manifest-files\.json but not in the bucket/,
  },
  {
    what: 'a changed data object',
    change: (key, bytes) => (key.includes('/data/') ? gzipSync(`${gunzipSync(bytes)} `) : bytes),
    message: /the md5Checksum is /,
  },
  {
    what: 'a data object outside data/',
    change: (key, bytes) => {
      const started = key.replace('manifest-files.json', '_started');
      return started === key
        ? bytes
        : Buffer.from(bytes.toString('latin1').replace(/(?<="dataFileS3Key":")[^"]*/, started), 'latin1');
    },
    message: /the key is not in data\//,
  },
  {
    what: 'the exportType of a full export',
    change: (_, bytes) => Buffer.from(bytes.toString('latin1').replace('INCREMENTAL_EXPORT', 'FULL_EXPORT'), 'latin1'),
    message: /manifest-summary\.json has the fields/,
  },
  {
    what: 'a period that ends before it starts',
    change: (_, bytes) =>
      Buffer.from(bytes.toString('latin1').replace(/"exportToTime":"2/, '"exportToTime":"1'), 'latin1'),
    message: /exportFromTime .* is after exportToTime 1/,
  },
];

suite('readCopy with an invalid incremental export', () => {
  let setting: ExportSetting;
  let manifestKey: string;
  before(async () => {
    setting = await openExportSetting({}, []);
    recordHistory(setting);
    manifestKey = `${(await exportLastHour(setting)).folder}manifest-summary.json`;
  });
  after(() => setting[Symbol.asyncDispose]());

  for (const { what, change, message } of INVALID_COPIES) {
    test(`readCopy rejects an incremental export with ${what}`, async () => {
      const { store, bucket } = setting;
      const changed: ObjectReader = {
        async list(name, prefix) {
          const objects = await store.list(name, prefix);
          return objects.filter(({ key }) => change(key, gzipSync('')) !== undefined);
        },
        read: async (name, key) => change(key, await store.read(name, key)) ?? Buffer.alloc(0),
      };
      await assert.rejects(readCopy(changed, bucket, manifestKey, { writer: 'dynamodb' }), message);
    });
  }
  test('readCopy rejects an incremental export that is expected to be a copy by scan', async () => {
    await assert.rejects(readCopy(setting.store, setting.bucket, manifestKey), /manifest-summary\.json has the fields/);
  });
});
