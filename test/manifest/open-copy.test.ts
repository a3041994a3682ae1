import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { CopyError } from '../../src/errors.ts';
import { sha256 } from '../../src/manifest/checksum-list.ts';
import { copyLayout } from '../../src/manifest/layout.ts';
import { parseDataFiles } from '../../src/manifest/manifest-content.ts';
import { type CopyAccess, openCopy } from '../../src/manifest/open-copy.ts';
import { s3Error } from '../emulators/faults.ts';
import { hideMissingObjects } from '../fixtures/iam-policy.ts';
import { slowTest } from '../run/effort.ts';
import {
  arnOf,
  type CopyBucket,
  type CopyOptions,
  DATA,
  EPOCH,
  exportIdAt,
  md5,
  ORDERS,
  objectsOf,
  openCopyBucket,
} from './stored-copies.ts';

const ID = exportIdAt(EPOCH);

function open({ bucket }: CopyBucket, prefix = '', access: Partial<CopyAccess> = {}) {
  const copy = { exportId: ID, layout: copyLayout(prefix, ID) };
  return openCopy(copy, { bucket, signal: AbortSignal.timeout(60_000), ...access });
}

/** Writes a copy and opens it. */
async function opened(options: CopyOptions, access: Partial<CopyAccess> = {}) {
  await using fixture = await openCopyBucket();
  await fixture.write(options);
  return await open(fixture, options.prefix, access);
}

/** Returns the error of opening a copy. The error must be printable on one line and contain no member of a manifest. */
async function errorOf(options: CopyOptions): Promise<CopyError> {
  try {
    await opened(options);
  } catch (error) {
    assert.ok(error instanceof CopyError, String(error));
    assert.ok(!/[\r\n]|SECRET/.test(error.message + error.remedy), error.message);
    return error;
  }
  return assert.fail('the copy was opened');
}

const [FIRST = assert.fail(), SECOND = assert.fail()] = Object.entries(DATA).map(([name, content]) => ({
  name,
  itemCount: 1,
  md5: md5(content, 'base64'),
  etag: md5(content, 'hex'),
}));

/** Returns the data objects of the default copy in a folder. */
function filesIn(folder: string) {
  return [FIRST, SECOND].map(({ name, ...file }) => ({ ...file, key: `${folder}${name}` }));
}

describe('openCopy', () => {
  it('opens an export, which lacks manifests of a scan, if the role may list only a part of the bucket', async () => {
    await using fixture = await openCopyBucket();
    await fixture.write({});
    hideMissingObjects(fixture.store);
    assert.equal((await open(fixture)).engine, 'export');
  });

  it('returns what the manifests of a native export contain', async () => {
    const { layout, ...copy } = await opened({ prefix: 'p', snapshot: EPOCH - 1 });
    const root = `p/AWSDynamoDB/${ID}/`;
    assert.equal(layout.root, root);
    assert.deepEqual(copy, {
      exportId: ID,
      exportArn: `${ORDERS}/export/${ID}`,
      exportType: 'FULL_EXPORT',
      tableArn: ORDERS,
      tableName: 'orders',
      tableId: '8dee4e27-6be3-4358-9987-8b55b06a732e',
      snapshotTime: new Date(EPOCH - 1),
      outputFormat: 'DYNAMODB_JSON',
      itemCount: 2,
      engine: 'export',
      scope: 'unknown',
      compression: 'gzip',
      uncompressedBytes: undefined,
      sizeBytes: undefined,
      files: filesIn(`${root}data/`),
      dataFolder: `${root}data/`,
      table: undefined,
      checksums: undefined,
    });
  });

  it('returns what manifest-copy.json of a scan contains', async () => {
    const scan = { compression: 'zstd', uncompressedBytes: 77, sizeBytes: 6, fileCount: 2, listing: 'verified' };
    const copy = await opened({ scan, summary: { outputFormat: 'ION', tableId: null, exportType: 'FULL_EXPORT' } });
    const { engine, scope, compression, uncompressedBytes, sizeBytes, outputFormat, tableId } = copy;
    assert.deepEqual(
      { engine, scope, compression, uncompressedBytes, sizeBytes, outputFormat, tableId },
      {
        engine: 'scan',
        scope: 'table',
        compression: 'zstd',
        uncompressedBytes: 77,
        sizeBytes: 6,
        outputFormat: 'ION',
        tableId: undefined,
      },
    );
  });

  it('returns the SHA-256 of each data object by its key if the copy has a manifest-sha256.txt', async () => {
    for (const options of [{ scan: {} }, { scan: {}, tableScope: 'table' }, { tableScope: 'table' }, {}]) {
      const copy = await opened({ prefix: 'p', hasChecksums: true, ...options });
      const expected = Object.entries(DATA).map(([name, content]) => [
        `p/AWSDynamoDB/${ID}/data/${name}`,
        sha256(Buffer.from(content)),
      ]);
      assert.deepEqual([...(copy.checksums ?? [])], expected);
    }
  });

  it('returns no SHA-256s for a scan of an earlier version, which has no manifest-sha256.txt', async () => {
    assert.equal((await opened({ scan: {} })).checksums, undefined);
  });

  it('reads each manifest once', async () => {
    await using fixture = await openCopyBucket();
    await fixture.write({ scan: {}, hasChecksums: true, tableScope: 'table' });
    await open(fixture);
    const read = fixture.store.requests.map(({ key }) => key.split('/').at(-1));
    assert.deepEqual(read.toSorted(), [...MANIFESTS, 'manifest-sha256.txt'].toSorted());
  });

  it('returns the table definition', async () => {
    const { table } = await opened({ tableScope: 'table' });
    assert.equal(table?.CreateTable.TableName, 'orders');
    assert.equal(table?.tableArn, ORDERS);
  });

  it('returns the end of the period and the shared data folder of an incremental export', async () => {
    const copy = await opened({ prefix: 'p', isIncremental: true, snapshot: EPOCH - 5 });
    assert.equal(copy.exportType, 'INCREMENTAL_EXPORT');
    assert.deepEqual(copy.snapshotTime, new Date(EPOCH - 5));
    assert.equal(copy.dataFolder, 'p/AWSDynamoDB/data/');
    assert.deepEqual(copy.files, filesIn('p/AWSDynamoDB/data/'));
  });

  it('reads the .checksum objects of an export if it has no .md5 objects', async () => {
    await using fixture = await openCopyBucket();
    await fixture.write({ objects: { 'manifest-summary.md5': undefined } });
    await assert.rejects(open(fixture), { code: 'COPY_DAMAGED', message: /manifest-summary\.md5 does not exist/ });
    const summary = await fixture.store.read(fixture.bucket.name, `AWSDynamoDB/${ID}/manifest-summary.json`);
    await fixture.put(`AWSDynamoDB/${ID}/manifest-summary.checksum`, `${md5(summary, 'base64')}\n`);
    assert.equal((await open(fixture)).itemCount, 2);
  });

  for (const [what, options] of Object.entries<CopyOptions>({
    'to another prefix': { prefix: 'new/place', manifestPrefix: 'old' },
    'from a prefix to none': { prefix: '', manifestPrefix: 'old' },
    'to a prefix from none': { prefix: 'new', manifestPrefix: '' },
    'to a prefix that contains AWSDynamoDB': { prefix: 'a/AWSDynamoDB/b', manifestPrefix: 'old' },
  })) {
    for (const isIncremental of [false, true]) {
      it(`finds the data objects of ${isIncremental ? 'an incremental export' : 'a copy'} that was moved ${what}`, async () => {
        const { files, dataFolder } = await opened({ ...options, isIncremental });
        const top = `${options.prefix === '' ? '' : `${options.prefix}/`}AWSDynamoDB/`;
        assert.equal(dataFolder, isIncremental ? `${top}data/` : `${top}${ID}/data/`);
        assert.deepEqual(files, filesIn(dataFolder));
      });
    }
  }

  it('reports a copy without manifest-summary.json', async () => {
    for (const options of [{ isIncomplete: true }, { objects: { 'manifest-summary.json': '' } }]) {
      const { code, message } = await errorOf(options);
      assert.equal(code, 'COPY_NOT_FOUND');
      assert.match(message, /contains no manifest-summary\.json\. The copy is incomplete, or it does not exist\.$/);
    }
  });

  it('fails with the error of S3 if a manifest cannot be read', async () => {
    const manifests = ['summary.json', 'summary.md5', 'files.json', 'copy.json', 'table.json', 'sha256.txt'];
    for (const denied of manifests) {
      await using fixture = await openCopyBucket();
      await fixture.write({ scan: {}, hasChecksums: true, tableScope: 'table' });
      // S3 returns 403 for .checksum objects too.
      fixture.store.inject(({ key }) =>
        key.includes(`manifest-${denied.replace('.md5', '.')}`) && (!denied.endsWith('.md5') || !key.endsWith('.json'))
          ? s3Error('AccessDenied', 403)
          : undefined,
      );
      await assert.rejects(open(fixture), { name: 'AccessDenied' }, denied);
    }
  });
});

describe('the scope of a copy', () => {
  const describeAs = (scope: 'table' | 'subset' | 'unknown') => ({ describeExportScope: async () => scope });
  const notDescribed = { describeExportScope: () => assert.fail('the export was described') };
  for (const [what, options, access, expected] of [
    ['a scan of the whole table', { scan: { scope: 'table' } }, notDescribed, 'table'],
    ['a scan with a filter', { scan: { scope: 'subset', narrowedBy: ['FilterExpression'] } }, notDescribed, 'subset'],
    ['a scan with a transform', { scan: { scope: 'table', processFuncSha256: 'abc' } }, notDescribed, 'transformed'],
    [
      'a scan with a transform and a filter',
      { scan: { scope: 'subset', processFuncSha256: 'a' } },
      notDescribed,
      'transformed',
    ],
    ['a scan that lists process-func', { scan: { narrowedBy: ['process-func'] } }, notDescribed, 'transformed'],
    [
      'a scan without a transform',
      { scan: { scope: 'table', processFuncSha256: null, narrowedBy: [] } },
      notDescribed,
      'table',
    ],
    ['a scan without a scope', { scan: { scope: undefined } }, notDescribed, 'unknown'],
    ['a scan whose table manifest differs', { scan: { scope: 'subset' }, tableScope: 'table' }, notDescribed, 'subset'],
    ['an export with a table manifest', { tableScope: 'table' }, notDescribed, 'table'],
    ['a filtered export with a table manifest', { tableScope: 'subset' }, notDescribed, 'subset'],
    ['an export that DynamoDB describes', {}, describeAs('table'), 'table'],
    ['a filtered export that DynamoDB describes', {}, describeAs('subset'), 'subset'],
    ['an export that cannot be described', {}, describeAs('unknown'), 'unknown'],
    ['an export without access to DynamoDB', {}, {}, 'unknown'],
  ] as const) {
    it(`is ${expected} for ${what}`, async () => assert.equal((await opened(options, access)).scope, expected));
  }
});

const MANIFESTS = [
  'manifest-copy.json',
  'manifest-files.json',
  'manifest-files.md5',
  'manifest-summary.json',
  'manifest-summary.md5',
  'manifest-table.json',
];

/** A copy by scan with every manifest. */
const WITH_CHECKSUMS = { scan: { fileCount: 2 }, tableScope: 'table', hasChecksums: true };

/** Returns the content of an object of that copy. */
function contentOf(name: string): string {
  return String(objectsOf(WITH_CHECKSUMS).get(`AWSDynamoDB/${ID}/${name}`));
}

const CHECKSUMS = contentOf('manifest-sha256.txt');

/** Returns options of that copy with a changed manifest-sha256.txt. */
function withChecksums(content: string | undefined): CopyOptions {
  return { ...WITH_CHECKSUMS, objects: { 'manifest-sha256.txt': content } };
}

const WRONG_NAMES = /manifest-sha256\.txt does not list exactly the data objects and manifests of the copy/;

/** Copies that do not match their manifest-sha256.txt, and a part of the error. */
const NOT_AS_CHECKSUMMED: Readonly<Record<string, readonly [options: CopyOptions, expected: RegExp]>> = {
  'no manifest-sha256.txt although manifest-copy.json names it': [
    withChecksums(undefined),
    /manifest-sha256\.txt does not exist/,
  ],
  'an empty manifest-sha256.txt': [withChecksums(''), WRONG_NAMES],
  'a manifest-sha256.txt that is not valid': [withChecksums(`${CHECKSUMS}SECRET\n`), /is not a valid list of SHA-256/],
  'a manifest-sha256.txt that is too large for the objects of the copy': [
    withChecksums(Array.from({ length: 1000 }, (_, n) => `${'0'.repeat(64)}  data/${1000 + n}\n`).join('')),
    /manifest-sha256\.txt is larger than 4\.1 kB/,
  ],
  'a manifest-sha256.txt with an upper-case digit': [
    withChecksums(CHECKSUMS.replace(/[a-f]/, (digit) => digit.toUpperCase())),
    /is not a valid list of SHA-256/,
  ],
  'a manifest-sha256.txt that lists itself': [
    withChecksums(CHECKSUMS.replace(/(?=.* {2}manifest-summary\.json)/, `${'0'.repeat(64)}  manifest-sha256.txt\n`)),
    WRONG_NAMES,
  ],
  'an unknown name of the file with checksums': [
    { ...WITH_CHECKSUMS, scan: { checksumsFile: 'SECRET' } },
    /manifest-copy\.json has a missing or invalid member: checksumsFile/,
  ],
  'a manifest-copy.json that no longer names manifest-sha256.txt': [
    { ...WITH_CHECKSUMS, objects: { 'manifest-copy.json': contentOf('manifest-copy.json').replace('sumsF', 'sumsG') } },
    /manifest-copy\.json does not match its SHA-256 in manifest-sha256\.txt/,
  ],
  'a deleted manifest-copy.json': [{ ...WITH_CHECKSUMS, objects: { 'manifest-copy.json': undefined } }, WRONG_NAMES],
  'a deleted manifest-table.json': [{ ...WITH_CHECKSUMS, objects: { 'manifest-table.json': undefined } }, WRONG_NAMES],
  'a manifest-table.json with another time': [
    {
      ...WITH_CHECKSUMS,
      objects: { 'manifest-table.json': contentOf('manifest-table.json').replace('2026-01-01', '2026-01-02') },
    },
    /manifest-table\.json does not match its SHA-256/,
  ],
  'a manifest-summary.md5 with a line break': [
    { ...WITH_CHECKSUMS, objects: { 'manifest-summary.md5': `${contentOf('manifest-summary.md5')}\n` } },
    /manifest-summary\.md5 does not match its SHA-256/,
  ],
  'a manifest-files.json of another copy with its MD5': [
    {
      ...WITH_CHECKSUMS,
      objects: {
        'manifest-files.json': `${contentOf('manifest-files.json')}\n`,
        'manifest-files.md5': md5(`${contentOf('manifest-files.json')}\n`, 'base64'),
      },
    },
    /manifest-files\.(?:json|md5) does not match its SHA-256/,
  ],
  ...Object.fromEntries(
    [...MANIFESTS, `data/${FIRST.name}`].map((name) => [
      `a manifest-sha256.txt without ${name}`,
      [withChecksums(without(name)), WRONG_NAMES] as const,
    ]),
  ),
  'a manifest-sha256.txt with another data object': [
    withChecksums(`${'0'.repeat(64)}  data/0.json.gz\n${CHECKSUMS}`),
    WRONG_NAMES,
  ],
  'a manifest-sha256.txt with another data object instead of one': [
    withChecksums(CHECKSUMS.replace(FIRST.name, `a${FIRST.name}`)),
    WRONG_NAMES,
  ],
  'a manifest-sha256.txt beside an incremental export': [
    { isIncremental: true, tableScope: 'table', hasChecksums: true },
    WRONG_NAMES,
  ],
};

/** Returns the manifest-sha256.txt without one line. */
function without(name: string): string {
  return CHECKSUMS.replace(new RegExp(`.*  ${name}\n`), '');
}

/** Returns options of a copy with the given lines in manifest-files.json. */
function withFiles(content: string | Buffer): CopyOptions {
  return { objects: { 'manifest-files.json': content, 'manifest-files.md5': md5(content, 'base64') } };
}

/** Returns options of a copy with the given manifest-summary.json. */
function withSummary(content: string | Buffer): CopyOptions {
  return { objects: { 'manifest-summary.json': content, 'manifest-summary.md5': md5(content, 'base64') } };
}

const DATA_KEY = `AWSDynamoDB/${ID}/data/${FIRST.name}`;
const LINE = { itemCount: 2, md5Checksum: FIRST.md5, etag: FIRST.etag, dataFileS3Key: DATA_KEY };
const line = (change: object) => withFiles(`${JSON.stringify({ ...LINE, ...change })}\n`);

/** Copies that are damaged or forged, and a part of the error. */
const HOSTILE: Readonly<Record<string, readonly [options: CopyOptions, expected: RegExp]>> = {
  'a summary that is not JSON': [withSummary('{"SECRET'), /manifest-summary\.json is not a JSON object/],
  'a summary that is null': [withSummary('null'), /is not a JSON object/],
  'a summary that is an array': [withSummary('[{}]'), /is not a JSON object/],
  'a summary of deeply nested arrays': [withSummary('['.repeat(500_000)), /is not a JSON object/],
  'a summary of 1 MB and more': [withSummary(' '.repeat(1024 * 1024 + 1)), /is larger than 1 MB/],
  'a summary that is not UTF-8': [withSummary(Buffer.from([0xff, 0xfe, 0x00])), /is not a JSON object/],
  'a summary that does not match its MD5': [
    { objects: { 'manifest-summary.md5': 'SECRET' } },
    /does not match its MD5/,
  ],
  'a summary without an MD5': [{ objects: { 'manifest-summary.md5': undefined } }, /summary\.md5 does not exist/],
  'files that do not match their MD5': [
    { objects: { 'manifest-files.md5': 'x' } },
    /files\.json does not match its MD5/,
  ],
  'no files': [{ objects: { 'manifest-files.json': undefined } }, /manifest-files\.json does not exist/],
  ...Object.fromEntries(
    (
      [
        ['exportArn', [7, null, undefined, 'SECRET', `${ORDERS}/export/${exportIdAt(EPOCH + 1)}`]],
        ['tableArn', [7, null, undefined, 'SECRET', `${ORDERS}\nSECRET`, `${ORDERS}/index/i`, arnOf('others')]],
        ['tableId', [7, {}, 'a\nb', 'x'.repeat(300)]],
        ['exportTime', [7, null, undefined, 'SECRET', '2026-13-01T00:00:00Z', '2026-01-01', '2999-01-01T00:00:00Z']],
        ['exportType', [7, 'SECRET', {}]],
        ['itemCount', [3, -1, 0.5, '2', null, undefined, 1e300, [2]]],
        ['outputFormat', ['SECRET', null, undefined, 7, ['ION'], 'toString']],
        [
          'manifestFilesS3Key',
          [7, null, undefined, 'SECRET', `AWSDynamoDB/${exportIdAt(EPOCH, 1)}/manifest-files.json`],
        ],
      ] as const
    ).flatMap(([member, values]) =>
      values.map((value) => [
        `a summary with ${member}: ${JSON.stringify(value)?.slice(0, 60)}`,
        [{ summary: { [member]: value } }, /is damaged: manifest-(?:summary|files)\.json /] as const,
      ]),
    ),
  ),
  'a line that is null': [withFiles('null\n'), /manifest-files\.json has a line that is not a JSON object/],
  'a line that is not JSON': [withFiles('{"SECRET\n'), /has a line that is not a JSON object/],
  'a line that is an array': [withFiles('[1]\n'), /has a line that is not a JSON object/],
  'a line of 16 kB and more': [
    withFiles(`${JSON.stringify(LINE)}${' '.repeat(16_384)}\n`),
    /has a line of more than 16/,
  ],
  'a file that is listed twice': [withFiles(`${JSON.stringify({ ...LINE, itemCount: 1 })}\n`.repeat(2)), /twice/],
  'a file that is listed twice with different prefixes': [
    withFiles(
      ['', 'p/'].map((p) => `${JSON.stringify({ ...LINE, itemCount: 1, dataFileS3Key: p + DATA_KEY })}\n`).join(''),
    ),
    /lists an object twice/,
  ],
  ...Object.fromEntries(
    [
      'payroll.csv',
      '/payroll.csv',
      '',
      'AWSDynamoDB/data/a.json.gz',
      `AWSDynamoDB/${exportIdAt(EPOCH, 1)}/data/a.json.gz`,
      `xAWSDynamoDB/${ID}/data/a.json.gz`,
      `AWSDynamoDB/${ID}/data/`,
      `AWSDynamoDB/${ID}/data/..`,
      `AWSDynamoDB/${ID}/data/../../a.json.gz`,
      `AWSDynamoDB/${ID}/data/more/a.json.gz`,
      `AWSDynamoDB/${ID}/data/a\n.json.gz`,
      `AWSDynamoDB/${ID}/a.json.gz`,
      `AWSDynamoDB/${ID}/data/${'x'.repeat(2000)}.json.gz`,
    ].map((key) => [
      `a file with the key ${JSON.stringify(key.slice(0, 60))}`,
      [line({ dataFileS3Key: key }), /lists an object outside the folder of the copy/] as const,
    ]),
  ),
  ...Object.fromEntries(
    (
      [
        ['itemCount', [-2, 2.5, '2', null, 1e300]],
        ['md5Checksum', ['', 'SECRET', 7, null, `${FIRST.md5} `]],
        ['etag', ['', '""', 7, null]],
        ['dataFileS3Key', [7, null, {}]],
      ] as const
    ).flatMap(([member, values]) =>
      values.map((value) => [
        `a file with ${member}: ${JSON.stringify(value)}`,
        [
          line({ [member]: value }),
          new RegExp(`manifest-files\\.json has a .*missing or invalid (?:member: )?${member}`),
        ] as const,
      ]),
    ),
  ),
  'a manifest-copy.json that is not JSON': [{ objects: { 'manifest-copy.json': '{' } }, /copy\.json is not a JSON/],
  'an empty manifest-copy.json': [{ objects: { 'manifest-copy.json': '' } }, /copy\.json is not a JSON object/],
  'an unknown compression': [{ scan: { compression: 'toString' } }, /missing or invalid member: compression/],
  'no compression': [{ scan: { compression: undefined } }, /missing or invalid member: compression/],
  'a negative size': [{ scan: { sizeBytes: -1 } }, /missing or invalid member: sizeBytes/],
  'a list of parameters that is an object': [{ scan: { narrowedBy: {} } }, /missing or invalid member: narrowedBy/],
  'a manifest-copy.json of another copy': [{ scan: { fileCount: 3 } }, /has a fileCount that differs/],
  'no manifest-copy.json although zstd was used': [
    { data: { 'aaaaaaaaaaaaaaaaaaaaaaaaaa.json.zst': 'one' } },
    /manifest-copy\.json does not exist, but the names/,
  ],
  'a copy in JSON whose manifest-copy.json and manifest-sha256.txt were deleted': [
    { summary: { outputFormat: 'JSON' } },
    /manifest-copy\.json does not exist, but the format is not that of an export/,
  ],
  'a copy in CUSTOM whose manifest-copy.json and manifest-sha256.txt were deleted': [
    { summary: { outputFormat: 'CUSTOM' } },
    /manifest-copy\.json does not exist, but the format is not that of an export/,
  ],
  'a manifest-table.json that is not JSON': [{ objects: { 'manifest-table.json': '{' } }, /table\.json is not a JSON/],
  'a manifest-table.json with an unknown scope': [{ tableScope: 'SECRET' }, /missing or invalid member: scope/],
  'a manifest-table.json of another table': [
    {
      tableScope: 'table',
      tableArn: arnOf('others'),
      summary: { tableArn: ORDERS, exportArn: `${ORDERS}/export/${ID}` },
    },
    /manifest-table\.json describes another table/,
  ],
  'a manifest-table.json of a re-created table': [
    { tableScope: 'table', summary: { tableId: 'another-id' } },
    /manifest-table\.json describes another table/,
  ],
};

describe('COPY_DAMAGED', () => {
  for (const [what, [options, expected]] of Object.entries({ ...HOSTILE, ...NOT_AS_CHECKSUMMED })) {
    it(`is the error for ${what}`, async () => {
      const { code, message, remedy } = await errorOf(options);
      assert.equal(code, 'COPY_DAMAGED');
      assert.match(message, /^The copy s3:\/\/bucket-\w+\/AWSDynamoDB\/\S+\/ is damaged: manifest-/);
      assert.match(message, expected);
      assert.match(remedy, /^Do not use this copy\./);
    });
  }

  it('is not the error for the copy that the cases change', async () => {
    assert.equal((await opened(line({}))).files.length, 1);
    assert.equal((await opened({ line: { etag: `"${FIRST.etag}"` } })).files[0]?.etag, FIRST.etag);
    assert.equal((await opened({ data: {} })).files.length, 0);
  });

  slowTest('is the error for 256 MB of line breaks, without an array of lines', () => {
    const content = Buffer.alloc(256 * 1024 * 1024, '\n');
    const invalid = (_: string, problem: string) => new CopyError('COPY_DAMAGED', problem, '');
    const before = process.memoryUsage().heapUsed;
    const parse = () => parseDataFiles(content, 'manifest-files.json', { itemCount: 1, invalid }, (file) => file);
    assert.throws(parse, { code: 'COPY_DAMAGED', message: /^contains 0 items/ });
    assert.ok(process.memoryUsage().heapUsed - before < 64 * 1024 * 1024);
  });
});
