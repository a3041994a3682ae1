import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import type { ObjectReader } from '../emulators/store.ts';
import { readCopy } from '../fixtures/read-copy.ts';

const FOLDER = 'backups/AWSDynamoDB/01715685260608-c488b4e1/';
const SUMMARY = `${FOLDER}manifest-summary.json`;
const FILES = `${FOLDER}manifest-files.json`;
const CHECKSUMS = `${FOLDER}manifest-sha256.txt`;
const FIRST = `${FOLDER}data/aaaaaaaaaaaaaaaaaaaaaaaaaa.json.gz`;
const SECOND = `${FOLDER}data/bbbbbbbbbbbbbbbbbbbbbbbbbb.json.zst`;

const md5 = (bytes: Buffer | string, form: 'base64' | 'hex'): string => createHash('md5').update(bytes).digest(form);
const line = (pk: string): string => `{"Item":{"pk":{"S":"${pk}"}}}\n`;

/** A small bucket that contains one valid copy, which a test can change. */
class Bucket implements ObjectReader {
  readonly objects = new Map<string, Buffer>();
  readonly data: Record<string, { bytes: Buffer; itemCount: number }> = {
    [FIRST]: { bytes: gzipSync(line('a') + line('b')), itemCount: 2 },
    [SECOND]: { bytes: zstdCompressSync(Buffer.from(line('c'))), itemCount: 1 },
  };
  summary: Record<string, unknown> = {
    version: '2020-06-30',
    exportArn: 'arn:aws:dynamodb:eu-central-1:164221962816:table/T/export/01715685260608-c488b4e1',
    startTime: '2024-05-14T11:14:20.608Z',
    endTime: '2024-05-14T11:19:26.869Z',
    tableArn: 'arn:aws:dynamodb:eu-central-1:164221962816:table/T',
    tableId: '11991185-e7ab-4da5-8bab-03f0db0b7bfd',
    exportTime: '2024-05-14T11:14:20.608Z',
    s3Bucket: 'bucket',
    s3Prefix: 'backups',
    s3SseAlgorithm: 'AES256',
    s3SseKmsKeyId: null,
    manifestFilesS3Key: FILES,
    billedSizeBytes: 0,
    itemCount: 3,
    outputFormat: 'DYNAMODB_JSON',
    exportType: 'FULL_EXPORT',
  };

  /** Writes the data objects and the manifests for `data` and `summary`. */
  seal(): this {
    for (const [key, { bytes }] of Object.entries(this.data)) this.objects.set(key, bytes);
    const files = Object.entries(this.data).map(([key, { bytes, itemCount }]) => ({
      itemCount,
      md5Checksum: md5(bytes, 'base64'),
      etag: md5(bytes, 'hex'),
      dataFileS3Key: key,
    }));
    this.objects.set(`${FOLDER}_started`, Buffer.alloc(0));
    this.put(FILES, files.map((file) => `${JSON.stringify(file)}\n`).join(''));
    for (const name of ['copy', 'table']) this.objects.set(`${FOLDER}manifest-${name}.json`, Buffer.from('{}'));
    this.put(SUMMARY, JSON.stringify(this.summary));
    return this.sum();
  }

  /** Writes manifest-sha256.txt for the objects of the copy. */
  sum(): this {
    const lines = [...this.objects]
      .filter(([key]) => ![`${FOLDER}_started`, CHECKSUMS].includes(key))
      .map(([key, bytes]) => `${createHash('sha256').update(bytes).digest('hex')}  ${key.slice(FOLDER.length)}\n`)
      .sort((a, b) => (a.slice(64) < b.slice(64) ? -1 : 1));
    this.objects.set(CHECKSUMS, Buffer.from(lines.join('')));
    return this;
  }

  /** Writes a manifest and its .md5 object. */
  put(key: string, text: string): void {
    this.objects.set(key, Buffer.from(text));
    this.objects.set(key.replace(/\.json$/, '.md5'), Buffer.from(md5(text, 'base64')));
  }

  text(key: string): string {
    return this.objects.get(key)?.toString() ?? '';
  }

  async list(_: string, prefix = ''): Promise<{ key: string; size: number; etag: string }[]> {
    return [...this.objects]
      .filter(([key]) => key.startsWith(prefix))
      .map(([key, bytes]) => ({ key, size: bytes.length, etag: md5(bytes, 'hex') }));
  }

  async read(_: string, key: string): Promise<Buffer> {
    return this.objects.get(key) ?? Buffer.alloc(0);
  }
}

test('readCopy returns the items of a valid copy', async () => {
  const copy = await readCopy(new Bucket().seal(), 'bucket', SUMMARY);
  assert.equal(copy.exportId, '01715685260608-c488b4e1');
  assert.deepEqual(copy.items(), [{ pk: { S: 'a' } }, { pk: { S: 'b' } }, { pk: { S: 'c' } }]);
});

test('readCopy accepts a copy without items', async () => {
  const bucket = new Bucket();
  delete bucket.data[FIRST];
  delete bucket.data[SECOND];
  bucket.summary['itemCount'] = 0;
  assert.deepEqual((await readCopy(bucket.seal(), 'bucket', SUMMARY)).lines, []);
});

/** Changes that make a copy invalid, made before or after its manifests are written. */
const INVALID_COPIES: readonly {
  readonly what: string;
  readonly before?: (bucket: Bucket) => void;
  readonly after?: (bucket: Bucket) => void;
  readonly message: RegExp;
}[] = [
  {
    what: 'a missing manifest-table.json',
    after: (bucket) => bucket.objects.delete(`${FOLDER}manifest-table.json`),
    message: /manifest-table\.json is missing/,
  },
  {
    what: 'a missing manifest-sha256.txt',
    after: (bucket) => bucket.objects.delete(CHECKSUMS),
    message: /manifest-sha256\.txt is missing/,
  },
  {
    what: 'a manifest-sha256.txt with a wrong digit',
    after: (bucket) => bucket.objects.set(CHECKSUMS, Buffer.from(bucket.text(CHECKSUMS).replace(/[0-8]/, '9'))),
    message: /manifest-sha256\.txt is ".*" instead of "/,
  },
  {
    what: 'a manifest-sha256.txt without a data object',
    after: (bucket) => bucket.objects.set(CHECKSUMS, Buffer.from(bucket.text(CHECKSUMS).replace(/.*data.*\n/, ''))),
    message: /manifest-sha256\.txt is ".*" instead of "/,
  },
  {
    what: 'an unrelated object in data/',
    after: (bucket) => bucket.objects.set(`${FOLDER}data/_checkpoint`, Buffer.from('x')),
    message: /data\/_checkpoint is in data\/ but not part of the copy/,
  },
  {
    what: 'an unrelated object next to the manifests',
    after: (bucket) => bucket.objects.set(`${FOLDER}resume.json`, Buffer.from('x')),
    message: /resume\.json is next to the manifests/,
  },
  {
    what: 'a missing data object',
    after: (bucket) => bucket.objects.delete(SECOND),
    message: /b\.json\.zst is in manifest-files\.json but not in the bucket/,
  },
  {
    what: 'a changed data object',
    after: (bucket) => bucket.objects.set(FIRST, gzipSync(line('a') + line('x'))),
    message: /the etag is .*\n.*the md5Checksum is /,
  },
  {
    what: 'a missing item',
    before: (bucket) => Object.assign(bucket.data[FIRST] ?? {}, { bytes: gzipSync(line('a')) }),
    message: /the itemCount is 2, but the object has 1 lines/,
  },
  {
    what: 'a wrong item count in manifest-summary.json',
    before: (bucket) => (bucket.summary['itemCount'] = 4),
    message: /manifest-summary\.json counts 4 items, but manifest-files\.json 3/,
  },
  {
    what: 'a second gzip member',
    before: (bucket) => {
      bucket.data[FIRST] = { bytes: Buffer.concat([gzipSync(line('a')), gzipSync(line('b'))]), itemCount: 2 };
    },
    message: /a second gzip member follows/,
  },
  {
    what: 'a second zstd frame',
    before: (bucket) => {
      const frame = zstdCompressSync(Buffer.from(line('c')));
      bucket.data[SECOND] = { bytes: Buffer.concat([frame, frame]), itemCount: 2 };
    },
    message: /more data follows the first zstd frame/,
  },
  {
    what: 'a last line without a newline',
    before: (bucket) => (bucket.data[SECOND] = { bytes: zstdCompressSync(line('c').trim()), itemCount: 1 }),
    message: /the last line does not end with a newline/,
  },
  {
    what: 'an unescaped U+2028 in a line',
    before: (bucket) => (bucket.data[SECOND] = { bytes: zstdCompressSync(line('c\u2028d')), itemCount: 1 }),
    message: /a line contains unescaped .+, which some readers treat as the end of a line/s,
  },
  {
    what: 'a line that is not valid JSON',
    before: (bucket) => (bucket.data[SECOND] = { bytes: zstdCompressSync('{"Item":{}\n'), itemCount: 1 }),
    message: /line 1 is not a JSON object/,
  },
  {
    what: 'a newline at the end of manifest-summary.json',
    after: (bucket) => bucket.put(SUMMARY, `${bucket.text(SUMMARY)}\n`),
    message: /manifest-summary\.json is not compact JSON/,
  },
  {
    what: 'fields of manifest-summary.json in the wrong order',
    before: ({ summary }) => {
      const { version, ...rest } = summary;
      for (const name of Object.keys(summary)) delete summary[name];
      Object.assign(summary, rest, { version });
    },
    message: /manifest-summary\.json has the fields exportArn,/,
  },
  {
    what: 'manifest-summary.json without exportType',
    before: (bucket) => delete bucket.summary['exportType'],
    message: /has no exportType/,
  },
  {
    what: 'a startTime that differs from the export ID',
    before: (bucket) => (bucket.summary['startTime'] = '2024-05-14T11:14:20.609Z'),
    message:
      /startTime in manifest-summary\.json is "2024-05-14T11:14:20\.609Z" instead of "2024-05-14T11:14:20\.608Z"/,
  },
  {
    what: 'an s3Prefix that differs from the key',
    before: (bucket) => (bucket.summary['s3Prefix'] = null),
    message: /s3Prefix in manifest-summary\.json is null instead of "backups"/,
  },
  {
    what: 'a wrong MD5 in manifest-summary.md5',
    after: (bucket) => bucket.objects.set(`${FOLDER}manifest-summary.md5`, Buffer.from(md5('', 'base64'))),
    message: /manifest-summary\.md5 contains/,
  },
  {
    what: 'a newline in manifest-files.md5',
    after: (bucket) => {
      const key = `${FOLDER}manifest-files.md5`;
      bucket.objects.set(key, Buffer.from(`${bucket.text(key)}\n`));
    },
    message: /manifest-files\.md5 contains .* \(25 bytes\)/,
  },
  {
    what: 'a missing manifest-files.md5',
    after: (bucket) => bucket.objects.delete(`${FOLDER}manifest-files.md5`),
    message: /manifest-files\.md5 is missing/,
  },
  {
    what: 'manifest-files.json without a newline at the end',
    after: (bucket) => bucket.put(FILES, bucket.text(FILES).trimEnd()),
    message: /manifest-files\.json does not end with a newline/,
  },
  {
    what: 'an object that manifest-files.json contains twice',
    after: (bucket) => bucket.put(FILES, bucket.text(FILES).repeat(2)),
    message: /contains an object twice/,
  },
  {
    what: 'a missing manifest-summary.json',
    after: (bucket) => bucket.objects.delete(SUMMARY),
    message: /Not a copy: manifest-summary\.json is missing/,
  },
];

for (const { what, before, after, message } of INVALID_COPIES) {
  test(`readCopy rejects ${what}`, async () => {
    const bucket = new Bucket();
    before?.(bucket);
    bucket.seal();
    after?.(bucket);
    await assert.rejects(readCopy(bucket, 'bucket', SUMMARY), message);
  });
}
