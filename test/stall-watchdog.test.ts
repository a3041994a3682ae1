// Before anything that reads it: the watchdog waits nine tenths of a second.
process.env['DYNAMODB_TO_S3_TIME_SCALE'] = '0.001';

import assert from 'node:assert/strict';
import test from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';

const { PendingWaits, watchForStall } = await import('../src/stall-watchdog.ts');
const { Pacing } = await import('../src/scan/pacing/pacing.ts');
const { STALL } = await import('../src/timeouts.ts');

const NEVER = new AbortController().signal;
const forEver = () => new Promise<never>(() => {});
/** Pending promises hold no process open. */
const held = setInterval(() => {}, 1_000);
test.after(() => clearInterval(held));

test('work that nothing holds up ends as it ends', async () => {
  assert.equal(await watchForStall(new PendingWaits(), NEVER, async () => 7), 7);
  const failure = new Error('of the work');
  await assert.rejects(
    watchForStall(new PendingWaits(), NEVER, () => Promise.reject(failure)),
    failure,
  );
});

test('a run in which nothing moves is ended, and says what it was waiting for', async () => {
  const waits = new PendingWaits();
  const started = performance.now();
  const hung = watchForStall(waits, NEVER, async () => {
    void waits.during('DynamoDB to respond to Scan', forEver());
    void waits.during('DynamoDB to respond to Scan', forEver());
    await waits.during('what does not take long', sleep(5));
    await waits.during('S3 to store data', forEver());
  });
  await assert.rejects(hung, {
    name: 'CopyError',
    code: 'STALLED',
    message: /waiting for DynamoDB to respond to Scan \(2\), S3 to store data \(1\)\.$/,
    remedy: /proxy or a firewall/,
  });
  assert.ok(performance.now() - started >= STALL);
});

test('it is told to stop, and its own end is waited for, whatever it says then', async () => {
  const waits = new PendingWaits();
  let cleanedUp = false;
  const hung = watchForStall(waits, NEVER, async (signal) => {
    await waits.during('a part', new Promise((resolve) => signal.addEventListener('abort', resolve)));
    cleanedUp = true;
    throw new Error('that it was stopped');
  });
  await assert.rejects(hung, { code: 'STALLED' });
  assert.ok(cleanedUp);
});

test('as long as anything moves, or has time-outs of its own, nothing is hung', async () => {
  const waits = new PendingWaits();
  const slow = watchForStall(waits, NEVER, async () => {
    void waits.during('one that hangs', forEver());
    for (let n = 0; n < 6; n += 1) await waits.during('a page', sleep(STALL / 3));
    await waits.duringOwnTimeouts(sleep(1.5 * STALL));
    return 'done';
  });
  assert.equal(await slow, 'done');
});

test('a wait for read units between two attempts at a page is no stall', async () => {
  const waits = new PendingWaits();
  const pacing = new Pacing({
    unitsPerSecond: 1_000,
    consistentRead: false,
    bytesPerItem: undefined,
    onThrottle: () => {},
    duringWait: (wait) => waits.duringOwnTimeouts(wait),
  });
  const turn = await pacing.startSegment().permit(undefined, NEVER);
  turn.spent(1.5 * STALL, 1);
  const retrying = watchForStall(waits, NEVER, (signal) =>
    waits.during('DynamoDB to respond to Scan', turn.charge(signal, true)),
  );
  await retrying;
});

test("the run's own signal reaches the work", async () => {
  const stop = new AbortController();
  const working = watchForStall(new PendingWaits(), stop.signal, (signal) => sleep(60_000, undefined, { signal }));
  stop.abort();
  await assert.rejects(working, { name: 'AbortError' });
});

test('a run that waits for nothing that it knows is stalled, too', () => {
  assert.equal(String(new PendingWaits()), 'an unknown operation');
});
