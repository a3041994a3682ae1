import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { CopyError } from '../../src/errors.ts';
import type { LatestCopy } from '../../src/manifest/copy-search.ts';
import { findCopy } from '../../src/manifest/find-copy.ts';
import { copyLayout } from '../../src/manifest/layout.ts';
import type { CopyAccess } from '../../src/manifest/open-copy.ts';
import { s3Error } from '../emulators/faults.ts';
import { hideMissingObjects } from '../fixtures/iam-policy.ts';
import { slowTest } from '../run/effort.ts';
import {
  arnOf,
  type CopyBucket,
  type CopyOptions,
  DAY,
  EPOCH,
  exportIdAt,
  HOUR,
  ORDERS,
  openCopyBucket,
} from './stored-copies.ts';

const FULL = { tableScope: 'table' };
const USERS = arnOf('users');

function find({ bucket }: CopyBucket, wanted: Partial<LatestCopy> = {}, access: Partial<CopyAccess> = {}) {
  return findCopy({ template: [], ...wanted }, { bucket, signal: AbortSignal.timeout(60_000), ...access });
}

/** Searches among these copies. Returns the start of the chosen copy relative to the first one, and the sentence. */
async function findAmong(
  copies: readonly CopyOptions[],
  wanted: Partial<LatestCopy> = {},
  access: Partial<CopyAccess> = {},
) {
  await using fixture = await openCopyBucket();
  await fixture.write(...copies);
  const { exportId, skipped } = await find(fixture, wanted, access);
  return { hours: (Number(exportId.slice(0, 14)) - EPOCH) / HOUR, skipped };
}

/** Returns the error of a search among these copies. */
async function errorAmong(
  copies: readonly CopyOptions[],
  wanted: Partial<LatestCopy> = {},
  access: Partial<CopyAccess> = {},
): Promise<CopyError> {
  try {
    await findAmong(copies, wanted, access);
  } catch (error) {
    assert.ok(error instanceof CopyError, String(error));
    return error;
  }
  return assert.fail('the search found a copy');
}

const at = (hours: number) => EPOCH + hours * HOUR;

describe('the newest copy', () => {
  it('is found behind an incomplete one if the role may list only a part of the bucket', async () => {
    await using fixture = await openCopyBucket();
    await fixture.write({ ...FULL, start: at(1) }, { ...FULL, start: at(5), isIncomplete: true });
    hideMissingObjects(fixture.store);
    assert.equal((await find(fixture)).exportId, exportIdAt(at(1)));
  });

  it('is the one with the latest snapshot time, even if another export started later', async () => {
    const copies = [
      { ...FULL, start: at(1) },
      { ...FULL, start: at(5) },
      { ...FULL, start: at(24 * 35), snapshot: at(3) },
    ];
    assert.deepEqual(await findAmong(copies), { hours: 5, skipped: undefined });
  });

  it('can be an export that started later than a scan with an older snapshot', async () => {
    const copies = [
      { ...FULL, start: at(4), scan: {} },
      { ...FULL, start: at(30), snapshot: at(5) },
    ];
    assert.equal((await findAmong(copies)).hours, 30);
  });

  it('is the one that started last if several have the same snapshot time', async () => {
    const copies = [5, 6, 7].map((hours) => ({ ...FULL, start: at(hours), snapshot: at(5) }));
    assert.equal((await findAmong(copies)).hours, 7);
  });

  it('is the one whose key sorts last if several have the same ID', async () => {
    await using fixture = await openCopyBucket();
    await fixture.write({ ...FULL, prefix: 'a' }, { ...FULL, prefix: 'c' }, { ...FULL, prefix: 'b' });
    const { layout } = await find(fixture, { template: [['', '']] });
    assert.equal(layout.root, `c/AWSDynamoDB/${exportIdAt(EPOCH)}/`);
  });

  it('is found in the folders of all placeholders', async () => {
    await using fixture = await openCopyBucket();
    const days = ['2026-01-03', '2026-01-01', '2026-01-02'];
    await fixture.write(
      ...days.map((day, index) => ({ ...FULL, prefix: `b/orders/${day}`, start: at(index) })),
      { ...FULL, prefix: 'b/orders/2026-01-04/more', start: at(9) },
      { ...FULL, prefix: 'c/orders/2026-01-01', start: at(9) },
    );
    const { layout } = await find(fixture, { template: [['b'], ['', ''], ['', '-', '-', '']] });
    assert.equal(layout.root, `b/orders/2026-01-02/AWSDynamoDB/${exportIdAt(at(2))}/`);
  });

  it('is never an incomplete copy, an incremental export, a subset, a transformed copy or one of unknown scope', async () => {
    const { hours, skipped } = await findAmong([
      { ...FULL, start: at(1), isIncomplete: true },
      { ...FULL, start: at(2) },
      { ...FULL, start: at(3), isIncomplete: true },
      { ...FULL, start: at(4), objects: { 'manifest-summary.json': '' } },
      { ...FULL, start: at(5), isIncremental: true },
      { start: at(6), tableScope: 'subset' },
      { start: at(7), scan: { scope: 'subset' } },
      { start: at(8), scan: { scope: 'table', processFuncSha256: 'abc' } },
      { start: at(9), scan: { scope: 'table', narrowedBy: ['process-func'] } },
      { start: at(10) },
      { start: at(11), scan: { scope: 'a scope of a later version' } },
    ]);
    assert.equal(hours, 2);
    assert.equal(
      skipped,
      '9 newer copies were skipped: 2 are incomplete, 1 is an incremental export, 2 contain only a subset of their table, 2 were transformed, 2 are exports that may have been filtered.',
    );
  });

  it('mentions one skipped copy in the singular', async () => {
    const copies = [FULL, { ...FULL, start: at(1), isIncomplete: true }];
    assert.equal((await findAmong(copies)).skipped, '1 newer copy was skipped: 1 is incomplete.');
  });

  it('is not a copy of shards that is not finished, and can be one that is', async () => {
    const objects = { 'manifest-shard-1-of-2.json': '{}', 'manifest-shard-2-of-2.json': '{}' };
    const finished = { ...FULL, scan: {}, hasChecksums: true, objects };
    const unfinished = { ...FULL, start: at(1), isIncomplete: true, objects };
    const { hours, skipped } = await findAmong([finished, unfinished]);
    assert.equal(hours, 0);
    assert.equal(skipped, '1 newer copy was skipped: 1 is incomplete.');
  });

  it('does not mention skipped copies with an older snapshot', async () => {
    const copies = [
      { ...FULL, start: at(5) },
      { start: at(6), snapshot: at(4), tableScope: 'subset' },
    ];
    assert.equal((await findAmong(copies)).skipped, undefined);
  });

  it('can be an export that DynamoDB describes as not filtered', async () => {
    const described: string[] = [];
    const describeExportScope = async (arn: string) => {
      described.push(arn);
      return arn.includes(exportIdAt(at(2))) ? 'table' : 'subset';
    };
    const copies = [{ start: at(1) }, { start: at(2) }, { start: at(3) }];
    const { hours, skipped } = await findAmong(copies, {}, { describeExportScope });
    assert.equal(hours, 2);
    assert.equal(skipped, '1 newer copy was skipped: 1 contains only a subset of its table.');
    assert.deepEqual(
      described,
      [3, 2].map((hour) => `${ORDERS}/export/${exportIdAt(at(hour))}`),
    );
  });

  it('is not read if the copy is given', async () => {
    await using fixture = await openCopyBucket();
    const copy = { exportId: exportIdAt(EPOCH), layout: copyLayout('a', exportIdAt(EPOCH)) };
    const found = await findCopy(copy, { bucket: fixture.bucket, signal: AbortSignal.timeout(1_000) });
    assert.deepEqual(found, { ...copy, skipped: undefined });
    assert.deepEqual(fixture.operations(), []);
  });
});

describe('before', () => {
  const copies = [
    { ...FULL, start: at(1) },
    { ...FULL, start: at(2) },
    { ...FULL, start: at(24 * 10), snapshot: at(3) },
    { ...FULL, start: at(24 * 12) },
  ];
  for (const [time, expected] of [
    [at(24 * 12) + 1, 24 * 12],
    [at(24 * 12), 24 * 10],
    [at(3) + 1, 24 * 10],
    [at(3), 2],
    [at(2) + 1, 2],
    [at(2), 1],
  ] as const) {
    it(`${new Date(time).toISOString()} selects a copy with an earlier snapshot time`, async () => {
      assert.equal((await findAmong(copies, { before: new Date(time) })).hours, expected);
    });
  }

  it('of the oldest snapshot time matches no copy', async () => {
    const { code, message } = await errorAmong(copies, { before: new Date(at(1)) });
    assert.equal(code, 'COPY_NOT_FOUND');
    assert.match(message, /^No complete copy with a snapshot time before 2026-01-01T01:00:00\.000Z exists in s3:/);
    assert.match(message, /Copies with a later snapshot time exist\.$/);
  });

  it('includes an export whose snapshot is 35 days older than its start', async () => {
    const old = [{ ...FULL, start: EPOCH + 35 * DAY, snapshot: EPOCH }];
    assert.equal((await findAmong(old, { before: new Date(EPOCH + 1) })).hours, 35 * 24);
  });

  it('does not mention incomplete copies that started later', async () => {
    const more = [...copies, { start: at(4), isIncomplete: true }, { start: at(1.5), isIncomplete: true }];
    const { hours, skipped } = await findAmong(more, { before: new Date(at(2)) });
    assert.equal(hours, 1);
    assert.equal(skipped, '1 newer copy was skipped: 1 is incomplete.');
  });
});

describe('source-table-name', () => {
  const copies = [
    { ...FULL, start: at(1) },
    { ...FULL, start: at(2), tableArn: arnOf('orders', 'us-east-1') },
    { ...FULL, start: at(3), tableArn: USERS },
  ];

  it('selects copies by the name of their table', async () => {
    assert.equal((await findAmong(copies, { sourceTable: { name: 'orders' } })).hours, 2);
    assert.equal((await findAmong(copies, { sourceTable: { name: 'users' } })).hours, 3);
  });

  it('selects copies by the ARN of their table', async () => {
    assert.equal((await findAmong(copies, { sourceTable: { name: 'orders', arn: ORDERS } })).hours, 1);
  });

  it('that no copy matches is an error that names the tables of the copies', async () => {
    const { code, message, remedy } = await errorAmong(copies, { sourceTable: { name: 'order' } });
    assert.equal(code, 'COPY_NOT_FOUND');
    assert.match(
      message,
      /No complete copy of table order exists in .*\. Copies of other tables exist: orders, users\.$/,
    );
    assert.match(remedy, /^Check s3-bucket-name, s3-key-prefix, source-table-name and before, and the latest runs/);
  });

  it('is required if copies of several tables match', async () => {
    const { code, message, remedy } = await errorAmong([copies[0] ?? {}, copies[2] ?? {}]);
    assert.equal(code, 'AMBIGUOUS_COPY');
    assert.match(message, /^Copies of 2 tables exist in s3:\/\/.*\/AWSDynamoDB\/: orders, users\.$/);
    assert.equal(remedy, 'Set source-table-name to the table whose copy to use.');
  });

  it('must be an ARN if tables of several Regions have the same name', async () => {
    const { code, message, remedy } = await errorAmong(copies.slice(0, 2));
    assert.equal(code, 'AMBIGUOUS_COPY');
    assert.match(message, /^Copies of 2 tables .*: orders\. Some are in different Regions or accounts\.$/);
    assert.match(remedy, /ARN/);
  });

  it('is required even if all copies of another table are older', async () => {
    const older = [
      ...Array.from({ length: 5 }, (_, i) => ({ ...FULL, start: at(10 + i) })),
      { ...FULL, tableArn: USERS },
    ];
    assert.equal((await errorAmong(older)).code, 'AMBIGUOUS_COPY');
  });

  it('is not required because of copies that cannot be chosen', async () => {
    const others = [
      { ...FULL, start: at(5) },
      { start: at(1), tableArn: USERS, tableScope: 'subset' },
      { start: at(9), tableArn: USERS, scan: { scope: 'subset' } },
      { start: at(9), salt: 1, tableArn: USERS, isIncremental: true },
      { start: at(9), salt: 2, tableArn: USERS, isIncomplete: true },
    ];
    assert.equal((await findAmong(others)).hours, 5);
  });

  it('is required if an export of another table may have been filtered', async () => {
    for (const start of [at(1), at(9)]) {
      assert.equal(
        (
          await errorAmong([
            { ...FULL, start: at(5) },
            { start, tableArn: USERS },
          ])
        ).code,
        'AMBIGUOUS_COPY',
      );
    }
  });

  it('is not required because of copies that are not before the given time', async () => {
    const others = [
      { ...FULL, start: at(1) },
      { ...FULL, start: at(5), tableArn: USERS },
    ];
    assert.equal((await findAmong(others, { before: new Date(at(5)) })).hours, 1);
  });

  it('in the error lists at most 10 tables', async () => {
    const many = Array.from({ length: 12 }, (_, i) => ({ ...FULL, start: at(i), tableArn: arnOf(`table-${i + 10}`) }));
    const { message } = await errorAmong(many);
    assert.match(message, /Copies of 12 tables .*: table-10, .*table-19 and 2 more\.$/);
    assert.ok(!message.includes('111111111111') && !message.includes('table-20'), message);
  });
});

describe('a search that finds no copy', () => {
  it('names the prefix, with * for placeholders', async () => {
    const { code, message, remedy } = await errorAmong([], { template: [['b'], ['a-', ''], ['', '']] });
    assert.equal(code, 'COPY_NOT_FOUND');
    assert.match(message, /^No complete copy exists in s3:\/\/bucket-\w+\/b\/a-\*\/\*\/AWSDynamoDB\/\.$/);
    assert.doesNotMatch(remedy, /DescribeExport/);
  });

  it('names what was skipped, and the permission that is missing', async () => {
    const { code, message, remedy } = await errorAmong([{}, { start: at(1), isIncomplete: true }]);
    assert.equal(code, 'COPY_NOT_FOUND');
    assert.match(message, / 2 copies were skipped: 1 is incomplete, 1 is an export that may have been filtered\.$/);
    assert.match(remedy, /grant dynamodb:DescribeExport/);
  });
});

describe('a copy with an invalid manifest', () => {
  const damaged = (start: number): CopyOptions => ({ ...FULL, start, objects: { 'manifest-summary.json': '{' } });

  it('fails the search if it could be the newest one', async () => {
    for (const sourceTable of [undefined, { name: 'orders' }]) {
      const { code, message, remedy } = await errorAmong([FULL, damaged(at(1))], { sourceTable });
      assert.equal(code, 'COPY_DAMAGED');
      assert.match(message, /^The copy s3:\/\/.* is damaged: manifest-summary\.json is not a JSON object\.$/);
      assert.match(remedy, /set copy to its s3-uri, or set before/);
    }
  });

  it('does not fail the search if a newer copy is valid', async () => {
    assert.equal((await findAmong([damaged(at(1)), { ...FULL, start: at(2) }])).hours, 2);
    const scope = { ...FULL, start: at(1), tableArn: USERS, objects: { 'manifest-table.json': '{' } };
    assert.equal((await errorAmong([scope, { ...FULL, start: at(2) }])).code, 'AMBIGUOUS_COPY');
  });

  it('does not fail the search if it started after the time in before', async () => {
    const { hours } = await findAmong([FULL, damaged(at(1))], { before: new Date(at(1)) });
    assert.equal(hours, 0);
  });

  it('fails the search if its scope cannot be read', async () => {
    const scope = { start: at(1), objects: { 'manifest-copy.json': '[]' } };
    assert.equal((await errorAmong([FULL, scope])).code, 'COPY_DAMAGED');
  });

  for (const [what, summary] of [
    ['an ID of another copy', { exportArn: `${ORDERS}/export/${exportIdAt(at(9))}` }],
    ['an export of another table', { exportArn: `${USERS}/export/${exportIdAt(at(1))}` }],
    ['a snapshot after its start', { exportTime: new Date(at(1) + 1).toISOString() }],
    ['a table name that could forge a log line', { tableArn: `${ORDERS}\n::error::` }],
  ] as const) {
    it(`is one with ${what}`, async () => {
      const { code, message } = await errorAmong([FULL, { ...FULL, start: at(1), summary }]);
      assert.equal(code, 'COPY_DAMAGED');
      assert.ok(!message.includes('\n'), message);
    });
  }
});

describe('the requests of a search', () => {
  /** Number of copies; a page of a listing has 1,000. */
  const COUNT = 2_000;
  const copies: CopyOptions[] = Array.from({ length: COUNT }, (_, i) => ({
    ...(i === COUNT - 1 && FULL),
    start: EPOCH + i * HOUR,
    data: {},
    // The search reads no other objects.
    objects: Object.fromEntries(
      ['_started', 'manifest-files.json', 'manifest-files.md5', 'manifest-summary.md5'].map((name) => [
        name,
        undefined,
      ]),
    ),
  }));

  slowTest('are few for 2,000 copies if the table is given, and one per copy otherwise', async () => {
    await using fixture = await openCopyBucket();
    await fixture.write(...copies);
    const { exportId } = await find(fixture, { sourceTable: { name: 'orders' } });
    assert.equal(exportId, exportIdAt(EPOCH + (COUNT - 1) * HOUR));
    // Two pages of the listing, the summary, and the two manifests that can contain the scope.
    const expected = ['ListObjectsV2', 'ListObjectsV2', 'GetObject', 'GetObject', 'GetObject'];
    assert.deepEqual(fixture.operations(), expected);
    assert.equal((await find(fixture)).exportId, exportId);
    assert.equal(fixture.operations().length, 2 * expected.length + COUNT - 1);
  });

  it('end once no older copy can be newer, if the table is given', async () => {
    await using fixture = await openCopyBucket();
    const older = Array.from({ length: 100 }, (_, i) => ({ ...FULL, start: at(i) }));
    const increments = Array.from({ length: 20 }, (_, i) => ({ start: at(101 + i), isIncremental: true }));
    await fixture.write(...older, ...increments);
    const { exportId, skipped } = await find(fixture, { sourceTable: { name: 'orders' } });
    assert.equal(exportId, exportIdAt(at(99)));
    assert.equal(skipped, '20 newer copies were skipped: 20 are incremental exports.');
    // Batches of 1, 2, 4, 8 and 16: the last one has 10 older copies.
    assert.equal(fixture.operations().length, 1 + 31 + 2);
  });

  it('list no data objects', async () => {
    await using fixture = await openCopyBucket();
    await fixture.write({ ...FULL, prefix: 'a' }, { ...FULL, prefix: 'a', start: at(1), isIncremental: true });
    await find(fixture, { template: [['', '']] });
    const prefixes = fixture.store.requests
      .filter(({ operation }) => operation === 'ListObjectsV2')
      .map(({ query }) => query.get('prefix'));
    assert.deepEqual(prefixes, ['', 'a/AWSDynamoDB/']);
  });

  it('skip copies that are too new for the time in before', async () => {
    await using fixture = await openCopyBucket();
    await fixture.write(FULL, ...[36, 37, 38].map((days) => ({ ...FULL, start: EPOCH + 1 + days * DAY })));
    await find(fixture, { before: new Date(EPOCH + 1) });
    assert.deepEqual(fixture.operations(), ['ListObjectsV2', 'GetObject', 'GetObject', 'GetObject']);
  });

  it('that S3 denies fail the search', async () => {
    for (const denied of ['ListObjectsV2', 'GetObject']) {
      await using fixture = await openCopyBucket();
      await fixture.write(FULL, { ...FULL, start: at(1) });
      fixture.store.inject(({ operation }) => (operation === denied ? s3Error('AccessDenied', 403) : undefined));
      await assert.rejects(find(fixture), { name: 'AccessDenied' });
    }
  });
});
