import '../../aws/shorter-waits.ts';
import assert from 'node:assert/strict';
import test from 'node:test';
import { TimedRetryStrategy } from '../../../src/aws/retry.ts';
import { transcodeDynamoDbJson } from '../../../src/format/dynamodb-json.ts';
import { convertWith } from '../../../src/scan/byte-thread.ts';
import { Pacing, type SegmentPace } from '../../../src/scan/pacing/pacing.ts';
import { ReadBudget } from '../../../src/scan/pacing/read-budget.ts';
import type { ReadPermit } from '../../../src/scan/pacing/read-permit.ts';
import { PageBuffers, PageReader } from '../../../src/scan/page-reader.ts';
import { MAX_RETRY_TIME_BEFORE_SUCCESS } from '../../../src/timeouts.ts';
import { clientOfTable } from '../../aws/clients-for-tests.ts';
import { dynamoDbFailure, dynamoDbReply, type Reply, startScriptedServer } from '../../aws/scripted-server.ts';
import { SkippingClock } from '../../pacing/virtual-clock.ts';

const NEVER = new AbortController().signal;

/** Read limit in units per second, which is so high that no request waits. */
const CAP = 1_000_000;

/** Page for which 100 items were read and a filter returned 2. */
const PAGE = {
  Count: 2,
  ScannedCount: 100,
  Items: [{ pk: { S: 'a' } }, { pk: { S: 'b' } }],
  ConsumedCapacity: { TableName: 'Orders', CapacityUnits: 20 },
};

/** Reads a page with the client of the Action from a server that sends these responses. */
async function read(...replies: readonly Reply[]) {
  await using server = await startScriptedServer((_, nth) => replies[Math.min(nth, replies.length) - 1] as Reply);
  using client = clientOfTable(server.endpoint);
  let throttles = 0;
  const pacing = new Pacing({
    unitsPerSecond: CAP,
    consistentRead: false,
    bytesPerItem: undefined,
    onThrottle: () => {
      throttles += 1;
    },
  });
  const pace = pacing.startSegment();
  const calls = recordCalls(pace);
  await new PageReader(client, convertWith(transcodeDynamoDbJson), new PageBuffers()).read(
    { TableName: 'Orders', Limit: 500 },
    pace,
    NEVER,
  );
  const requests = server.requests.map(({ body, headers }) => ({
    limit: (JSON.parse(body.toString()) as { Limit?: number }).Limit,
    isSigned: headers.authorization !== undefined,
  }));
  return { pacing, pace, calls, requests, throttles };
}

/** Records the calls of permits in order, for example `charge`, `throttled`, `consumed 20 for 100`. */
function recordCalls(pace: SegmentPace): string[] {
  const calls: string[] = [];
  const record = (permit: ReadPermit): ReadPermit => {
    const { charge, consumed, throttled, failedWithoutResult } = permit;
    return Object.assign(permit, {
      charge: (...args: Parameters<ReadPermit['charge']>) => {
        calls.push('charge');
        return charge.apply(permit, args);
      },
      consumed: (...args: Parameters<ReadPermit['consumed']>) => {
        calls.push(`consumed ${args[0]} for ${args[1]}`);
        consumed.apply(permit, args);
      },
      throttled: (...args: Parameters<ReadPermit['throttled']>) => {
        calls.push('throttled');
        throttled.apply(permit, args);
      },
      failedWithoutResult: () => {
        calls.push('failedWithoutResult');
        failedWithoutResult.apply(permit);
      },
    });
  };
  const takePermit = pace.permit.bind(pace);
  pace.permit = async (...args) => record(await takePermit(...args));
  return calls;
}

/** Returns a throttling response of DynamoDB with these reasons. */
function throttle(name: string, ...reasons: readonly string[]): Reply {
  const { __type } = JSON.parse(String(dynamoDbFailure(name, '').body)) as { __type: string };
  const ThrottlingReasons = reasons.map((reason) => ({
    reason,
    resource: 'arn:aws:dynamodb:us-east-1:1:table/Orders',
  }));
  return dynamoDbReply({ __type, message: 'slow down', ThrottlingReasons }, 400);
}

test('a page costs the capacity that DynamoDB reports, divided by the items read before the filter', async () => {
  const { pacing, calls, requests } = await read(dynamoDbReply(PAGE));
  assert.deepEqual(calls, ['consumed 20 for 100']);
  assert.equal(pacing.sizes.limitFor(40), 200);
  assert.deepEqual(requests, [{ limit: 500, isSigned: true }]);
});

test('a page without reported capacity costs the reserved capacity', async () => {
  const { ConsumedCapacity: _, ...page } = PAGE;
  const { calls, pacing } = await read(dynamoDbReply(page));
  assert.deepEqual(calls, ['consumed undefined for 100']);
  assert.equal(pacing.sizes.cost(undefined), 128);
});

test('each retry of the SDK is charged and keeps the page size', async () => {
  const faults: Reply[] = [
    dynamoDbFailure('InternalServerError', 'Internal server error', 500),
    (response) => response.destroy(),
    { ...dynamoDbReply(PAGE), headers: { 'x-amz-crc32': '1' } },
  ];
  const { calls, requests, throttles } = await read(...faults, dynamoDbReply(PAGE));
  assert.deepEqual(calls, [
    'failedWithoutResult',
    'charge',
    'failedWithoutResult',
    'charge',
    'failedWithoutResult',
    'charge',
    'consumed 20 for 100',
  ]);
  assert.deepEqual(requests, Array(4).fill({ limit: 500, isSigned: true }));
  assert.equal(throttles, 0);
});

test('time that a retry waits for read capacity does not count toward the limit for retries', async () => {
  await using server = await startScriptedServer((_, nth) =>
    nth <= 3 ? (response) => response.destroy() : dynamoDbReply(PAGE),
  );
  using client = clientOfTable(server.endpoint);
  const clock = new SkippingClock();
  const strategy = new TimedRetryStrategy(() => 0, clock.now);
  client.config.retryStrategy = async () => strategy;
  const options = { consistentRead: false, bytesPerItem: undefined, onThrottle: () => {} };
  const pacing = new Pacing({ ...options, unitsPerSecond: 4, clock });
  await new PageReader(client, convertWith(transcodeDynamoDbJson), new PageBuffers()).read(
    { TableName: 'Orders' },
    pacing.startSegment(),
    NEVER,
  );
  assert.equal(server.requests.length, 4);
  assert.ok(clock.now() > MAX_RETRY_TIME_BEFORE_SUCCESS, `${clock.now()} ms of waiting`);
});

test('a retry that the read budget does not allow ends the request with READ_BUDGET_EXHAUSTED', async () => {
  await using server = await startScriptedServer((_, nth) =>
    nth === 1 ? dynamoDbFailure('InternalServerError', 'Internal server error', 500) : dynamoDbReply(PAGE),
  );
  using client = clientOfTable(server.endpoint);
  const options = { unitsPerSecond: undefined, consistentRead: false, bytesPerItem: undefined, onThrottle: () => {} };
  const readWith = (readBudget: ReadBudget) =>
    new PageReader(client, convertWith(transcodeDynamoDbJson), new PageBuffers()).read(
      { TableName: 'Orders' },
      new Pacing({ ...options, readBudget }).startSegment(),
      NEVER,
    );
  const budget = new ReadBudget(355);
  await assert.rejects(readWith(budget), { name: 'CopyError', code: 'READ_BUDGET_EXHAUSTED' });
  assert.equal(budget.atMost, 178, 'DynamoDB may have read the page of the error response');
  assert.equal(server.requests.length, 1);
  const enough = new ReadBudget(178);
  await readWith(enough);
  assert.equal(enough.atMost, 20);
});

for (const name of ['ProvisionedThroughputExceededException', 'ThrottlingException', 'RequestLimitExceeded']) {
  test(`${name} is counted and slows down the table, even if a retry of the SDK succeeds`, async () => {
    const reason = 'TableReadProvisionedThroughputExceeded';
    const { calls, pacing, pace, throttles } = await read(
      throttle(name, reason),
      throttle(name),
      throttle(name, reason, 'TableReadKeyRangeThroughputExceeded'),
      dynamoDbReply(PAGE),
    );
    assert.deepEqual(calls, [
      'throttled',
      'charge',
      'throttled',
      'charge',
      'throttled',
      'charge',
      'consumed 20 for 100',
    ]);
    assert.equal(throttles, 3);
    assert.ok(pacing.tableBudget.perSecond() < CAP);
    assert.equal(pace.segmentBudget.perSecond(), 1_500);
  });
}

for (const reason of ['TableReadKeyRangeThroughputExceeded', 'IndexReadKeyRangeThroughputExceeded']) {
  test(`${reason} slows down only its segment`, async () => {
    const { pacing, pace, throttles } = await read(
      throttle('ProvisionedThroughputExceededException', reason),
      dynamoDbReply(PAGE),
    );
    assert.equal(throttles, 1);
    assert.equal(pacing.tableBudget.perSecond(), CAP);
    assert.ok(pace.segmentBudget.perSecond() < 1_500);
  });
}
