// Set this before the imports that read it: the watchdog then waits 0.9 seconds.
process.env['DYNAMODB_TO_S3_TIME_SCALE'] = '0.001';

import assert from 'node:assert/strict';
import test from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';

const { PendingWaits, watchForStall } = await import('../src/stall-watchdog.ts');
const { Pacing } = await import('../src/scan/pacing/pacing.ts');
const { STALL } = await import('../src/timeouts.ts');

const NEVER = new AbortController().signal;
const forEver = () => new Promise<never>(() => {});
/** Keeps the process running, because pending promises do not. */
const held = setInterval(() => {}, 1_000);
test.after(() => clearInterval(held));

test('watchForStall returns the result or the error of work that is not stalled', async () => {
  assert.equal(await watchForStall(new PendingWaits(), NEVER, async () => 7), 7);
  const failure = new Error('failed on its own');
  await assert.rejects(
    watchForStall(new PendingWaits(), NEVER, () => Promise.reject(failure)),
    failure,
  );
});

test('a run without progress fails with STALLED and names the pending operations', async () => {
  const waits = new PendingWaits();
  const started = performance.now();
  const hung = watchForStall(waits, NEVER, async () => {
    void waits.during('DynamoDB to respond to Scan', forEver());
    void waits.during('DynamoDB to respond to Scan', forEver());
    await waits.during('a fast operation', sleep(5));
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

test('a stalled run is aborted, and its error is reported after the run has ended', async () => {
  const waits = new PendingWaits();
  let cleanedUp = false;
  const hung = watchForStall(waits, NEVER, async (signal) => {
    await waits.during('a part', new Promise((resolve) => signal.addEventListener('abort', resolve)));
    cleanedUp = true;
    throw new Error('was aborted');
  });
  await assert.rejects(hung, { code: 'STALLED' });
  assert.ok(cleanedUp);
});

test('a run is not stalled while any operation progresses or has its own timeout', async () => {
  const waits = new PendingWaits();
  const slow = watchForStall(waits, NEVER, async () => {
    void waits.during('a hanging operation', forEver());
    for (let n = 0; n < 6; n += 1) await waits.during('a page', sleep(STALL / 3));
    await waits.duringOwnTimeouts(sleep(1.5 * STALL));
    return 'done';
  });
  assert.equal(await slow, 'done');
});

test('a wait for read capacity between two attempts at a page does not count as a stall', async () => {
  const waits = new PendingWaits();
  const pacing = new Pacing({
    unitsPerSecond: 1_000,
    consistentRead: false,
    bytesPerItem: undefined,
    onThrottle: () => {},
    waits,
  });
  const turn = await pacing.startSegment().permit(undefined, NEVER);
  turn.consumed(1.5 * STALL, 1);
  const retrying = watchForStall(waits, NEVER, (signal) =>
    waits.during('DynamoDB to respond to Scan', turn.charge(signal, true)),
  );
  await retrying;
});

test('an abort of the run reaches the watched work', async () => {
  const stop = new AbortController();
  const working = watchForStall(new PendingWaits(), stop.signal, (signal) => sleep(60_000, undefined, { signal }));
  stop.abort();
  await assert.rejects(working, { name: 'AbortError' });
});

test('a run that waits for nothing that it knows is stalled, too', () => {
  assert.equal(String(new PendingWaits()), 'an unknown operation');
});
