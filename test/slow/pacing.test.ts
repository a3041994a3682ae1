import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { pacedRun } from '../fixtures/paced-run.ts';
import { pacedShards } from '../fixtures/paced-shards.ts';
import { assertSucceeded } from '../fixtures/pair.ts';

// `npm run bench:pacing` measures more limits, in longer runs.
suite('read capacity of a copy in shards', () => {
  test('is 85% to 105% of the limit over any 10 seconds, for 4 shards at the same time together', async (t) => {
    const { most, least, throttled } = await pacedShards({ shards: 4, unitsPerSecond: 800, seconds: 20 });
    t.diagnostic(`${least} to ${most} RCU/s`);
    assert.ok(most <= 1.05 * 800, `${most}`);
    assert.ok(least >= 0.85 * 800, `${least}`);
    assert.equal(throttled, 0);
  });
});

suite('read capacity of a scan', { concurrency: 1 }, () => {
  test('is 90% to 105% of read-capacity: 1000 over any 10 seconds', async (t) => {
    const { run, most = Number.NaN, least = Number.NaN } = await pacedRun({ unitsPerSecond: 1_000, seconds: 15 });
    assertSucceeded(run);
    t.diagnostic(`${least} to ${most} RCU/s`);
    assert.ok(most <= 1.05 * 1_000, `${most}`);
    assert.ok(least >= 0.9 * 1_000, `${least}`);
    assert.match(run.log, /at most 1,000 read capacity units \(RCU\) per second: as requested\./);
    assert.match(run.log, /, [\d,]+ of 1,000 RCU\/s, /);
    assert.match(run.summary, /\| Read capacity units \| [\d,.]+, at most 1,000 RCU per second \|/);
  });

  test('with read-capacity: 50% leaves 45% of the provisioned throughput to another client, without throttling', async (t) => {
    const table = { unitsPerSecond: 400, provisionedUnits: 800, otherShare: 0.45 };
    const paced = await pacedRun({ ...table, seconds: 8, readCapacity: '50%' });
    assertSucceeded(paced.run);
    t.diagnostic(`${paced.average} RCU/s, and ${paced.other.served} requests of the other client`);
    assert.match(
      paced.run.log,
      /at most 400 read capacity units \(RCU\) per second: 50% of 800 \(provisioned throughput\)\./,
    );
    assert.ok(paced.other.served > 200);
    assert.equal(paced.other.throttled, 0);
    assert.equal(paced.throttled, 0);
    assert.ok(paced.average >= 0.9 * 400, `${paced.average}`);

    const control = await pacedRun({ ...table, seconds: 8, readCapacity: 'none' });
    assertSucceeded(control.run);
    assert.ok(control.other.throttled > 0, 'control: without a limit, the other client is throttled');
    assert.ok(control.throttled > 0);
    assert.match(control.run.summary, /\| Read capacity units \| [\d,.]+, [\d,]+ requests throttled \|/);
  });
});
