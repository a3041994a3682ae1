import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Fault } from '../emulators/faults.ts';
import { openSource } from '../emulators/source.ts';
import { assertFailed, keysIn, largeItems, openPair, type Pair, startServers } from '../fixtures/pair.ts';
import { integer, seeded } from '../fixtures/random-pages.ts';
import { fewOf, slowTest } from '../run/effort.ts';
import type { RunResult } from '../runner/runner.ts';
import { workspaceOf } from '../transform/workspace.ts';

await startServers();

/** 24 MB in four segments; each segment is one multipart upload. */
const table = await fill(240);
const COPY = { 'dynamodb-table-name': table, compression: 'none', 'total-segments': '4' };

/** Time limit for a cancelled step. GitHub sends SIGTERM 7.5 seconds after SIGINT. */
const CANCEL_LIMIT_MS = 5_000;

const MOMENTS = 20;
const SEED = 20_261_122;

suite('cancellation', { concurrency: 2 }, () => {
  slowTest(
    `ends within 5 s of a cancellation without open uploads, at ${MOMENTS} random moments (seed ${SEED})`,
    async (t) => {
      const random = seeded(SEED);
      const total = await requestsPerCopy();
      const cancelled: Cancelled[] = [];
      for (let i = 0; i < MOMENTS; i += 1) {
        // The progress is measured in requests, not in time, because the speed of the machine varies.
        cancelled.push(await cancelAfter(integer(random, 0, total - 1), integer(random, 0, 60), total));
      }
      const withOpenUploads = cancelled.filter(({ hadOpenUploads }) => hadOpenUploads).length;
      assert.ok(withOpenUploads > 0, 'control: uploads were open at some of the moments');
      const count = (end: Cancelled['end']) => cancelled.filter((one) => one.end === end).length;
      const slowestMs = Math.round(Math.max(...cancelled.map(({ tookMs }) => tookMs)));
      t.diagnostic(
        `${count('cancelled')} cancelled, ${count('not started')} not started, ${count('complete')} complete; ${withOpenUploads} with open uploads; the slowest took ${slowestMs} ms`,
      );
    },
  );

  for (const hanging of fewOf(['UploadPart', 'CreateMultipartUpload', 'Scan'], 2)) {
    test(`ends a cancelled step while ${hanging} gets no response`, async () => {
      await using pair = await openPair();
      const arrived = Promise.withResolvers<void>();
      const hang = ({ operation }: { readonly operation: string }): Fault | undefined => {
        if (operation !== hanging) return undefined;
        arrived.resolve();
        return 'hang';
      };
      pair.source.inject(hang);
      pair.store.inject(hang);
      const step = pair.start(COPY);
      await arrived.promise;
      await assertCancelled(pair, step);
    });
  }

  slowTest(
    'warns about uploads that it cannot abort because S3 does not respond, and the post step aborts them',
    async () => {
      await using pair = await openPair();
      const arrived = Promise.withResolvers<void>();
      pair.store.inject(({ operation }) => {
        if (operation === 'UploadPart') arrived.resolve();
        return pair.store.uploads.created().length > 0 && operation !== 'CreateMultipartUpload' ? 'hang' : undefined;
      });
      const step = pair.start(COPY);
      await arrived.promise;
      const cancelledAt = performance.now();
      step.cancel();
      await using run = await step.result;
      assert.ok(performance.now() - cancelledAt < CANCEL_LIMIT_MS, run.log);
      assert.equal(run.exitCode, 1);
      assert.equal(run.signal, null);
      assert.equal(run.errors.length, 1);
      assert.match(run.warnings.join('\n'), /could not be aborted/);
      assert.ok((await pair.store.openUploads(pair.bucket)).length > 0);

      pair.store.inject();
      await using post = await pair.run(COPY, { postOf: run });
      assert.equal(post.exitCode, 0);
      assert.deepEqual(await pair.store.openUploads(pair.bucket), []);
    },
  );

  slowTest('ends a cancelled step although the process-func module never returns', async () => {
    await using pair = await openPair();
    using workspace = workspaceOf({
      'hangs.mjs': 'setInterval(() => {}, 1000);\nexport default () => new Promise(() => {});',
    });
    const arrived = Promise.withResolvers<void>();
    pair.source.inject(({ operation }, nth) => {
      if (operation === 'Scan' && nth >= 4) arrived.resolve();
      return undefined;
    });
    const step = pair.start({ ...COPY, 'process-func': 'hangs.mjs' }, { workspace: workspace.path });
    await arrived.promise;
    await assertCancelled(pair, step);
  });

  slowTest('cancels on SIGTERM and ignores a later SIGINT', async () => {
    await using pair = await openPair();
    slowDown(pair);
    const step = pair.start(COPY);
    while (pair.store.uploads.open().length === 0) await sleep(5);
    step.kill('SIGTERM');
    await step.printed(/Cancelled/);
    step.kill('SIGINT');
    await using run = await step.result;
    await assertFailed(run, pair, 'CANCELLED');
    assert.match(run.log, /Cancelled \(SIGTERM\)/);
  });
});

interface Cancelled {
  readonly end: 'complete' | 'not started' | 'cancelled';
  readonly tookMs: number;
  readonly hadOpenUploads: boolean;
}

/** Cancels a copy `moreMs` after its first `after` requests, and checks how it ends. */
async function cancelAfter(after: number, moreMs: number, total: number): Promise<Cancelled> {
  await using pair = await openPair();
  slowDown(pair);
  const step = pair.start(COPY);
  while (requestCount(pair) < after) await sleep(1);
  await sleep(moreMs);
  const hadOpenUploads = pair.store.uploads.open().length > 0;
  const cancelledAt = performance.now();
  step.cancel();
  await using run = await step.result;
  const tookMs = performance.now() - cancelledAt;
  const moment = `${moreMs} ms after ${after} of ${total} requests:\n${run.log}`;
  assert.ok(tookMs < CANCEL_LIMIT_MS, `the step took ${Math.round(tookMs)} ms to end, ${moment}`);
  assert.deepEqual(await pair.store.openUploads(pair.bucket), [], moment);
  return { end: await assertEnd(pair, run), tookMs, hadOpenUploads };
}

/** Checks the result of a step that was cancelled at any moment, also before its start or after its end. */
async function assertEnd(pair: Pair, run: RunResult): Promise<Cancelled['end']> {
  if (run.exitCode === 0) {
    await pair.copyOf(run);
    return 'complete';
  }
  if (run.signal === 'SIGINT' && /^Done: /m.test(run.log)) {
    // The signal arrived after the last line of the log, while the process was ending.
    assert.ok((await keysIn(pair)).some((key) => key.endsWith('manifest-summary.json')));
    return 'complete';
  }
  if (run.signal === 'SIGINT') {
    // The signal arrived before the Action had a handler for it, and so before the first request.
    assert.deepEqual(pair.store.requests, []);
    return 'not started';
  }
  const { message } = await assertFailed(run, pair, 'CANCELLED');
  assert.match(message, /cancelled/);
  return 'cancelled';
}

async function assertCancelled(pair: Pair, step: ReturnType<Pair['start']>): Promise<void> {
  const cancelledAt = performance.now();
  step.cancel();
  await using run = await step.result;
  assert.ok(performance.now() - cancelledAt < CANCEL_LIMIT_MS, run.log);
  assert.equal(run.signal, null);
  await assertFailed(run, pair, 'CANCELLED');
}

/** Makes a copy slow enough to cancel it while uploads are open. */
function slowDown({ source, store }: Pair): void {
  source.inject(({ operation }) => (operation === 'Scan' ? { delayMs: 60 } : undefined));
  store.inject(({ operation }) => (operation === 'UploadPart' ? { delayMs: 150 } : undefined));
}

function requestCount({ source, store }: Pair): number {
  return source.requests.length + store.requests.length;
}

/** Returns the number of requests of a complete copy. */
async function requestsPerCopy(): Promise<number> {
  await using pair = await openPair();
  slowDown(pair);
  await using run = await pair.run(COPY);
  await pair.copyOf(run);
  assert.ok(pair.store.uploads.completed().length > 1, 'control: the copy has several multipart uploads');
  return requestCount(pair);
}

async function fill(items: number): Promise<string> {
  await using source = await openSource();
  return await source.createTable(largeItems(items));
}
