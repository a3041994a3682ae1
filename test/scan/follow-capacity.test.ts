// Looks at the table every 600 ms.
process.env['DYNAMODB_TO_S3_TIME_SCALE'] = '0.01';

import assert from 'node:assert/strict';
import { once } from 'node:events';
import test from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ScanParameters } from '../../src/scan/scan-parameters.ts';

const { followCapacity } = await import('../../src/scan/follow-capacity.ts');
const { Pacing } = await import('../../src/scan/pacing/pacing.ts');
const { ScanProgress } = await import('../../src/scan/scan-progress.ts');
const { clientOfTable } = await import('../aws/clients-for-tests.ts');
const { dynamoDbFailure, dynamoDbReply, startScriptedServer } = await import('../aws/scripted-server.ts');

/** Follows a table that was capped at 50% of 1,000 units, while it is described with one capacity after the other. */
async function follow(
  capacities: readonly (number | 'refused')[],
  cap: number | 'none' = 500,
  scan: ScanParameters = { request: {} },
) {
  const described = new EventTarget();
  await using server = await startScriptedServer((_, nth) => {
    const units = capacities[Math.min(nth, capacities.length) - 1] as number | 'refused';
    if (nth === capacities.length) described.dispatchEvent(new Event('all'));
    if (units === 'refused') return dynamoDbFailure('AccessDeniedException', 'no');
    return dynamoDbReply({ Table: { TableName: 'table', ProvisionedThroughput: { ReadCapacityUnits: units } } });
  });
  using client = clientOfTable(server.endpoint);
  const progress = new ScanProgress();
  const unitsPerSecond = cap === 'none' ? undefined : cap;
  progress.capReadCapacity(unitsPerSecond);
  const options = { unitsPerSecond, consistentRead: false, bytesPerItem: undefined, onThrottle: () => {} };
  const pacing = new Pacing(options);
  const notices: string[] = [];
  const logger = { info: assert.fail, warning: assert.fail, notice: (text: string) => void notices.push(text) };
  const readCapacity = { kind: 'percentage', fraction: 0.5 } as const;
  const allDescribed = once(described, 'all');
  const request = { client, tableName: 'table', scan, readCapacity };
  const stop = followCapacity(request, pacing, progress, logger);
  if (cap === 'none') await sleep(1_500);
  else await allDescribed;
  // The last answer is still to be read.
  await sleep(100);
  stop();
  const looks = server.requests.length;
  await sleep(1_300);
  assert.equal(server.requests.length, looks, 'it looks no more');
  return { rate: pacing.table.perSecond(), recorded: progress.figures.readCapacityCap, notices, looks };
}

test('a share follows the capacity of the table downwards, and never up again', async () => {
  const { rate, recorded, notices } = await follow([1_000, 400, 2_000, 400]);
  assert.equal(rate, 200);
  assert.equal(recorded, 200);
  assert.deepEqual(notices, [
    'The read capacity of the table has decreased since the start. The scan consumes at most 200 read capacity units (RCU) per second: 50% of 400 (provisioned throughput).',
  ]);
});

test('the share of a job that reads one of several shards stays divided by TotalSegments', async () => {
  const scan = { request: {}, shard: { segment: 3, totalSegments: 4 } };
  const { rate, notices } = await follow([1_000, 400], 125, scan);
  assert.equal(rate, 50);
  assert.match(notices.join(), /50% of 400 \(provisioned throughput\), divided by 4 \(TotalSegments\)/);
});

test('where the table cannot be described, or tells of no capacity, the cap stays', async () => {
  const { rate, notices, looks } = await follow(['refused', 0, 'refused']);
  assert.equal(rate, 500);
  assert.deepEqual(notices, []);
  assert.ok(looks >= 3);
});

test('without a cap nobody looks', async () => {
  assert.equal((await follow([10], 'none')).looks, 0);
});
