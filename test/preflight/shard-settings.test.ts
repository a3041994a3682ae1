import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { TableDescription } from '@aws-sdk/client-dynamodb';
import { shardSettings } from '../../src/preflight/shard-settings.ts';
import { formatPlan } from '../../src/shards/copy-plan.ts';
import { PLAN } from '../fixtures/copy-plan.ts';
import { read } from '../inputs/read-step.ts';

const TABLE: TableDescription = {
  TableArn: 'arn:aws:dynamodb:us-east-1:111111111111:table/orders',
  TableId: 'id-1',
  CreationDateTime: new Date(5),
};

const SHARD = { plan: formatPlan(PLAN), shard: '3-of-8', 'max-parallel': '4' };

function settingsOf(inputs: Readonly<Record<string, string>> = {}, table = TABLE) {
  return shardSettings(PLAN.exportId, read({ ...SHARD, ...inputs }), table, undefined);
}

/** Returns the names of the settings that differ from those without additional inputs. */
function differing(settings: ReturnType<typeof settingsOf>): string[] {
  const usual = settingsOf();
  return Object.keys(usual).filter((name) => usual[name] !== settings[name]);
}

suite('the settings of a shard', () => {
  test('are short hashes, so that they contain no value', () => {
    for (const hash of Object.values(settingsOf())) assert.match(hash, /^[\da-f]{16}$/);
  });

  test('are the same for all shards of a plan, on every runner', () => {
    assert.deepEqual(
      differing(settingsOf({ shard: '8-of-8', 'max-parallel': '2', 's3-force-path-style': 'true' })),
      [],
    );
  });

  const filter = (order: string) => `{FilterExpression: "a = :a and b = :b", ExpressionAttributeValues: {${order}}}`;
  test('do not depend on the order of parameters', () => {
    const [one, two] = ['":a": 1, ":b": 2', '":b": 2, ":a": 1'].map((order) =>
      settingsOf({ 'dynamodb-scan-kwargs': filter(order) }),
    );
    assert.deepEqual(one, two);
    assert.notDeepEqual(one, settingsOf({ 'dynamodb-scan-kwargs': filter('":a": 1, ":b": 3') }));
  });

  test('depend on a retention period, and not on the time at which a step reads it', () => {
    const [one, two, other] = ['P35D', 'P5W', 'P36D'].map((period) =>
      settingsOf({ 's3-put-object-kwargs': `ObjectLockMode: GOVERNANCE\nObjectLockRetainUntilDate: ${period}` }),
    );
    assert.deepEqual(one, two);
    assert.notDeepEqual(one, other);
  });

  for (const [name, inputs] of [
    ['dynamodb-scan-kwargs', { 'dynamodb-scan-kwargs': 'Limit: 7' }],
    ['export-format', { 'export-format': 'ION' }],
    ['compression', { compression: 'zstd' }],
    ['s3-sse-algorithm or s3-sse-kms-key-id', { 's3-sse-algorithm': 'KMS' }],
    ['plan', { plan: formatPlan({ ...PLAN, readCapacity: 8000 }) }],
    ['s3-put-object-kwargs', { 's3-put-object-kwargs': 'StorageClass: STANDARD_IA' }],
  ] as const) {
    test(`differ in ${name} if only that input differs`, () => assert.deepEqual(differing(settingsOf(inputs)), [name]));
  }

  test('differ in the table if it was created again', () => {
    for (const change of [{ TableArn: `${TABLE.TableArn}2` }, { TableId: 'id-2' }, { CreationDateTime: new Date(6) }]) {
      assert.deepEqual(differing(settingsOf({}, { ...TABLE, ...change })), ['dynamodb-table-name']);
    }
  });

  test('differ in process-func if the content of the module differs', () => {
    const of = (sha256: string) => shardSettings(PLAN.exportId, read(SHARD), TABLE, { sha256 } as never);
    assert.deepEqual(differing(of('a')), ['process-func']);
    assert.notDeepEqual(of('a'), of('b'));
  });
});
