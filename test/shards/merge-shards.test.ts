import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { copyLayout } from '../../src/manifest/layout.ts';
import { type ShardManifest, shardDataPrefix } from '../../src/manifest/shard-manifest.ts';
import { type CopyPlan, findShard, namesOfShards, planHashes } from '../../src/shards/copy-plan.ts';
import { mergeShards } from '../../src/shards/merge-shards.ts';
import { ACTION } from '../../src/version.ts';
import { PLAN } from '../fixtures/copy-plan.ts';
import { SHARD_MANIFEST } from '../fixtures/shard-manifest.ts';

const BUCKET = 'my-backups';

const { tableArn, tableId, tableCreated } = SHARD_MANIFEST;

const OF_THREE: CopyPlan = {
  ...PLAN,
  ...{ shards: 3, segments: 192, maxParallel: 3 },
  ...planHashes(
    PLAN.exportId,
    { TableArn: tableArn, TableId: tableId ?? '', CreationDateTime: new Date(tableCreated ?? 0) },
    BUCKET,
  ),
};

/** Manifests of three shards with 10, 20 and 30 items. */
const MANIFESTS: readonly ShardManifest[] = namesOfShards(OF_THREE).map((shard) => {
  const { index } = findShard(OF_THREE, shard) ?? { index: 0 };
  const prefix = shardDataPrefix(copyLayout(PLAN.prefix, PLAN.exportId), { index });
  return {
    ...SHARD_MANIFEST,
    ...{ exportId: PLAN.exportId, shard, action: `${ACTION.name}@${ACTION.version}` },
    startTime: `2026-11-18T11:0${index}:00.000Z`,
    // The second shard ends last.
    endTime: `2026-11-18T12:0${index === 2 ? 9 : index}:00.000Z`,
    segments: { first: 64 * (index - 1), count: 64, total: 192 },
    counts: {
      ...{ itemCount: 10 * index, droppedCount: index, scannedCount: 11 * index, uncompressedBytes: 100 * index },
      consumedReadCapacity: index / 2,
    },
    files: [{ ...SHARD_MANIFEST.files[0], key: `${prefix}${'b'.repeat(23)}a.json.gz` }] as ShardManifest['files'],
    givenUp: index === 1 ? [] : [`${prefix}${'a'.repeat(23)}a.json.gz`],
    lateUntil: index === 1 ? 0 : 1000 * index,
  };
});

/** Returns the error for shards of which the second one is changed. */
function rejected(change: Partial<ShardManifest>): RegExp {
  const changed = MANIFESTS.map((manifest) => (manifest.shard === '2-of-3' ? { ...manifest, ...change } : manifest));
  let message = 'no error';
  assert.throws(
    () => mergeShards(OF_THREE, changed, BUCKET),
    (error: { code?: string; message: string }) => {
      message = error.message;
      return error.code === 'PLAN_MISMATCH';
    },
  );
  assert.match(message, /^The shards of this copy do not fit together: 2-of-3 /);
  return new RegExp(message);
}

describe('the shards of a copy', () => {
  it('add up to the whole copy, which ends with the last shard', () => {
    const merged = mergeShards(OF_THREE, MANIFESTS, BUCKET);
    assert.deepEqual(merged.counts, {
      ...{ itemCount: 60, droppedCount: 6, scannedCount: 66, uncompressedBytes: 600, consumedReadCapacity: 3 },
    });
    assert.equal(merged.endTime.toISOString(), '2026-11-18T12:09:00.000Z');
    assert.equal(merged.files.length, 3);
    assert.equal(merged.lateUntil, 3000);
    assert.equal(merged.givenUp.size, 2);
    assert.equal(merged.tableId, tableId);
    assert.deepEqual(
      merged.shards.map(({ shard, itemCount, fileCount, sizeBytes }) => [shard, itemCount, fileCount, sizeBytes]),
      [
        ['1-of-3', 10, 1, 20],
        ['2-of-3', 20, 1, 20],
        ['3-of-3', 30, 1, 20],
      ],
    );
    assert.deepEqual(mergeShards(OF_THREE, MANIFESTS, BUCKET), merged);
  });

  const cases: readonly (readonly [what: string, change: Partial<ShardManifest>, because: RegExp])[] = [
    ['with other inputs', { request: 'ef'.repeat(32) }, /copied with other inputs than shard 1-of-3/],
    ['in another format', { outputFormat: 'ION' }, /copied with other inputs than shard 1-of-3/],
    ['with another filter', { narrowedBy: [] }, /copied with other inputs than shard 1-of-3/],
    ['by another version', { action: 'dynamodb-to-s3@9.9.9' }, /copied by another version of the Action/],
    ['from another table', { tableArn: `${tableArn}2` }, /copied from another table than the plan names/],
    ['from a re-created table', { tableCreated: 1 }, /copied from another table than the plan names/],
    ['with the ID of another table', { tableId: null }, /copied from another table than the plan names/],
    ['in other segments', { segments: { first: 100, count: 100, total: 300 } }, /divided into other segments/],
  ];
  for (const [what, change, because] of cases) {
    it(`do not fit together if one was copied ${what}`, () => {
      assert.match(rejected(change).source, because);
    });
  }

  it('must be complete', () => {
    assert.throws(() => mergeShards(OF_THREE, MANIFESTS.slice(1), BUCKET), /not those of the plan/);
  });

  it('are named in the error, but not all of many', () => {
    const plan = { ...OF_THREE, shards: 5, segments: 320 };
    const manifests = Array.from({ length: 5 }, (_, i) => ({
      ...(MANIFESTS[0] as ShardManifest),
      shard: `${i + 1}-of-5`,
      segments: { first: 64 * i, count: 64, total: 320 },
      action: 'dynamodb-to-s3@9.9.9',
    }));
    assert.throws(() => mergeShards(plan, manifests, BUCKET), /: 1-of-5, 2-of-5, 3-of-5 and others were copied by/);
  });
});
