import assert from 'node:assert/strict';
import { suite, type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { mulberry32 } from '../emulators/replay-pages.ts';
import type { Item } from '../emulators/source.ts';
import { assertSameItems } from '../fixtures/items.ts';
import { type Inputs, keysIn, startServers } from '../fixtures/pair.ts';
import { attempt, checkpointKeys } from '../fixtures/resume-attempts.ts';
import { openShardedPair, type ShardedPair } from '../fixtures/sharded-pair.ts';
import type { RunningAction, RunOptions, RunResult } from '../runner/runner.ts';

await startServers();

/**
 * Number of schedules, and the first seed. Set SHARD_SEED to the seed of a failed test to repeat it; the timing still differs
 * slightly. The default is 4 schedules if TEST_STORE is set. More of them run every week.
 */
const SCHEDULES = Number(process.env['SHARD_SCHEDULES'] ?? (process.env['TEST_STORE'] === undefined ? 12 : 4));
const FIRST_SEED = Number(process.env['SHARD_SEED'] ?? 1);

/** Attempts of the workflow run. Nothing is killed in the last one. */
const ATTEMPTS = 4;

const ITEM_BYTES = 20_000;

function itemsOf(count: number): Item[] {
  return Array.from({ length: count }, (_, i) => ({
    pk: { S: `item-${i}` },
    text: { S: `${i} `.repeat(ITEM_BYTES).slice(0, ITEM_BYTES) },
  }));
}

interface Schedule {
  readonly shards: number;
  readonly items: readonly Item[];
  readonly inputs: Inputs;
  readonly plan: Inputs;
}

function scheduleOf(random: () => number): Schedule {
  const pick = <T>(...choices: readonly T[]): T => choices[Math.floor(random() * choices.length)] as T;
  const shards = pick(1, 2, 3, 4);
  return {
    shards,
    // Few items leave shards without any.
    items: itemsOf(pick(2, 60, 60, 150, 150)),
    inputs: { compression: pick('none', 'gzip'), 'dynamodb-scan-kwargs': `Limit: ${pick(4, 10)}` },
    plan: {
      shards: String(shards),
      'total-segments': String(shards * pick(1, 2, 4)),
      'file-size': pick('64KiB', '1MiB', '6MiB'),
    },
  };
}

/**
 * Options of finish. It waits for a job of a shard that was active recently, up to five minutes, which are 30 s here: a
 * killed job is not active.
 */
function finishing(number: number): RunOptions {
  const { env } = attempt(number);
  return { env: { ...env, DYNAMODB_TO_S3_TIME_SCALE: '0.1' } };
}

/** Steps of the attempt, by name. */
type Steps = ReadonlyMap<string, RunningAction>;

/** Kills steps at random requests. A killed process sends nothing more, but its last requests still arrive. */
function killAtRandom({ pair }: ShardedPair, steps: Steps, random: () => number, requests: number): void {
  const running = [...steps.values()];
  const moments = running.map(() => (random() < 0.8 ? Math.ceil(random() * requests) : undefined));
  let seen = 0;
  const count = () => {
    seen += 1;
    for (const [i, step] of running.entries()) {
      if (moments[i] === seen) void sleep(random() * 10).then(() => step.kill('SIGKILL'));
    }
    return undefined;
  };
  pair.source.inject(count);
  pair.store.inject(count);
}

/** Waits until the servers have processed every request, including those of killed processes. */
async function settle({ pair }: ShardedPair): Promise<void> {
  pair.source.inject();
  pair.store.inject();
  const isOpen = () => pair.store.requests.some(({ status, fault }) => status === undefined && fault === undefined);
  while (isOpen()) await sleep(5);
}

async function runSchedule(t: TestContext, seed: number): Promise<void> {
  const random = mulberry32(seed);
  const { items, inputs, plan, shards } = scheduleOf(random);
  await using sharded = await openShardedPair({ items, plan });
  const { pair, table } = sharded;
  const original = await pair.source.readItems(table);
  const results: RunResult[] = [];
  await using stack = new AsyncDisposableStack();
  const keep = (run: RunResult): RunResult => {
    results.push(stack.use(run));
    return run;
  };
  const done = new Set<number>();
  let finished: RunResult | undefined;
  let kills = 0;
  for (let number = 1; number <= ATTEMPTS && finished?.exitCode !== 0; number += 1) {
    const isLast = number === ATTEMPTS;
    const before = pair.store.requests.length + pair.source.requests.length;
    // "Re-run failed jobs" runs the jobs that failed. Sometimes all run again.
    const wanted = Array.from({ length: shards }, (_, i) => i + 1).filter(
      (index) => !done.has(index) || random() < 0.2,
    );
    const steps = new Map(wanted.map((index) => [`${index}`, sharded.start(index, inputs, attempt(number))]));
    // Finish needs the shards, but a runner that is thought dead may still copy one.
    const isEarly = !isLast && random() < 0.2;
    if (isEarly) steps.set('finish', sharded.startFinish(finishing(number)));
    if (!isLast) killAtRandom(sharded, steps, random, 40 * wanted.length);
    const ended = new Map(
      await Promise.all([...steps].map(async ([name, step]) => [name, keep(await step.result)] as const)),
    );
    await settle(sharded);
    for (const [name, run] of ended) {
      if (run.signal !== null) kills += 1;
      // A runner that is not dead runs the post step of a step that was killed.
      if (run.signal !== null && name !== 'finish' && seed % 2 === 0) {
        const post = keep(await sharded.shard(Number(name), inputs, { ...attempt(number), postOf: run }));
        assert.equal(post.exitCode, 0, post.log);
      }
      if (name !== 'finish' && run.exitCode === 0) done.add(Number(name));
      if (isLast) assert.equal(run.exitCode, 0, run.log);
    }
    const early = ended.get('finish');
    if (early?.exitCode === 0) finished = early;
    if (finished?.exitCode !== 0 && (done.size === shards || random() < 0.3)) {
      const last = sharded.startFinish(finishing(number));
      if (!isLast) killAtRandom(sharded, new Map([['finish', last]]), random, 25);
      finished = keep(await last.result);
      await settle(sharded);
      if (finished.signal !== null) kills += 1;
    }
    await assertCompleteIfSummary(sharded, original);
    assert.ok(pair.store.requests.length + pair.source.requests.length > before);
  }
  assert.equal(finished?.exitCode, 0, finished?.log);
  const copy = await sharded.copyOf(finished);
  assertSameItems(copy.items(), original);
  assert.deepEqual(await checkpointKeys(pair), []);
  assert.deepEqual(await pair.store.openUploads(pair.bucket), []);
  assert.deepEqual(
    (await keysIn(pair)).filter((key) => !key.startsWith(copy.folder)),
    [],
  );
  t.diagnostic(`${shards} shards, ${items.length} items, ${kills} kills, ${results.length} steps`);
}

/** A copy with a manifest-summary.json must be complete at any time. */
async function assertCompleteIfSummary(
  sharded: ShardedPair,
  original: Parameters<typeof assertSameItems>[1],
): Promise<void> {
  const { pair, layout } = sharded;
  if (!(await keysIn(pair)).includes(layout.manifestSummary)) return;
  const copy = await sharded.readCopy();
  assertSameItems(copy.items(), original);
}

suite('a copy in shards whose jobs are killed at random moments and re-run', { concurrency: 2 }, () => {
  for (const seed of Array.from({ length: SCHEDULES }, (_, index) => FIRST_SEED + index)) {
    test(`contains every item once (seed ${seed})`, (t) => runSchedule(t, seed));
  }
});
