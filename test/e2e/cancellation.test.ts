import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Fault } from '../emulators/faults.ts';
import { openSource } from '../emulators/source.ts';
import { assertFailed, keysIn, largeItems, openPair, type Pair, startServers } from '../fixtures/pair.ts';
import { integer, seeded } from '../fixtures/random-pages.ts';
import { slowTest } from '../run/effort.ts';
import { workspaceOf } from '../transform/workspace.ts';

await startServers();

/** 24 MB in four segments: each makes a multipart upload. */
const table = await fill(240);
const COPY = { 'dynamodb-table-name': table, compression: 'none', 'total-segments': '4' };

/** What a runner leaves is 7.5 seconds, until it gets rough. */
const LEAVE_MS = 5_000;

const MOMENTS = 20;
const SEED = 20_261_122;

suite('a step that is cancelled', { concurrency: 2 }, () => {
  slowTest(`at ${MOMENTS} random moments (seed ${SEED}) ends within 5 s and leaves no upload open`, async (t) => {
    const random = seeded(SEED);
    const whole = await requestsOfWhole();
    const ends: string[] = [];
    let slowest = 0;
    let inUpload = 0;
    for (let i = 0; i < MOMENTS; i += 1) {
      // Requests say how far it is; a time would not, on a machine that is now faster and now slower.
      const after = integer(random, 0, whole - 1);
      const moreMs = integer(random, 0, 60);
      await using pair = await openPair();
      slowDown(pair);
      const step = pair.start(COPY);
      while (requestsOf(pair) < after) await sleep(1);
      await sleep(moreMs);
      if (pair.store.uploads.open().length > 0) inUpload += 1;
      const cancelledAt = performance.now();
      step.cancel();
      await using run = await step.result;
      const tookMs = performance.now() - cancelledAt;
      slowest = Math.max(slowest, tookMs);
      const where = `${moreMs} ms after ${after} of ${whole} requests:\n${run.log}`;
      assert.ok(tookMs < LEAVE_MS, `it took ${Math.round(tookMs)} ms, ${where}`);
      assert.deepEqual(await pair.store.openUploads(pair.bucket), [], where);
      if (run.exitCode === 0) {
        await pair.copyOf(run);
        ends.push('complete');
      } else if (run.signal === 'SIGINT' && /^Done: /m.test(run.log)) {
        // After the last word of the Action, as its process went.
        assert.ok((await keysIn(pair)).some((key) => key.endsWith('manifest-summary.json')));
        ends.push('complete');
      } else if (run.signal === 'SIGINT') {
        // Before the Action could heed it, and so before it did anything.
        assert.deepEqual(pair.store.requests, []);
        ends.push('not begun');
      } else {
        const { message } = await assertFailed(run, pair, 'CANCELLED');
        assert.match(message, /cancelled/);
        ends.push('cancelled');
      }
    }
    assert.ok(inUpload > 0, 'control: at some moments, uploads were open');
    const count = (end: string) => ends.filter((other) => other === end).length;
    t.diagnostic(
      `${count('cancelled')} cancelled, ${count('not begun')} not begun, ${count('complete')} complete; ${inUpload} with uploads open; the slowest took ${Math.round(slowest)} ms`,
    );
  });

  const MUTE: Readonly<Record<string, Fault>> = { UploadPart: 'hang', CreateMultipartUpload: 'hang', Scan: 'hang' };
  for (const [operation, fault] of Object.entries(MUTE)) {
    test(`while ${operation} is not answered`, async () => {
      await using pair = await openPair();
      const arrived = Promise.withResolvers<void>();
      const stall = (request: { readonly operation: string }) => {
        if (request.operation !== operation) return undefined;
        arrived.resolve();
        return fault;
      };
      pair.source.inject(stall);
      pair.store.inject(stall);
      const step = pair.start(COPY);
      await arrived.promise;
      await assertCancelled(pair, step);
    });
  }

  slowTest('while S3 answers nothing at all: what stays open is told, and left to the end of the job', async () => {
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
    assert.ok(performance.now() - cancelledAt < LEAVE_MS, run.log);
    assert.equal(run.exitCode, 1);
    assert.equal(run.signal, null);
    assert.equal(run.errors.length, 1);
    assert.match(run.warnings.join('\n'), /could not be aborted/);
    assert.ok((await pair.store.openUploads(pair.bucket)).length > 0);

    pair.store.inject();
    await using post = await pair.run(COPY, { postOf: run });
    assert.equal(post.exitCode, 0);
    assert.deepEqual(await pair.store.openUploads(pair.bucket), []);
  });

  slowTest('although the code of a process-func does not end', async () => {
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

  test('by SIGTERM, as by SIGINT, and a second time in vain', async () => {
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

async function assertCancelled(pair: Pair, step: ReturnType<Pair['start']>): Promise<void> {
  const cancelledAt = performance.now();
  step.cancel();
  await using run = await step.result;
  assert.ok(performance.now() - cancelledAt < LEAVE_MS, run.log);
  assert.equal(run.signal, null);
  await assertFailed(run, pair, 'CANCELLED');
}

/** So that a copy takes a while, and most of it with uploads open. */
function slowDown({ source, store }: Pair): void {
  source.inject(({ operation }) => (operation === 'Scan' ? { delayMs: 60 } : undefined));
  store.inject(({ operation }) => (operation === 'UploadPart' ? { delayMs: 150 } : undefined));
}

function requestsOf({ source, store }: Pair): number {
  return source.requests.length + store.requests.length;
}

async function requestsOfWhole(): Promise<number> {
  await using pair = await openPair();
  slowDown(pair);
  await using run = await pair.run(COPY);
  await pair.copyOf(run);
  assert.ok(pair.store.uploads.completed().length > 1, 'control: it makes multipart uploads');
  return requestsOf(pair);
}

async function fill(items: number): Promise<string> {
  await using source = await openSource();
  return await source.createTable(largeItems(items));
}
