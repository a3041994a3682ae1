import assert from 'node:assert/strict';
import { suite, type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { mulberry32 } from '../emulators/replay-pages.ts';
import { openSource } from '../emulators/source.ts';
import { assertSameItems } from '../fixtures/items.ts';
import { assertSucceeded, type Inputs, keysIn, openPair, type Pair, startServers } from '../fixtures/pair.ts';
import { attempt, checkpointKeys, scans } from '../fixtures/resume-attempts.ts';
import type { RunResult } from '../runner/runner.ts';

await startServers();

/**
 * Number of kills, and the first seed. Set RESUME_SEED to the seed of a failed test to repeat it; the timing still differs
 * slightly. The default is 4 kills if TEST_STORE is set.
 */
const KILLS = Number(process.env['RESUME_KILLS'] ?? (process.env['TEST_STORE'] === undefined ? 50 : 4));
const FIRST_SEED = Number(process.env['RESUME_SEED'] ?? 1);

const ITEM_BYTES = 40_000;
const MAX_ITEMS_PER_PAGE = 10;

/** 12 MB: multipart uploads if file-size is large, there are few segments and the copy is not compressed. */
const table = await fill(300);

const SEEDS = Array.from({ length: KILLS }, (_, index) => FIRST_SEED + index);

suite('a copy that is killed at a random moment and re-run', { concurrency: 2 }, () => {
  for (const seed of SEEDS.filter((one) => one % 2 !== 0)) {
    test(`is complete without a post step (seed ${seed})`, (t) => killAndResume(t, seed));
  }
  for (const seed of SEEDS.filter((one) => one % 2 === 0)) {
    test(`is complete after a post step, which aborts all uploads (seed ${seed})`, (t) =>
      killAndResume(t, seed, abortUploadsByPost));
  }
});

/** Returns random inputs, and the maximum number of bytes that a re-run can read again. */
function randomInputs(random: () => number) {
  const pick = <T>(...choices: readonly T[]): T => choices[Math.floor(random() * choices.length)] as T;
  const [fileSize, fileBytes] = pick<readonly [string, number]>(
    ['64KiB', 65_536],
    ['1MiB', 1 << 20],
    ['6MiB', 6 << 20],
    ['6MiB', 6 << 20],
  );
  const segments = pick(1, 2, 5);
  const inputs = {
    resume: 'true',
    'dynamodb-table-name': table,
    'total-segments': String(segments),
    'file-size': fileSize,
    compression: pick('none', 'none', 'gzip'),
    'dynamodb-scan-kwargs': `Limit: ${pick(4, MAX_ITEMS_PER_PAGE)}`,
  };
  // Each segment has at most one unfinished object, which ends with the page that makes it reach file-size.
  const maxBytesReadAgain = segments * (fileBytes + MAX_ITEMS_PER_PAGE * (ITEM_BYTES + 200));
  return { inputs, maxBytesReadAgain };
}

/** Runs a copy to its end, and returns the number of its requests and of the bytes that it read. */
async function measureWithoutKill(inputs: Inputs): Promise<{ readonly requests: number; readonly bytes: number }> {
  await using pair = await openPair();
  await using run = await pair.run({ ...inputs, resume: 'false' });
  assertSucceeded(run);
  return { requests: pair.source.requests.length + pair.store.requests.length, bytes: scannedBytes(pair) };
}

async function abortUploadsByPost(pair: Pair, inputs: Inputs, killed: RunResult): Promise<void> {
  await using post = await pair.run(inputs, { postOf: killed });
  assert.equal(post.exitCode, 0, post.log);
  assert.deepEqual(await pair.store.openUploads(pair.bucket), []);
}

/** Kills a copy at a random moment, re-runs it, and asserts that the copy is complete and little was read again. */
async function killAndResume(
  t: TestContext,
  seed: number,
  afterKill?: (pair: Pair, inputs: Inputs, killed: RunResult) => Promise<void>,
): Promise<void> {
  const random = mulberry32(seed);
  const { inputs, maxBytesReadAgain } = randomInputs(random);
  const control = await measureWithoutKill(inputs);

  await using pair = await openPair();
  await using killed = await killAt(pair, inputs, Math.ceil(random() * control.requests), random() * 20);
  const open = pair.store.uploads.open().length;
  await afterKill?.(pair, inputs, killed);
  if (killed.signal === null) {
    // The step ended before it could be killed, so there is nothing to resume.
    await assertWhole(pair, killed);
    t.diagnostic('the step ended before the kill');
    return;
  }
  await using run = await pair.run(inputs, attempt(2));
  await assertWhole(pair, run);
  const again = scannedBytes(pair) - control.bytes;
  assert.ok(again < maxBytesReadAgain, `${again} bytes were read again, maximum ${maxBytesReadAgain}`);
  const { 'total-segments': segments, 'file-size': fileSize } = inputs;
  const uploads = `${open} uploads open after the kill`;
  t.diagnostic(
    `${segments} segments of ${fileSize}, ${uploads}, ${again} bytes read again (maximum ${maxBytesReadAgain})`,
  );
}

/** Runs a first attempt and kills it this number of milliseconds after its nth request. */
async function killAt(pair: Pair, inputs: Inputs, nth: number, afterMs: number): Promise<RunResult> {
  const running = pair.start(inputs);
  let seen = 0;
  const count = () => {
    seen += 1;
    if (seen === nth) void sleep(afterMs).then(() => running.kill('SIGKILL'));
    return undefined;
  };
  pair.source.inject(count);
  pair.store.inject(count);
  const run = await running.result;
  pair.source.inject();
  pair.store.inject();
  // Requests that were in flight still arrive, and the servers complete them.
  while (pair.store.requests.some(({ status, fault }) => status === undefined && fault === undefined)) {
    await sleep(5);
  }
  return run;
}

async function assertWhole(pair: Pair, run: RunResult): Promise<void> {
  const copy = await pair.copyOf(run);
  assertSameItems(copy.items(), await pair.source.readItems(table));
  assert.deepEqual(await pair.store.openUploads(pair.bucket), []);
  assert.deepEqual(await checkpointKeys(pair), []);
  const others = (await keysIn(pair)).filter((key) => !key.startsWith(copy.folder));
  // A first attempt that was killed before it wrote run.json leaves only its marker.
  assert.deepEqual(
    others.filter((key) => !key.endsWith('/_started')),
    [],
  );
}

function scannedBytes(pair: Pair): number {
  return scans(pair).reduce((sum, { httpResponse }) => sum + (httpResponse?.length ?? 0), 0);
}

async function fill(items: number): Promise<string> {
  await using source = await openSource();
  return await source.createTable(
    Array.from({ length: items }, (_, i) => ({
      pk: { S: `item-${i}` },
      text: { S: `${i} `.repeat(ITEM_BYTES).slice(0, ITEM_BYTES) },
    })),
  );
}
