import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import {
  type CopyPlan,
  findShard,
  formatPlan,
  namesOfShards,
  parsePlan,
  planHashes,
} from '../../src/shards/copy-plan.ts';
import { PLAN } from '../fixtures/copy-plan.ts';

/** Returns the text of a plan whose JSON was changed. */
function changed(change: (members: Record<string, unknown>) => void): string {
  const members = JSON.parse(Buffer.from(formatPlan(PLAN).slice(3), 'base64url').toString());
  change(members);
  return `v1.${Buffer.from(JSON.stringify(members)).toString('base64url')}`;
}

suite('a plan as text', () => {
  const plans: readonly (readonly [string, CopyPlan])[] = [
    ['the whole table', PLAN],
    ['no prefix', { ...PLAN, prefix: '' }],
    ['a prefix of any letters', { ...PLAN, prefix: 'Sicherung täglich/表/{x}' }],
    ['no read limit', { ...PLAN, readCapacity: undefined }],
    ['a read limit below one unit', { ...PLAN, readCapacity: 0.5 }],
    ['a read limit that is a fraction of the capacity', { ...PLAN, readFraction: 0.5 }],
    ['an index with consistent reads', { ...PLAN, indexName: 'by.date-2', consistentRead: true }],
    ['one shard', { ...PLAN, shards: 1, maxParallel: 1 }],
    ['256 shards', { ...PLAN, shards: 256, maxParallel: 256, segments: 16_384 }],
    ['a prerelease', { ...PLAN, version: '1.2.3-rc.1' }],
  ];
  for (const [name, plan] of plans) {
    test(`is read as the same plan: ${name}`, () => {
      const text = formatPlan(plan);
      assert.match(text, /^v1\.[\w-]+$/);
      assert.deepEqual(parsePlan(text), plan);
    });
  }

  test('contains neither the bucket nor the table nor the account', () => {
    const TableArn = 'arn:aws:dynamodb:eu-west-1:123456789012:table/orders';
    const text = formatPlan({ ...PLAN, ...planHashes(PLAN.exportId, { TableArn }, 'backup-bucket') });
    const json = Buffer.from(text.slice(3), 'base64url').toString();
    for (const masked of ['backup-bucket', 'orders', '123456789012', 'arn:']) assert.ok(!json.includes(masked), masked);
  });
});

suite('a text that is not a plan is rejected', () => {
  const text = formatPlan(PLAN);
  const texts: readonly (readonly [string, string])[] = [
    ['an empty text', ''],
    ['another word', 'plan'],
    ['the start of a plan', text.slice(0, -8)],
    ['a plan of another format', text.replace('v1.', 'v2.')],
    ['a plan with more text', `${text}A`],
    ['a plan with a line break', `${text.slice(0, 40)}\n${text.slice(40)}`],
    ['padding', `${text}=`],
    ['a text in place of the members', `v1.${Buffer.from('"x"').toString('base64url')}`],
    ['an additional member', changed((plan) => Object.assign(plan, { bucket: 'b' }))],
    ['another order of members', changed((plan) => Object.assign(plan, { exportId: undefined, z: plan['exportId'] }))],
    ...Object.keys(JSON.parse(Buffer.from(text.slice(3), 'base64url').toString())).map(
      (name) => [`a plan without ${name}`, changed((plan) => delete plan[name])] as const,
    ),
    ['an export ID with a slash', changed((plan) => Object.assign(plan, { exportId: '01790000000000-/../abcd' }))],
    ['a prefix that starts with a slash', changed((plan) => Object.assign(plan, { prefix: '/backups' }))],
    ['a prefix that ends with a slash', changed((plan) => Object.assign(plan, { prefix: 'backups/' }))],
    ['a prefix with a line break', changed((plan) => Object.assign(plan, { prefix: 'back\nups' }))],
    ['no shards', changed((plan) => Object.assign(plan, { shards: 0 }))],
    ['more than 256 shards', changed((plan) => Object.assign(plan, { shards: 257, segments: 257 }))],
    ['fewer segments than shards', changed((plan) => Object.assign(plan, { segments: 4 }))],
    ['segments that cannot be divided', changed((plan) => Object.assign(plan, { segments: 513 }))],
    ['more than 20,000 segments', changed((plan) => Object.assign(plan, { segments: 20_008 }))],
    ['more shards at the same time than shards', changed((plan) => Object.assign(plan, { maxParallel: 9 }))],
    ['a read limit of 0', changed((plan) => Object.assign(plan, { readCapacity: 0 }))],
    ['a negative read limit', changed((plan) => Object.assign(plan, { readCapacity: -1 }))],
    ['a fraction above 1', changed((plan) => Object.assign(plan, { readFraction: 1.5 }))],
    ['a read limit as text', changed((plan) => Object.assign(plan, { readCapacity: '5' }))],
    ['a file size of 0', changed((plan) => Object.assign(plan, { fileSize: 0 }))],
    ['an index name with a slash', changed((plan) => Object.assign(plan, { indexName: 'a/b/c' }))],
    ['consistentRead as text', changed((plan) => Object.assign(plan, { consistentRead: 'true' }))],
    ['a hash with another length', changed((plan) => Object.assign(plan, { bucketHash: 'abc' }))],
    ['a version that is a word', changed((plan) => Object.assign(plan, { version: 'main' }))],
  ];
  for (const [name, bad] of texts) {
    test(name, () => assert.equal(parsePlan(bad), undefined));
  }
});

suite('hashes of a plan', () => {
  const table = {
    TableArn: 'arn:aws:dynamodb:eu-west-1:123456789012:table/orders',
    TableId: 'a',
    CreationDateTime: new Date(1_790_000_000_000),
  };
  const hashes = planHashes(PLAN.exportId, table, 'bucket');

  test('differ for another bucket', () => {
    const other = planHashes(PLAN.exportId, table, 'bucket-2');
    assert.notEqual(other.bucketHash, hashes.bucketHash);
    assert.deepEqual({ ...other, bucketHash: '' }, { ...hashes, bucketHash: '' });
  });

  test('have the ARN of a re-created table, but another table', () => {
    for (const recreated of [
      { ...table, TableId: 'b' },
      { ...table, CreationDateTime: new Date(1_790_000_000_001) },
    ]) {
      const other = planHashes(PLAN.exportId, recreated, 'bucket');
      assert.equal(other.tableArnHash, hashes.tableArnHash);
      assert.notEqual(other.tableHash, hashes.tableHash);
    }
  });

  test('differ for the same table in another plan', () => {
    const other = planHashes('01790000000001-0a1b2c3d', table, 'bucket');
    for (const name of ['tableArnHash', 'tableHash', 'bucketHash'] as const) assert.notEqual(other[name], hashes[name]);
  });
});

suite('shards of a plan', () => {
  test('have names from the first to the last', () => {
    assert.deepEqual(namesOfShards({ shards: 3 }), ['1-of-3', '2-of-3', '3-of-3']);
  });

  test('are found by their name', () => {
    assert.deepEqual(findShard(PLAN, '3-of-8'), { plan: PLAN, index: 3, count: 8, name: '3-of-8' });
  });

  for (const name of ['', '0-of-8', '9-of-8', '3-of-4', '3', '03-of-8', ' 3-of-8', '3-OF-8']) {
    test(`are not found by another name: ${JSON.stringify(name)}`, () =>
      assert.equal(findShard(PLAN, name), undefined));
  }
});
