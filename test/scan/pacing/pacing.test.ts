import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { extremes } from '../../fixtures/spending.ts';
import { byEffort } from '../../run/effort.ts';
import { SimulatedScan, type SimulationOptions, unitsIn } from './simulated-scan.ts';

const KIB = 1024;
const SECONDS = 60;

/** Returns a ProvisionedThroughputExceededException with these throttling reasons. */
function throttle(...reasons: readonly string[]): Error {
  const ThrottlingReasons = reasons.map((reason) => ({ reason, resource: 'arn:aws:dynamodb:::table/table' }));
  return Object.assign(new Error('slow down'), { name: 'ProvisionedThroughputExceededException', ThrottlingReasons });
}

/** Large items in a page cannot be foreseen. They are charged after the page was read. */
const UNEXPECTED_UNITS: Readonly<Record<string, number>> = {
  'items of 1 KiB and 1% of 300 KiB': 2 * ((300 * KIB) / 8_192),
};

suite('a scan consumes 90% to 105% of its read limit over any 10 seconds', () => {
  const items: Record<string, SimulationOptions['itemBytes']> = {
    'items of 100 to 300 bytes': (random) => 100 + 200 * random(),
    'items of 700 bytes': () => 700,
    'items of 1 KiB and 1% of 300 KiB': (random) => (random() < 0.01 ? 300 * KIB : KIB),
    'items of 20 KB': () => 20 * KIB,
  };
  const cases: readonly (Omit<SimulationOptions, 'itemBytes'> & { readonly segments: number })[] = [
    { cap: 200, segments: 16 },
    { cap: 200, segments: 64, bytesPerItem: 700 },
    // The item count is stale, so the expected item size is wrong.
    { cap: 200, segments: 64, bytesPerItem: 40 },
    { cap: 200, segments: 1, latency: () => 150 },
    { cap: 200, segments: 2 },
    { cap: 1_000, segments: 64 },
    { cap: 1_000, segments: 1 },
    { cap: 1_000, segments: 16, latency: (random) => 5 + 200 * random() },
    { cap: 10_000, segments: 64, consistentRead: true, bytesPerItem: 700 },
    { cap: 10_000, segments: 16, latency: () => 3 },
    { cap: 6_000, segments: 64, latency: (random) => 100 + 100 * random() },
  ];
  for (const [kind, [name, itemBytes]] of Object.entries(items).entries()) {
    // The quick run covers each kind of items and each case at least once.
    const chosen = byEffort({ quick: cases.filter((_, index) => index % 4 === kind), thorough: cases });
    for (const { segments, ...options } of chosen) {
      const { cap = 0, consistentRead = false, bytesPerItem } = options;
      const reads = consistentRead ? 'consistent reads' : 'eventually consistent reads';
      const expected = bytesPerItem ? `${bytesPerItem} bytes` : 'unknown';
      const title = `with a limit of ${cap} RCU per second, ${segments} segments, ${name} (expected size: ${expected}) and ${reads}`;
      test(title, async () => {
        const scan = new SimulatedScan({ ...options, itemBytes });
        const workers = scan.pacing.workers(segments);
        for (let segment = 0; segment < workers; segment += 1) void scan.read(segment);
        await scan.clock.pass(1000 * SECONDS);
        const { most, least } = extremes(scan.spent, 10);
        const allowed = 1.05 * cap + (UNEXPECTED_UNITS[name] ?? 0) / 10;
        assert.ok(most <= allowed && least >= 0.9 * cap, `${least} to ${most} units per second`);
      });
    }
  }
});

test('a low read limit is used in small pages by few workers instead of in rare bursts', async () => {
  for (const [cap, workers] of [
    [2.5, 1],
    [8, 1],
    [50, 6],
    [200, 25],
    [10_000, 64],
  ] as const) {
    const scan = new SimulatedScan({ cap, bytesPerItem: 700, itemBytes: () => 700 });
    assert.equal(scan.pacing.workers(64), workers, `${cap} units per second`);
    assert.equal(scan.pacing.workers(1), 1);
  }
  const scan = new SimulatedScan({ cap: 2.5, bytesPerItem: 700, itemBytes: () => 700 });
  void scan.read(0);
  await scan.clock.pass(600_000);
  const largest = Math.max(...scan.spent.map(({ units }) => units));
  assert.ok(largest >= 7.5 && largest <= 8, `${largest} units per page`);
  assert.ok(Math.abs(unitsIn(scan.spent, 100, 600) / 500 - 2.5) < 0.05);
});

test('the remaining segments use the full read limit after other segments have finished', async () => {
  const scan = new SimulatedScan({ cap: 200, itemBytes: () => 700, latency: () => 350 });
  for (let segment = 0; segment < 8; segment += 1) void scan.read(segment, segment < 6 ? 50 : undefined);
  await scan.clock.pass(100_000);
  const late = scan.spent.filter(({ at }) => at > 80_000);
  assert.deepEqual(new Set(late.map(({ segment }) => segment)), new Set([6, 7]));
  const { most, least } = extremes(scan.spent, 10);
  assert.ok(most <= 1.05 * 200 && least >= 0.9 * 200, `${least} to ${most}`);
});

test('unused read capacity is not saved for a later burst', async () => {
  const scan = new SimulatedScan({ cap: 1_000, itemBytes: () => 700 });
  for (let segment = 0; segment < 16; segment += 1) void scan.read(segment, 10);
  await scan.clock.pass(60_000);
  assert.equal(unitsIn(scan.spent, 30, 60), 0);
  for (let segment = 16; segment < 32; segment += 1) void scan.read(segment);
  await scan.clock.pass(2_000);
  assert.ok(unitsIn(scan.spent, 60, 61) < 1.3 * 1_000, `${unitsIn(scan.spent, 60, 61)}`);
});

test('a segment consumes at most 1,500 units per second', async () => {
  const scan = new SimulatedScan({ cap: 10_000, itemBytes: () => 700, latency: () => 2 });
  for (let segment = 0; segment < 3; segment += 1) void scan.read(segment);
  await scan.clock.pass(30_000);
  for (const segment of [0, 1, 2]) {
    const { most, least } = extremes(
      scan.spent.filter((spent) => spent.segment === segment),
      10,
    );
    assert.ok(most <= 1.05 * 1_500 && least > 1_400, `${least} to ${most}`);
  }
});

test('the first pages of 25 segments are not all requested at once, because their cost is still unknown', async () => {
  const scan = new SimulatedScan({ cap: 200, itemBytes: () => 100 * KIB, latency: () => 500 });
  for (let segment = 0; segment < 25; segment += 1) void scan.read(segment);
  await scan.clock.pass(2_000);
  assert.ok(unitsIn(scan.spent, 0, 1) <= 2 * 128, `${unitsIn(scan.spent, 0, 1)} units in the first second`);
});

test('a request that timed out remains charged, because DynamoDB may have processed it', async () => {
  const scan = new SimulatedScan({ cap: 1_000, itemBytes: () => 700 });
  let requests = 0;
  scan.outcome = () => {
    requests += 1;
    return requests % 3 === 0 ? 'timed out' : 'served';
  };
  for (let segment = 0; segment < 16; segment += 1) void scan.read(segment);
  await scan.clock.pass(60_000);
  const { most, least } = extremes(scan.spent, 10);
  assert.ok(most <= 1.05 * 1_000 && least >= 0.9 * 1_000, `${least} to ${most}`);
});

suite('before the first page was read', () => {
  test('throttled requests are refunded, so five of them delay a scan with 0.5 RCU per second by less than 15 seconds', async () => {
    const scan = new SimulatedScan({ cap: 0.5, itemBytes: () => 700 });
    scan.outcome = () => (scan.throttles < 5 ? throttle('TableReadProvisionedThroughputExceeded') : 'served');
    void scan.read(0, 1);
    await scan.clock.pass(15_000);
    assert.equal(scan.throttles, 5);
    assert.equal(scan.spent.length, 1, 'the sixth request succeeds within 15 seconds');
  });

  test('a lost response delays a scan with 4 RCU per second by the cost of a small page, not by 32 seconds', async () => {
    const scan = new SimulatedScan({ cap: 4, itemBytes: () => 700 });
    let requests = 0;
    scan.outcome = () => {
      requests += 1;
      return requests === 1 ? 'timed out' : 'served';
    };
    void scan.read(0, 1);
    await scan.clock.pass(3_000);
    assert.equal(requests, 2);
  });

  test('the read limit is kept if every third response is lost and pages cost more than expected', async () => {
    const scan = new SimulatedScan({ cap: 200, itemBytes: () => 100 * KIB, bytesPerItem: 700 });
    let requests = 0;
    scan.outcome = () => {
      requests += 1;
      return requests < 6 || requests % 3 === 0 ? 'timed out' : 'served';
    };
    for (let segment = 0; segment < 25; segment += 1) void scan.read(segment);
    await scan.clock.pass(60_000);
    const { most } = extremes(scan.spent, 10);
    assert.ok(most <= 1.05 * 200, `${most}`);
  });
});

test('the other segments use the read capacity of a segment whose partition is throttled', async () => {
  const scan = new SimulatedScan({ cap: 1_000, itemBytes: () => 700 });
  scan.outcome = (segment) => (segment === 0 ? throttle('TableReadKeyRangeThroughputExceeded') : undefined);
  for (let segment = 0; segment < 16; segment += 1) void scan.read(segment);
  await scan.clock.pass(60_000);
  assert.ok(scan.throttles > 20);
  const { least } = extremes(scan.spent, 10);
  assert.ok(least >= 0.9 * 1_000, `${least}`);
});

test('a throttled request lowers the rate immediately, and the rate recovers slowly', async () => {
  const scan = new SimulatedScan({ cap: 1_000, itemBytes: () => 700 });
  for (let segment = 0; segment < 16; segment += 1) void scan.read(segment);
  await scan.clock.pass(20_000);
  // All requests in flight are throttled together. They count as one event, not as sixteen.
  scan.outcome = () => throttle('TableReadProvisionedThroughputExceeded');
  await scan.clock.pass(200);
  scan.outcome = () => 'served';
  await scan.clock.pass(79_800);
  assert.ok(scan.throttles >= 2, `${scan.throttles} throttles`);
  const before = unitsIn(scan.spent, 15, 20) / 5;
  const after = unitsIn(scan.spent, 21, 24) / 3;
  const later = unitsIn(scan.spent, 25, 30) / 5;
  assert.ok(after < 0.85 * before && after > 0.55 * before, `${before}, then ${after}`);
  assert.ok(later > after && later < 0.97 * before, `${after}, then ${later}`);
  assert.ok(unitsIn(scan.spent, 60, 100) / 40 > 0.95 * before, 'the full rate must be used again later');
});

test('a table that is throttled permanently is read more and more slowly, but the scan does not stop', async () => {
  const scan = new SimulatedScan({ cap: 1_000, itemBytes: () => 700 });
  for (let segment = 0; segment < 16; segment += 1) void scan.read(segment);
  await scan.clock.pass(10_000);
  const requests: number[] = [];
  scan.outcome = () => {
    requests.push(scan.clock.now());
    return throttle();
  };
  await scan.clock.pass(120_000);
  const count = (from: number, to: number) => requests.filter((at) => at >= 1000 * from && at < 1000 * to).length;
  assert.ok(count(10, 20) > 2 * count(60, 70), `${count(10, 20)}, then ${count(60, 70)}`);
  assert.ok(count(100, 130) > 0);
});

test('only the segment of a throttled partition slows down', async () => {
  const scan = new SimulatedScan({ cap: 4_000, itemBytes: () => 700, latency: () => 20 });
  let throttledUntil = 0;
  scan.outcome = (segment) => {
    const isThrottled = segment === 3 && scan.clock.now() < throttledUntil;
    return isThrottled ? throttle('TableReadKeyRangeThroughputExceeded') : undefined;
  };
  for (let segment = 0; segment < 8; segment += 1) void scan.read(segment);
  await scan.clock.pass(20_000);
  throttledUntil = 25_000;
  await scan.clock.pass(20_000);
  const rateOf = (segment: number) =>
    unitsIn(
      scan.spent.filter((spent) => spent.segment === segment),
      25,
      28,
    ) / 3;
  assert.ok(rateOf(3) < 0.6 * 500, `${rateOf(3)} of 500 units per second`);
  for (const segment of [0, 1, 2, 4]) assert.ok(rateOf(segment) > 500, `${rateOf(segment)}`);
});

suite('without a read limit', () => {
  test('no request waits, and pages have the maximum size', async () => {
    const scan = new SimulatedScan({ cap: undefined, itemBytes: () => 700, latency: () => 10 });
    assert.equal(scan.pacing.workers(64), 64);
    for (let segment = 0; segment < 16; segment += 1) void scan.read(segment);
    await scan.clock.pass(2_000);
    assert.ok(scan.spent.every(({ units }) => units >= 128));
    assert.equal(scan.spent.length, 16 * 200);
  });

  test('a throttled request lowers the rate below the consumed rate, and the limit is removed later', async () => {
    const scan = new SimulatedScan({ cap: undefined, itemBytes: () => 700, latency: () => 100 });
    for (let segment = 0; segment < 4; segment += 1) void scan.read(segment);
    await scan.clock.pass(10_000);
    const before = unitsIn(scan.spent, 5, 10) / 5;
    scan.outcome = () => throttle('TableReadAccountLimitExceeded');
    await scan.clock.pass(100);
    scan.outcome = () => 'served';
    await scan.clock.pass(4_900);
    const after = unitsIn(scan.spent, 11, 15) / 4;
    assert.ok(after < 0.85 * before && after > 0.4 * before, `${before}, then ${after}`);
    await scan.clock.pass(130_000);
    assert.ok(Math.abs(unitsIn(scan.spent, 140, 145) / 5 - before) < 0.05 * before);
    assert.equal(scan.pacing.tableBudget.perSecond(), Number.POSITIVE_INFINITY);
  });
});

test('the read limit can be lowered during a scan, but not raised', async () => {
  const scan = new SimulatedScan({ cap: 1_000, itemBytes: () => 700 });
  for (let segment = 0; segment < 16; segment += 1) void scan.read(segment);
  await scan.clock.pass(20_000);
  assert.equal(scan.pacing.lower(2_000), false);
  assert.equal(scan.pacing.lower(400), true);
  await scan.clock.pass(20_000);
  const rate = unitsIn(scan.spent, 25, 40) / 15;
  assert.ok(rate <= 1.05 * 400 && rate >= 0.9 * 400, `${rate}`);
  const uncapped = new SimulatedScan({ cap: undefined, itemBytes: () => 700 });
  assert.equal(uncapped.pacing.lower(400), false, 'a scan without a read limit gets none');
});

test('a segment that waits for read capacity can be stopped', async () => {
  const scan = new SimulatedScan({ cap: 1, itemBytes: () => 700 });
  void scan.read(0, 1);
  const stop = new AbortController();
  const waiting = scan.pacing.startSegment().permit(undefined, stop.signal);
  await scan.clock.pass(100);
  stop.abort();
  await assert.rejects(waiting, { name: 'AbortError' });
  await assert.rejects(scan.pacing.startSegment().permit(undefined, stop.signal), { name: 'AbortError' });
});

test('a page never exceeds the Limit of the user', async () => {
  const scan = new SimulatedScan({ cap: 100, bytesPerItem: 700, itemBytes: () => 700 });
  const limitOf = async (maxItems: number | undefined) => {
    const pace = scan.pacing.startSegment();
    const pending = pace.permit(maxItems, new AbortController().signal);
    await scan.clock.pass(60_000);
    const { limit } = await pending;
    pace.end();
    return limit;
  };
  assert.equal(await limitOf(7), 7);
  const paced = await limitOf(undefined);
  assert.ok(paced !== undefined && paced > 90);
  assert.equal(await limitOf(1_000_000), paced);
});
