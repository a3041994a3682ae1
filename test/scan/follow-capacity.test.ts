// Describes the table every 600 ms.
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

/**
 * Runs followCapacity with read-capacity 50% until the table was described with each of `capacities`.
 *
 * @param waited resolves when the table has been polled for long enough; by default once per capacity
 */
async function follow(
  capacities: readonly (number | 'denied')[],
  unitsPerSecond: number | undefined,
  { scan = { request: {} }, waited }: { scan?: ScanParameters; waited?: Promise<unknown> } = {},
) {
  const described = new EventTarget();
  await using server = await startScriptedServer((_, nth) => {
    const units = capacities[Math.min(nth, capacities.length) - 1] as number | 'denied';
    if (nth === capacities.length) described.dispatchEvent(new Event('all'));
    if (units === 'denied') return dynamoDbFailure('AccessDeniedException', 'no');
    return dynamoDbReply({ Table: { TableName: 'table', ProvisionedThroughput: { ReadCapacityUnits: units } } });
  });
  using client = clientOfTable(server.endpoint);
  const progress = new ScanProgress();
  progress.setReadLimit(unitsPerSecond);
  const options = { unitsPerSecond, consistentRead: false, bytesPerItem: undefined, onThrottle: () => {} };
  const pacing = new Pacing(options);
  const notices: string[] = [];
  const logger = { info: assert.fail, warning: assert.fail, notice: (text: string) => void notices.push(text) };
  const readCapacity = { kind: 'percentage', fraction: 0.5 } as const;
  const allDescribed = once(described, 'all');
  const request = { client, tableName: 'table', scan, readCapacity };
  const stop = followCapacity(request, pacing, progress, logger);
  await (waited ?? allDescribed);
  // The client has not read the last response yet.
  await sleep(100);
  stop();
  const polls = server.requests.length;
  await sleep(1_300);
  assert.equal(server.requests.length, polls, 'followCapacity must not poll after it is stopped');
  return { rate: pacing.tableBudget.perSecond(), recorded: progress.figures.readLimit, notices, polls };
}

test('a percentage of read capacity is lowered with the capacity of the table and never raised', async () => {
  const { rate, recorded, notices } = await follow([1_000, 400, 2_000, 400], 500);
  assert.equal(rate, 200);
  assert.equal(recorded, 200);
  assert.deepEqual(notices, [
    'The read capacity of the table has decreased since the start. The scan consumes at most 200 read capacity units (RCU) per second: 50% of 400 (provisioned throughput).',
  ]);
});

test('a percentage of read capacity stays divided by TotalSegments if it is lowered in a job that reads one shard', async () => {
  const scan = { request: {}, shard: { segment: 3, totalSegments: 4 } };
  const { rate, notices } = await follow([1_000, 400], 125, { scan });
  assert.equal(rate, 50);
  assert.match(notices.join(), /50% of 400 \(provisioned throughput\), divided by 4 \(TotalSegments\)/);
});

test('the read limit is unchanged if the table cannot be described or reports no capacity', async () => {
  const { rate, notices, polls } = await follow(['denied', 0, 'denied'], 500);
  assert.equal(rate, 500);
  assert.deepEqual(notices, []);
  assert.ok(polls >= 3);
});

test('the table is not polled if no read limit applies', async () => {
  assert.equal((await follow([10], undefined, { waited: sleep(1_500) })).polls, 0);
});
