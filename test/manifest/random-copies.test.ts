import assert from 'node:assert/strict';
import test from 'node:test';
import { CopyError } from '../../src/errors.ts';
import type { DescribeExportScope } from '../../src/manifest/copy-scope.ts';
import { findCopy } from '../../src/manifest/find-copy.ts';
import { integer, pick, type Random, seeded } from '../fixtures/random-pages.ts';
import { byEffort } from '../run/effort.ts';
import { arnOf, type CopyOptions, DAY, EPOCH, exportIdAt, HOUR, openCopyBucket } from './stored-copies.ts';

const KINDS = [
  'full',
  'full',
  'full',
  'incomplete',
  'incremental',
  'subset',
  'transformed',
  'described',
  'filtered',
  'expired',
];

interface RandomCopy {
  readonly prefix: string;
  readonly start: number;
  readonly salt: number;
  readonly snapshot: number;
  readonly tableArn: string;
  readonly kind: string;
}

function randomCopies(random: Random, prefixes: readonly string[]): RandomCopy[] {
  const tables = [arnOf('orders'), arnOf('users')].slice(0, integer(random, 1, 2));
  const copies = new Map<string, RandomCopy>();
  for (let i = integer(random, 1, 12); i > 0; i -= 1) {
    const start = EPOCH + integer(random, 0, 3) * 3 * DAY;
    const age = pick(random, [0, 0, HOUR, 3 * DAY, 6 * DAY, 35 * DAY]);
    const copy = {
      prefix: pick(random, prefixes),
      start,
      salt: integer(random, 0, 5),
      snapshot: start - age,
      tableArn: pick(random, tables),
      kind: pick(random, KINDS),
    };
    // DynamoDB describes an export by its ID, so no two copies have the same one.
    copies.set(exportIdAt(start, copy.salt), copy);
  }
  return [...copies.values()];
}

function rootOf({ prefix, start, salt }: RandomCopy): string {
  return `${prefix}/AWSDynamoDB/${exportIdAt(start, salt)}/`;
}

function written({ kind, ...copy }: RandomCopy): CopyOptions {
  const common = { ...copy, data: {} };
  switch (kind) {
    case 'full':
      return { ...common, tableScope: 'table' };
    case 'incomplete':
      return { ...common, isIncomplete: true };
    case 'incremental':
      return { ...common, isIncremental: true };
    case 'subset':
      return { ...common, scan: { scope: 'subset' } };
    case 'transformed':
      return { ...common, scan: { processFuncSha256: 'abc' } };
    default:
      return common;
  }
}

interface Wanted {
  readonly before: Date | undefined;
  readonly sourceTable: { readonly name: string } | undefined;
}

/** Chooses by definition: from all copies, without an order in which they are read. */
function expected(copies: readonly RandomCopy[], { before, sourceTable }: Wanted): string {
  const inRange = copies.filter(
    ({ snapshot, tableArn }) =>
      (before === undefined || snapshot < before.getTime()) &&
      (sourceTable === undefined || tableArn.endsWith(`/${sourceTable.name}`)),
  );
  const key = (copy: RandomCopy) =>
    `${String(copy.snapshot).padStart(14, '0')} ${exportIdAt(copy.start, copy.salt)} ${rootOf(copy)}`;
  const best = inRange
    .filter(({ kind }) => ['full', 'described'].includes(kind))
    .sort((a, b) => (key(a) < key(b) ? 1 : -1))[0];
  if (!best) return 'COPY_NOT_FOUND';
  const possible = inRange.filter(({ kind }) => ['full', 'described', 'filtered', 'expired'].includes(kind));
  if (sourceTable === undefined && new Set(possible.map(({ tableArn }) => tableArn)).size > 1) return 'AMBIGUOUS_COPY';
  return rootOf(best);
}

const SEEDS = byEffort({ quick: 25, thorough: 150 });

test('findCopy chooses among random copies by definition', async () => {
  const results = new Map<string, number>();
  await using fixture = await openCopyBucket();
  for (let seed = 1; seed <= SEEDS; seed += 1) {
    const random = seeded(seed);
    const parent = `p${seed}`;
    const copies = randomCopies(random, [`${parent}/a`, `${parent}/b`]);
    await fixture.write(...copies.map(written));
    const kinds = new Map(copies.map((copy) => [`${copy.tableArn}/export/${exportIdAt(copy.start, copy.salt)}`, copy]));
    const describeExportScope: DescribeExportScope = async (arn) => {
      const kind = kinds.get(arn)?.kind;
      return kind === 'described' ? 'table' : kind === 'filtered' ? 'subset' : 'unknown';
    };
    for (const sourceTable of [undefined, { name: 'orders' }]) {
      const times = pick(random, copies).snapshot;
      for (const before of [undefined, new Date(times), new Date(times + 1)]) {
        const access = { bucket: fixture.bucket, describeExportScope, signal: AbortSignal.timeout(60_000) };
        const result = await findCopy({ template: [[parent], ['', '']], before, sourceTable }, access).then(
          ({ layout }) => layout.root,
          (error: unknown) => (error instanceof CopyError ? error.code : assert.fail(String(error))),
        );
        assert.equal(result, expected(copies, { before, sourceTable }), `seed ${seed}`);
        const kind = result.includes('/') ? 'found' : result;
        results.set(kind, (results.get(kind) ?? 0) + 1);
      }
    }
  }
  for (const kind of ['found', 'COPY_NOT_FOUND', 'AMBIGUOUS_COPY']) {
    assert.ok((results.get(kind) ?? 0) >= 10, `${kind}: ${results.get(kind)} results`);
  }
});
