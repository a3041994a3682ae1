import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { MAX_ITEMS_PER_BATCH } from '../../../src/restore/write/batch.ts';
import {
  estimatedUnits,
  type ObjectPace,
  WritePacing,
  type WritePermit,
} from '../../../src/restore/write/write-pacing.ts';
import { mulberry32 } from '../../emulators/replay-pages.ts';
import { extremes, type Spent } from '../../fixtures/spending.ts';
import { VirtualClock } from '../../pacing/virtual-clock.ts';

const NEVER = new AbortController().signal;
const KIB = 1024;

interface Simulation {
  readonly limit: number | undefined;
  /** Number of data objects; 16 requests are sent at the same time. */
  readonly objects: number;
  /** Returns the size of the next item in DynamoDB. */
  readonly itemBytes: (random: () => number) => number;
  readonly latency?: (random: () => number) => number;
  /** WCU of the table per WCU of the item, for local secondary indexes. Default: 1. */
  readonly factor?: number;
}

/** What happens to a batch: all items are written, some are unprocessed, or the request fails. */
type Outcome = 'written' | 'half' | 'timed out' | Error;

/** Loads an infinite copy on a virtual clock. */
class SimulatedLoad {
  readonly clock = new VirtualClock();
  readonly pacing: WritePacing;
  readonly spent: (Spent & { readonly object: number })[] = [];
  throttles = 0;
  outcome: (object: number) => Outcome = () => 'written';
  private readonly options: Simulation;
  private readonly random = mulberry32(20_261_127);

  constructor(options: Simulation) {
    this.options = options;
    this.pacing = new WritePacing({
      unitsPerSecond: options.limit,
      onThrottle: () => {
        this.throttles += 1;
      },
      waits: { duringOwnTimeouts: (wait) => wait },
      clock: this.clock,
    });
  }

  async run(seconds: number): Promise<void> {
    const paces = Array.from({ length: this.options.objects }, () => this.pacing.startObject());
    for (let worker = 0; worker < 16; worker += 1) {
      const object = worker % paces.length;
      void this.write(object, paces[object] as ObjectPace);
    }
    await this.clock.pass(1000 * seconds);
  }

  private async write(object: number, pace: ObjectPace): Promise<void> {
    for (;;) {
      const items = this.batch();
      const permit = await pace.permit(sum(items.map(({ estimate }) => estimate)), NEVER);
      while (!(await this.attempt(object, permit, items, pace))) await permit.charge(NEVER, true);
    }
  }

  private async attempt(
    object: number,
    permit: WritePermit,
    items: readonly { readonly estimate: number; readonly units: number }[],
    pace: ObjectPace,
  ): Promise<boolean> {
    const ms = (this.options.latency ?? (() => 15))(this.random);
    await this.clock.sleep(ms / 2);
    const outcome = this.outcome(object);
    if (outcome instanceof Error) {
      await this.clock.sleep(ms / 2);
      permit.throttled(outcome);
      await this.clock.sleep(200);
      return false;
    }
    const written = outcome === 'half' ? items.slice(0, items.length >> 1) : items;
    const units = sum(written.map((item) => item.units));
    this.spent.push({ at: this.clock.now(), units, object });
    await this.clock.sleep(ms / 2);
    if (outcome === 'timed out') {
      permit.failedWithoutResult();
      return false;
    }
    permit.consumed(units, sum(written.map(({ estimate }) => estimate)));
    if (outcome === 'half') pace.throttledItems();
    return true;
  }

  private batch(): { readonly estimate: number; readonly units: number }[] {
    const { itemBytes, factor = 1 } = this.options;
    const items: { readonly estimate: number; readonly units: number }[] = [];
    while (items.length < MAX_ITEMS_PER_BATCH) {
      const bytes = Math.ceil(itemBytes(this.random));
      const item = { estimate: estimatedUnits(1.3 * bytes + 30), units: factor * Math.ceil(bytes / KIB) };
      const total = sum(items.map(({ estimate }) => estimate)) + item.estimate;
      if (items.length > 0 && this.pacing.expected(total) > this.pacing.maxBatchUnits()) break;
      items.push(item);
    }
    return items;
  }
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}

function unitsIn(spent: readonly Spent[], from: number, to: number): number {
  return sum(spent.filter(({ at }) => at >= 1000 * from && at < 1000 * to).map(({ units }) => units)) / (to - from);
}

suite('a load consumes 90% to 105% of its write limit over any 10 seconds', () => {
  const sizes: Record<string, Simulation['itemBytes']> = {
    'items of 100 to 300 bytes': (random) => 100 + 200 * random(),
    'items of 900 bytes': () => 900,
    'items of up to 4 KiB': (random) => 4 * KIB * random(),
    'items of 20 KiB': () => 20 * KIB,
  };
  const cases: readonly Omit<Simulation, 'itemBytes'>[] = [
    { limit: 200, objects: 16 },
    { limit: 200, objects: 1, latency: (random) => 5 + 100 * random() },
    { limit: 2_000, objects: 16 },
    { limit: 2_000, objects: 16, latency: (random) => 5 + 50 * random() },
    { limit: 2_000, objects: 16, factor: 3 },
    { limit: 2_000, objects: 1 },
  ];
  for (const [name, itemBytes] of Object.entries(sizes)) {
    for (const { limit = 0, objects, ...options } of cases) {
      const title = `with ${limit} WCU per second, ${objects} objects, ${name}${options.factor ? ' and indexes' : ''}${options.latency ? ' with changing latency' : ''}`;
      test(title, async () => {
        const load = new SimulatedLoad({ limit, objects, itemBytes, ...options });
        await load.run(60);
        const { most, least } = extremes(load.spent, 10);
        assert.ok(most <= 1.05 * limit && least >= 0.9 * limit, `${least} to ${most} WCU per second`);
      });
    }
  }
});

test('without a limit, no batch waits until DynamoDB throttles', async () => {
  const load = new SimulatedLoad({ limit: undefined, objects: 16, itemBytes: () => 900, latency: () => 10 });
  await load.run(2);
  assert.ok(unitsIn(load.spent, 0.1, 2) > 0.95 * 16 * 25 * 100, `${unitsIn(load.spent, 0.1, 2)} WCU per second`);
  assert.equal(load.pacing.maxBatchUnits(), Number.POSITIVE_INFINITY);
});

function throttle(...reasons: readonly string[]): Error {
  const ThrottlingReasons = reasons.map((reason) => ({ reason, resource: 'arn:aws:dynamodb:::table/table' }));
  return Object.assign(new Error('slow down'), { name: 'ProvisionedThroughputExceededException', ThrottlingReasons });
}

/** Changes the outcome of the first requests of some objects at one time. */
function once(load: SimulatedLoad, seconds: number, outcome: Outcome, isHit: (object: number) => boolean): void {
  let done = false;
  load.outcome = (object) => {
    if (done || !isHit(object) || load.clock.now() < 1000 * seconds) return 'written';
    done = true;
    return outcome;
  };
}

test('a throttled table is written more slowly, and the rate recovers', async () => {
  const load = new SimulatedLoad({ limit: 2_000, objects: 16, itemBytes: () => 900 });
  once(load, 20, throttle('TableWriteProvisionedThroughputExceeded'), () => true);
  await load.run(120);
  assert.equal(load.throttles, 1);
  const slow = unitsIn(load.spent, 21, 25);
  assert.ok(slow > 0.6 * 2_000 && slow < 0.85 * 2_000, `${slow} WCU per second`);
  assert.ok(unitsIn(load.spent, 90, 120) > 1_900);
});

for (const [what, outcome] of Object.entries({
  'the throttled partition': throttle('TableWriteKeyRangeThroughputExceeded'),
  'unprocessed items': 'half',
} as const satisfies Record<string, Outcome>)) {
  test(`only the object with ${what} is written more slowly`, async () => {
    const load = new SimulatedLoad({ limit: undefined, objects: 16, itemBytes: () => 900 });
    once(load, 5, outcome, (object) => object === 3);
    await load.run(8);
    const rateOf = (hit: boolean, from: number, to: number) =>
      unitsIn(
        load.spent.filter(({ object }) => (object === 3) === hit),
        from,
        to,
      );
    assert.ok(rateOf(true, 6, 8) < 0.85 * rateOf(true, 2, 5), `${rateOf(true, 6, 8)} of ${rateOf(true, 2, 5)}`);
    assert.ok(rateOf(false, 6, 8) > 0.98 * rateOf(false, 2, 5), `${rateOf(false, 6, 8)} of ${rateOf(false, 2, 5)}`);
  });
}

test('a table that is throttled permanently is still written', async () => {
  const load = new SimulatedLoad({ limit: 2_000, objects: 16, itemBytes: () => 900 });
  let count = 0;
  load.outcome = () => {
    count += 1;
    return count % 2 === 0 ? throttle('TableWriteProvisionedThroughputExceeded') : 'written';
  };
  await load.run(120);
  assert.ok(unitsIn(load.spent, 60, 120) > 50, `${unitsIn(load.spent, 60, 120)} WCU per second`);
});

test('the write limit is kept if every third response is lost', async () => {
  const load = new SimulatedLoad({ limit: 200, objects: 16, itemBytes: () => 900 });
  let count = 0;
  load.outcome = () => {
    count += 1;
    return count % 3 === 0 ? 'timed out' : 'written';
  };
  await load.run(60);
  assert.ok(extremes(load.spent, 10).most <= 210, `${extremes(load.spent, 10).most} WCU per second`);
});

test('a batch that waits for write capacity can be stopped', async () => {
  const load = new SimulatedLoad({ limit: 1, objects: 1, itemBytes: () => 900 });
  const pace = load.pacing.startObject();
  await pace.permit(25, NEVER);
  const stop = new AbortController();
  const waiting = pace.permit(25, stop.signal);
  stop.abort(new Error('stopped'));
  await assert.rejects(waiting, /stopped/);
});
