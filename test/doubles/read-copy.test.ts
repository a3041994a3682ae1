import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import type { ObjectReader } from '../emulators/store.ts';
import { readCopy } from '../fixtures/read-copy.ts';

const FOLDER = 'backups/AWSDynamoDB/01715685260608-c488b4e1/';
const SUMMARY = `${FOLDER}manifest-summary.json`;
const FILES = `${FOLDER}manifest-files.json`;
const FIRST = `${FOLDER}data/aaaaaaaaaaaaaaaaaaaaaaaaaa.json.gz`;
const SECOND = `${FOLDER}data/bbbbbbbbbbbbbbbbbbbbbbbbbb.json.zst`;

const md5 = (bytes: Buffer | string, form: 'base64' | 'hex'): string => createHash('md5').update(bytes).digest(form);
const line = (pk: string): string => `{"Item":{"pk":{"S":"${pk}"}}}\n`;

/** A small bucket that holds one copy, faultless until a test changes it. */
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

  /** Writes the manifests that fit `data` and `summary`. */
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
    this.put(SUMMARY, JSON.stringify(this.summary));
    return this;
  }

  /** Sets an object's text, and its .md5 neighbour's. */
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

test('a faultless copy is read', async () => {
  const copy = await readCopy(new Bucket().seal(), 'bucket', SUMMARY);
  assert.equal(copy.exportId, '01715685260608-c488b4e1');
  assert.deepEqual(copy.items(), [{ pk: { S: 'a' } }, { pk: { S: 'b' } }, { pk: { S: 'c' } }]);
});

test('a copy without any item is read', async () => {
  const bucket = new Bucket();
  delete bucket.data[FIRST];
  delete bucket.data[SECOND];
  bucket.summary['itemCount'] = 0;
  assert.deepEqual((await readCopy(bucket.seal(), 'bucket', SUMMARY)).lines, []);
});

/** Each breaks a copy before or after its manifests are written, and must be found out. */
const SABOTAGE: readonly {
  readonly what: string;
  readonly before?: (bucket: Bucket) => void;
  readonly after?: (bucket: Bucket) => void;
  readonly found: RegExp;
}[] = [
  {
    what: 'a foreign object under data/',
    after: (bucket) => bucket.objects.set(`${FOLDER}data/_checkpoint`, Buffer.from('x')),
    found: /data\/_checkpoint lies under data\/ and is no part of the copy/,
  },
  {
    what: 'a foreign object beside the manifests',
    after: (bucket) => bucket.objects.set(`${FOLDER}resume.json`, Buffer.from('x')),
    found: /resume\.json lies beside the manifests/,
  },
  {
    what: 'a data object that is gone',
    after: (bucket) => bucket.objects.delete(SECOND),
    found: /b\.json\.zst is in manifest-files\.json and not in the bucket/,
  },
  {
    what: 'a data object that was changed',
    after: (bucket) => bucket.objects.set(FIRST, gzipSync(line('a') + line('x'))),
    found: /its etag is .*\n.*its md5Checksum is /,
  },
  {
    what: 'a missing item',
    before: (bucket) => Object.assign(bucket.data[FIRST] ?? {}, { bytes: gzipSync(line('a')) }),
    found: /its itemCount is 2, and it has 1 lines/,
  },
  {
    what: 'a summary that counts other items',
    before: (bucket) => (bucket.summary['itemCount'] = 4),
    found: /the summary counts 4 items, manifest-files\.json 3/,
  },
  {
    what: 'a second gzip member',
    before: (bucket) => {
      bucket.data[FIRST] = { bytes: Buffer.concat([gzipSync(line('a')), gzipSync(line('b'))]), itemCount: 2 };
    },
    found: /a second gzip member follows/,
  },
  {
    what: 'a second zstd frame',
    before: (bucket) => {
      const frame = zstdCompressSync(Buffer.from(line('c')));
      bucket.data[SECOND] = { bytes: Buffer.concat([frame, frame]), itemCount: 2 };
    },
    found: /something follows the first zstd frame/,
  },
  {
    what: 'a last line without a newline',
    before: (bucket) => (bucket.data[SECOND] = { bytes: zstdCompressSync(line('c').trim()), itemCount: 1 }),
    found: /its last line does not end with a newline/,
  },
  {
    what: 'a line that some readers split',
    before: (bucket) => (bucket.data[SECOND] = { bytes: zstdCompressSync(line('c\u2028d')), itemCount: 1 }),
    found: /unescaped, where some readers end it/,
  },
  {
    what: 'a line that is no JSON',
    before: (bucket) => (bucket.data[SECOND] = { bytes: zstdCompressSync('{"Item":{}\n'), itemCount: 1 }),
    found: /line 1 is not one object of JSON/,
  },
  {
    what: 'a summary with a newline at its end',
    after: (bucket) => bucket.put(SUMMARY, `${bucket.text(SUMMARY)}\n`),
    found: /not written as compact JSON/,
  },
  {
    what: 'a summary in another order',
    before: ({ summary }) => {
      const { version, ...rest } = summary;
      for (const name of Object.keys(summary)) delete summary[name];
      Object.assign(summary, rest, { version });
    },
    found: /manifest-summary\.json has the fields exportArn,/,
  },
  {
    what: 'a summary without its exportType',
    before: (bucket) => delete bucket.summary['exportType'],
    found: /has no exportType/,
  },
  {
    what: 'a time that is not that of the id',
    before: (bucket) => (bucket.summary['startTime'] = '2024-05-14T11:14:20.609Z'),
    found: /startTime is "2024-05-14T11:14:20\.609Z", not "2024-05-14T11:14:20\.608Z"/,
  },
  {
    what: 'a prefix that is not that of the key',
    before: (bucket) => (bucket.summary['s3Prefix'] = null),
    found: /s3Prefix is null, not "backups"/,
  },
  {
    what: 'a wrong MD5 beside the summary',
    after: (bucket) => bucket.objects.set(`${FOLDER}manifest-summary.md5`, Buffer.from(md5('', 'base64'))),
    found: /manifest-summary\.md5 holds/,
  },
  {
    what: 'an MD5 with a newline',
    after: (bucket) => {
      const key = `${FOLDER}manifest-files.md5`;
      bucket.objects.set(key, Buffer.from(`${bucket.text(key)}\n`));
    },
    found: /manifest-files\.md5 holds .* \(25 bytes\)/,
  },
  {
    what: 'no manifest-files.md5',
    after: (bucket) => bucket.objects.delete(`${FOLDER}manifest-files.md5`),
    found: /manifest-files\.md5 is missing/,
  },
  {
    what: 'no newline after the last of the files',
    after: (bucket) => bucket.put(FILES, bucket.text(FILES).trimEnd()),
    found: /manifest-files\.json does not end with a newline/,
  },
  {
    what: 'an object named twice',
    after: (bucket) => bucket.put(FILES, bucket.text(FILES).repeat(2)),
    found: /names an object twice/,
  },
  {
    what: 'no summary',
    after: (bucket) => bucket.objects.delete(SUMMARY),
    found: /not a copy: manifest-summary\.json is missing/,
  },
];

for (const { what, before, after, found } of SABOTAGE) {
  test(`found out: ${what}`, async () => {
    const bucket = new Bucket();
    before?.(bucket);
    bucket.seal();
    after?.(bucket);
    await assert.rejects(readCopy(bucket, 'bucket', SUMMARY), found);
  });
}
