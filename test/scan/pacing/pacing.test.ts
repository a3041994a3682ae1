import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { extremes } from '../../fixtures/spending.ts';
import { byEffort } from '../../run/effort.ts';
import { SimulatedScan, type SimulationOptions, unitsIn } from './simulated-scan.ts';

const KIB = 1024;
const SECONDS = 60;

/** As ProvisionedThroughputExceededException, with or without the reason that DynamoDB gives. */
function throttle(...reasons: readonly string[]): Error {
  const ThrottlingReasons = reasons.map((reason) => ({ reason, resource: 'arn:aws:dynamodb:::table/table' }));
  return Object.assign(new Error('slow down'), { name: 'ProvisionedThroughputExceededException', ThrottlingReasons });
}

suite('a cap is held over any 10 seconds, within 5%, and more than 90% of it is used', () => {
  const items: Record<string, SimulationOptions['itemBytes']> = {
    'small items': (random) => 100 + 200 * random(),
    'items of 700 bytes': () => 700,
    'one item in a hundred is 300 KB': (random) => (random() < 0.01 ? 300 * KIB : KIB),
    'items of 20 KB': () => 20 * KIB,
  };
  const cases: readonly (Omit<SimulationOptions, 'itemBytes'> & { readonly segments: number })[] = [
    { cap: 200, segments: 16 },
    { cap: 200, segments: 64, bytesPerItem: 700 },
    // A count that is late and wrong.
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
  for (const [place, [name, itemBytes]] of Object.entries(items).entries()) {
    // Each kind of items and each case at least once.
    const chosen = byEffort({ quick: cases.filter((_, index) => index % 4 === place), thorough: cases });
    for (const { segments, ...options } of chosen) {
      const { cap = 0, consistentRead = false, bytesPerItem } = options;
      const title = `${cap} units, ${segments} segments, ${name}${consistentRead ? ', consistent reads' : ''}${bytesPerItem ? `, counted as ${bytesPerItem} bytes` : ''}`;
      test(title, async () => {
        const scan = new SimulatedScan({ ...options, itemBytes });
        const workers = scan.pacing.workers(segments);
        for (let segment = 0; segment < workers; segment += 1) void scan.read(segment);
        await scan.clock.pass(1000 * SECONDS);
        const { most, least } = extremes(scan.spent, 10);
        // Nobody can know that the next page has some of the large items in it: they are paid for afterwards.
        const surprise = name.includes('300 KB') ? 2 * ((300 * KIB) / 8_192) : 0;
        const allowed = 1.05 * cap + surprise / 10;
        assert.ok(most <= allowed && least >= 0.9 * cap, `${least} to ${most} units a second`);
      });
    }
  }
});

test('a low cap is spent in pages of 64 KiB and few segments, not in one burst now and then', async () => {
  for (const [cap, workers] of [
    [2.5, 1],
    [8, 1],
    [50, 6],
    [200, 25],
    [10_000, 64],
  ] as const) {
    const scan = new SimulatedScan({ cap, bytesPerItem: 700, itemBytes: () => 700 });
    assert.equal(scan.pacing.workers(64), workers, `${cap} units`);
    assert.equal(scan.pacing.workers(1), 1);
  }
  const scan = new SimulatedScan({ cap: 2.5, bytesPerItem: 700, itemBytes: () => 700 });
  void scan.read(0);
  await scan.clock.pass(600_000);
  const largest = Math.max(...scan.spent.map(({ units }) => units));
  assert.ok(largest >= 7.5 && largest <= 8, `${largest} units a page`);
  assert.ok(Math.abs(unitsIn(scan.spent, 100, 600) / 500 - 2.5) < 0.05);
});

test('what finished segments no longer take is there for the others, in larger pages', async () => {
  const scan = new SimulatedScan({ cap: 200, itemBytes: () => 700, latency: () => 350 });
  for (let segment = 0; segment < 8; segment += 1) void scan.read(segment, segment < 6 ? 50 : undefined);
  await scan.clock.pass(100_000);
  const late = scan.spent.filter(({ at }) => at > 80_000);
  assert.deepEqual(new Set(late.map(({ segment }) => segment)), new Set([6, 7]));
  const { most, least } = extremes(scan.spent, 10);
  assert.ok(most <= 1.05 * 200 && least >= 0.9 * 200, `${least} to ${most}`);
});

test('what is not used is not saved up for a burst', async () => {
  const scan = new SimulatedScan({ cap: 1_000, itemBytes: () => 700 });
  for (let segment = 0; segment < 16; segment += 1) void scan.read(segment, 10);
  await scan.clock.pass(60_000);
  assert.equal(unitsIn(scan.spent, 30, 60), 0);
  for (let segment = 16; segment < 32; segment += 1) void scan.read(segment);
  await scan.clock.pass(2_000);
  assert.ok(unitsIn(scan.spent, 60, 61) < 1.3 * 1_000, `${unitsIn(scan.spent, 60, 61)}`);
});

test('no segment takes more than 1,500 units a second by itself', async () => {
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

test('before a page was seen, no request goes out on trust: 25 at once do not cost 25 pages', async () => {
  const scan = new SimulatedScan({ cap: 200, itemBytes: () => 100 * KIB, latency: () => 500 });
  for (let segment = 0; segment < 25; segment += 1) void scan.read(segment);
  await scan.clock.pass(2_000);
  assert.ok(unitsIn(scan.spent, 0, 1) <= 2 * 128, `${unitsIn(scan.spent, 0, 1)} units in the first second`);
});

test('a request that timed out stays charged: it may have been carried out', async () => {
  const scan = new SimulatedScan({ cap: 1_000, itemBytes: () => 700 });
  let requests = 0;
  scan.outcome = () => {
    requests += 1;
    return requests % 3 === 0 ? 'timed out' : 'answered';
  };
  for (let segment = 0; segment < 16; segment += 1) void scan.read(segment);
  await scan.clock.pass(60_000);
  const { most, least } = extremes(scan.spent, 10);
  assert.ok(most <= 1.05 * 1_000 && least >= 0.9 * 1_000, `${least} to ${most}`);
});

suite('before a first page was seen', () => {
  test('throttled requests are refunded: at 0.5 units a second, five of them delay the scan by seconds', async () => {
    const scan = new SimulatedScan({ cap: 0.5, itemBytes: () => 700 });
    scan.outcome = () => (scan.throttles < 5 ? throttle('TableReadProvisionedThroughputExceeded') : 'answered');
    void scan.read(0, 1);
    await scan.clock.pass(15_000);
    assert.equal(scan.throttles, 5);
    assert.equal(scan.spent.length, 1, 'the sixth request is answered within 15 seconds');
  });

  test('at 4 units a second, one lost response delays the scan by a small page, not by 32 seconds', async () => {
    const scan = new SimulatedScan({ cap: 4, itemBytes: () => 700 });
    let requests = 0;
    scan.outcome = () => {
      requests += 1;
      return requests === 1 ? 'timed out' : 'answered';
    };
    void scan.read(0, 1);
    await scan.clock.pass(3_000);
    assert.equal(requests, 2);
  });

  test('the cap holds although every third response is lost and pages cost more than expected', async () => {
    const scan = new SimulatedScan({ cap: 200, itemBytes: () => 100 * KIB, bytesPerItem: 700 });
    let requests = 0;
    scan.outcome = () => {
      requests += 1;
      return requests < 6 || requests % 3 === 0 ? 'timed out' : 'answered';
    };
    for (let segment = 0; segment < 25; segment += 1) void scan.read(segment);
    await scan.clock.pass(60_000);
    const { most } = extremes(scan.spent, 10);
    assert.ok(most <= 1.05 * 200, `${most}`);
  });
});

test('where one partition throttles, the others get what it does not take', async () => {
  const scan = new SimulatedScan({ cap: 1_000, itemBytes: () => 700 });
  scan.outcome = (segment) => (segment === 0 ? throttle('TableReadKeyRangeThroughputExceeded') : undefined);
  for (let segment = 0; segment < 16; segment += 1) void scan.read(segment);
  await scan.clock.pass(60_000);
  assert.ok(scan.throttles > 20);
  const { least } = extremes(scan.spent, 10);
  assert.ok(least >= 0.9 * 1_000, `${least}`);
});

test('a throttle brings the rate down at once, and it comes back slowly', async () => {
  const scan = new SimulatedScan({ cap: 1_000, itemBytes: () => 700 });
  for (let segment = 0; segment < 16; segment += 1) void scan.read(segment);
  await scan.clock.pass(20_000);
  // All that are under way together: one event, and not sixteen.
  scan.outcome = () => throttle('TableReadProvisionedThroughputExceeded');
  await scan.clock.pass(200);
  scan.outcome = () => 'answered';
  await scan.clock.pass(79_800);
  assert.ok(scan.throttles >= 2, `${scan.throttles} throttles`);
  const before = unitsIn(scan.spent, 15, 20) / 5;
  const after = unitsIn(scan.spent, 21, 24) / 3;
  const later = unitsIn(scan.spent, 25, 30) / 5;
  assert.ok(after < 0.85 * before && after > 0.55 * before, `${before}, then ${after}`);
  assert.ok(later > after && later < 0.97 * before, `${after}, then ${later}`);
  assert.ok(unitsIn(scan.spent, 60, 100) / 40 > 0.95 * before, 'all of it in the end');
});

test('a table that goes on throttling is asked ever less often, but never not at all', async () => {
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

test('where one partition is too busy, only the segment that reads there slows down', async () => {
  const scan = new SimulatedScan({ cap: 4_000, itemBytes: () => 700, latency: () => 20 });
  let until = 0;
  scan.outcome = (segment) => {
    const throttled = segment === 3 && scan.clock.now() < until;
    return throttled ? throttle('TableReadKeyRangeThroughputExceeded') : undefined;
  };
  for (let segment = 0; segment < 8; segment += 1) void scan.read(segment);
  await scan.clock.pass(20_000);
  until = 25_000;
  await scan.clock.pass(20_000);
  const of = (segment: number) =>
    unitsIn(
      scan.spent.filter((spent) => spent.segment === segment),
      25,
      28,
    ) / 3;
  assert.ok(of(3) < 0.6 * 500, `${of(3)} units a second of 500`);
  for (const segment of [0, 1, 2, 4]) assert.ok(of(segment) > 500, `${of(segment)}`);
});

suite('without a cap', () => {
  test('nothing waits, and pages are as large as DynamoDB makes them', async () => {
    const scan = new SimulatedScan({ cap: undefined, itemBytes: () => 700, latency: () => 10 });
    assert.equal(scan.pacing.workers(64), 64);
    for (let segment = 0; segment < 16; segment += 1) void scan.read(segment);
    await scan.clock.pass(2_000);
    assert.ok(scan.spent.every(({ units }) => units >= 128));
    assert.equal(scan.spent.length, 16 * 200);
  });

  test('a throttle brings the rate below what was spent then, and after a while there is no cap again', async () => {
    const scan = new SimulatedScan({ cap: undefined, itemBytes: () => 700, latency: () => 100 });
    for (let segment = 0; segment < 4; segment += 1) void scan.read(segment);
    await scan.clock.pass(10_000);
    const before = unitsIn(scan.spent, 5, 10) / 5;
    scan.outcome = () => throttle('TableReadAccountLimitExceeded');
    await scan.clock.pass(100);
    scan.outcome = () => 'answered';
    await scan.clock.pass(4_900);
    const after = unitsIn(scan.spent, 11, 15) / 4;
    assert.ok(after < 0.85 * before && after > 0.4 * before, `${before}, then ${after}`);
    await scan.clock.pass(130_000);
    assert.ok(Math.abs(unitsIn(scan.spent, 140, 145) / 5 - before) < 0.05 * before);
    assert.equal(scan.pacing.table.perSecond(), Number.POSITIVE_INFINITY);
  });
});

test('the cap can be lowered while the table is read, and not raised', async () => {
  const scan = new SimulatedScan({ cap: 1_000, itemBytes: () => 700 });
  for (let segment = 0; segment < 16; segment += 1) void scan.read(segment);
  await scan.clock.pass(20_000);
  assert.equal(scan.pacing.lower(2_000), false);
  assert.equal(scan.pacing.lower(400), true);
  await scan.clock.pass(20_000);
  const rate = unitsIn(scan.spent, 25, 40) / 15;
  assert.ok(rate <= 1.05 * 400 && rate >= 0.9 * 400, `${rate}`);
  const uncapped = new SimulatedScan({ cap: undefined, itemBytes: () => 700 });
  assert.equal(uncapped.pacing.lower(400), false, 'none stays none');
});

test('a segment that waits for its turn can be stopped', async () => {
  const scan = new SimulatedScan({ cap: 1, itemBytes: () => 700 });
  void scan.read(0, 1);
  const stop = new AbortController();
  const waiting = scan.pacing.startSegment().permit(undefined, stop.signal);
  await scan.clock.pass(100);
  stop.abort();
  await assert.rejects(waiting, { name: 'AbortError' });
  await assert.rejects(scan.pacing.startSegment().permit(undefined, stop.signal), { name: 'AbortError' });
});

test("the user's own Limit is never passed", async () => {
  const scan = new SimulatedScan({ cap: 100, bytesPerItem: 700, itemBytes: () => 700 });
  const limitOf = async (mostItems: number | undefined) => {
    const pace = scan.pacing.startSegment();
    const turning = pace.permit(mostItems, new AbortController().signal);
    await scan.clock.pass(60_000);
    const { limit } = await turning;
    pace.end();
    return limit;
  };
  assert.equal(await limitOf(7), 7);
  const own = await limitOf(undefined);
  assert.ok(own !== undefined && own > 90);
  assert.equal(await limitOf(1_000_000), own);
});
