import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { setImmediate as turnOfEventLoop } from 'node:timers/promises';
import { PageSizes } from '../../../src/scan/pacing/page-sizes.ts';
import { ReadBudget } from '../../../src/scan/pacing/read-budget.ts';
import { mulberry32 } from '../../emulators/replay-pages.ts';
import { SimulatedScan } from './simulated-scan.ts';

const MINUTE = 60_000;
const NEVER = new AbortController().signal;
const EXHAUSTED = { code: 'READ_BUDGET_EXHAUSTED' };

/** Returns whether a promise is pending after all work that is due now. */
async function isPending(promise: Promise<unknown>): Promise<boolean> {
  await turnOfEventLoop();
  const pending = Symbol('pending');
  return (await Promise.race([promise, Promise.resolve(pending)])) === pending;
}

suite('a read budget', () => {
  test('grants every request if there is no maximum, and counts what they can have consumed', async () => {
    const budget = new ReadBudget(undefined, 100);
    await budget.reserve(1e9, NEVER);
    assert.equal(budget.atMost, 1e9 + 100);
    budget.settle(1e9, 12.5);
    assert.equal(budget.atMost, 112.5);
  });

  test('lets a request wait while those in progress may leave enough for it', async () => {
    const budget = new ReadBudget(300);
    await budget.reserve(178, NEVER);
    const second = budget.reserve(178, NEVER);
    assert.ok(await isPending(second));
    budget.settle(178, 100);
    await second;
    assert.equal(budget.atMost, 278);
  });

  test('is exhausted if no request in progress can leave enough for the next one', async () => {
    const budget = new ReadBudget(300);
    await budget.reserve(178, NEVER);
    const waiting = [budget.reserve(178, NEVER), budget.reserve(178, NEVER)];
    budget.settle(178, 128.5);
    for (const each of waiting) await assert.rejects(each, EXHAUSTED);
    await assert.rejects(budget.reserve(0.5, NEVER), EXHAUSTED, 'a smaller request is not sent after that');
    assert.equal(budget.atMost, 128.5);
  });

  test('states in its error what was consumed and what the maximum is', async () => {
    await assert.rejects(new ReadBudget(1_200, 1_100.5).reserve(178, NEVER), {
      ...EXHAUSTED,
      message: /consumed 1,100\.5 of at most 1,200 read capacity units \(RCU\), in all attempts together/,
      remedy: /max-consumed-read-capacity .* configuration variable/,
    });
  });

  test('counts what earlier attempts have consumed', async () => {
    const budget = new ReadBudget(1_000, 822);
    await budget.reserve(178, NEVER);
    assert.equal(budget.atMost, 1_000);
    await assert.rejects(new ReadBudget(1_000, 822.5).reserve(178, NEVER), EXHAUSTED);
  });

  test('rejects a request that waits if the run is cancelled', async () => {
    const stop = new AbortController();
    const budget = new ReadBudget(200);
    await budget.reserve(178, NEVER);
    const waiting = budget.reserve(178, stop.signal);
    stop.abort(new Error('cancelled'));
    await assert.rejects(waiting, /cancelled/);
    await assert.rejects(budget.reserve(1, stop.signal), /cancelled/);
    assert.equal(budget.atMost, 178, 'neither has reserved anything');
  });

  test('sends a request only after what it can consume was recorded, 5% of the maximum ahead', async () => {
    const recorded: number[] = [];
    const writes: (() => void)[] = [];
    const budget = new ReadBudget(10_000, 1_000);
    budget.recordWith((units) => {
      recorded.push(units);
      return new Promise((resolve) => writes.push(resolve));
    });
    const first = [budget.reserve(178, NEVER), budget.reserve(178, NEVER)];
    assert.ok(await isPending(Promise.race(first)));
    assert.deepEqual(recorded, [1_500], 'both wait for the same write');
    writes[0]?.();
    await Promise.all(first);
    await budget.reserve(100, NEVER);
    const beyond = budget.reserve(178, NEVER);
    assert.ok(await isPending(beyond));
    assert.deepEqual(recorded, [1_500, 1_956]);
    writes[1]?.();
    await beyond;
  });

  test('records at most the maximum, and writes about 20 times', async () => {
    let recorded = 0;
    let writes = 0;
    const budget = new ReadBudget(1_000_000);
    budget.recordWith(async (units) => {
      recorded = units;
      writes += 1;
    });
    const readAll = async () => {
      for (;;) {
        await budget.reserve(178, NEVER);
        assert.ok(budget.atMost <= recorded);
        budget.settle(178, 128.5);
      }
    };
    await assert.rejects(readAll(), EXHAUSTED);
    assert.equal(recorded, 1_000_000);
    assert.ok(writes >= 20 && writes <= 22, `${writes} writes`);
  });

  test('fails a request if what it can consume cannot be recorded', async () => {
    const budget = new ReadBudget(10_000);
    budget.recordWith(() => Promise.reject(new Error('not written')));
    await assert.rejects(budget.reserve(178, NEVER), /not written/);
    assert.equal(budget.atMost, 0);
  });

  test('is never exceeded, and is used up to one page, however many requests are in progress', async () => {
    const random = mulberry32(20_261_128);
    for (const max of [400, 1_000, 12_345]) {
      const budget = new ReadBudget(max);
      let consumed = 0;
      const worker = async () => {
        for (;;) {
          await budget.reserve(178, NEVER);
          for (let turns = Math.floor(random() * 4); turns > 0; turns -= 1) await turnOfEventLoop();
          const units = Math.round(random() * 2 * 178) / 2;
          consumed += units;
          assert.ok(budget.atMost <= max, `${budget.atMost} of ${max}`);
          budget.settle(178, units);
        }
      };
      const ends = await Promise.allSettled(Array.from({ length: 64 }, worker));
      for (const end of ends) assert.equal(end.status === 'rejected' && end.reason.code, EXHAUSTED.code);
      assert.ok(consumed <= max && consumed > max - 178, `${consumed} of ${max}`);
    }
  });
});

suite('a scan with a read budget', () => {
  for (const [name, cap, itemBytes] of [
    ['without a read limit', undefined, () => 900],
    ['with a read limit', 600, () => 900],
    ['with items of up to 400 KB', undefined, (random: () => number) => Math.ceil(random() * 400 * 1024)],
  ] as const) {
    test(`never exceeds it, even if requests are lost or throttled: ${name}`, async () => {
      const budget = new ReadBudget(30_000);
      const scan = new SimulatedScan({ cap, readBudget: budget, itemBytes });
      const random = mulberry32(7);
      const throttle = Object.assign(new Error('throttled'), { name: 'ThrottlingException' });
      let lost = 0;
      scan.outcome = () => {
        if (random() < 0.05) return throttle;
        if (random() >= 0.05) return 'served';
        lost += 1;
        return 'timed out';
      };
      const reading = Promise.allSettled(Array.from({ length: 32 }, (_, segment) => scan.read(segment)));
      await scan.clock.pass(10 * MINUTE);
      for (const end of await reading) assert.equal(end.status === 'rejected' && end.reason.code, EXHAUSTED.code);
      const spent = scan.spent.reduce((sum, { units }) => sum + units, 0);
      // A lost response counts with 178 RCU, even if its page costs less.
      assert.ok(spent <= 30_000 && spent > 30_000 - 178 * (lost + 1), `${spent} RCU, ${lost} lost responses`);
      assert.ok(budget.atMost <= 30_000 && budget.atMost >= spent, `${budget.atMost} RCU`);
    });
  }

  test('reserves 1 MB and one item for a page, twice as much for a consistent read, and less with a limit', () => {
    const eventually = new PageSizes(false, undefined);
    const consistent = new PageSizes(true, undefined);
    assert.equal(eventually.maxCost(undefined), 178);
    assert.equal(consistent.maxCost(undefined), 356);
    assert.equal(eventually.maxCost(1), 50);
    assert.equal(consistent.maxCost(3), 300);
    assert.equal(consistent.maxCost(4), 356);
  });
});
