import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { mulberry32 } from '../emulators/replay-pages.ts';
import { openSource } from '../emulators/source.ts';
import { assertSameItems } from '../fixtures/items.ts';
import { assertSucceeded, type Inputs, keysIn, openPair, type Pair, startServers } from '../fixtures/pair.ts';
import { attempt, checkpointKeys, scans } from '../fixtures/resume-attempts.ts';
import type { RunResult } from '../runner/runner.ts';

await startServers();

/**
 * RESUME_KILLS says how many, RESUME_SEED from which seed on: the one of a kill that failed does it again, or nearly.
 * Before the peers, a share of them.
 */
const KILLS = Number(process.env['RESUME_KILLS'] ?? (process.env['TEST_STORE'] === undefined ? 50 : 4));
const FIRST_SEED = Number(process.env['RESUME_SEED'] ?? 1);

const ITEM_BYTES = 40_000;
const MAX_ITEMS_PER_PAGE = 10;

/** 12 MB: multipart uploads where file-size is large, segments are few and nothing is compressed. */
const table = await fill(300);

suite('killed at a random moment and run again, a copy is the table', { concurrency: 2 }, () => {
  for (let seed = FIRST_SEED; seed < FIRST_SEED + KILLS; seed += 1) {
    test(`seed ${seed}`, async (t) => {
      const random = mulberry32(seed);
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
      const hasPost = seed % 2 === 0;
      await using whole = await openPair();
      await using control = await whole.run({ ...inputs, resume: 'false' });
      assertSucceeded(control);
      const requests = whole.source.requests.length + whole.store.requests.length;

      await using pair = await openPair();
      await using killed = await killAt(pair, inputs, Math.ceil(random() * requests), random() * 20);
      const open = pair.store.uploads.open().length;
      if (hasPost) {
        await using post = await pair.run(inputs, { postOf: killed });
        assert.equal(post.exitCode, 0, post.log);
        assert.deepEqual(await pair.store.openUploads(pair.bucket), []);
      }
      if (killed.signal === null) {
        // It was done before it could be killed; there is nothing to run again.
        await assertWhole(pair, killed);
        t.diagnostic('it ended by itself');
        return;
      }
      await using run = await pair.run(inputs, attempt(2));
      await assertWhole(pair, run);
      const [read, again] = [scannedBytes(whole), scannedBytes(pair)];
      // A segment has at most one object that is not stored yet. That ends with the page that makes it reach file-size.
      const most = segments * (fileBytes + MAX_ITEMS_PER_PAGE * (ITEM_BYTES + 200));
      assert.ok(again - read < most, `${again - read} bytes were read again, of ${most} at the most`);
      const left = `${open} uploads open${hasPost ? ', ended by post' : ''}`;
      const share = `${again - read} bytes read again, of ${most}`;
      t.diagnostic(`${segments} segments of ${fileSize}, ${left}; ${share}`);
    });
  }
});

/** Runs a first attempt and kills it so many milliseconds after its nth request. */
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
  // What was on its way when it died still arrives, and comes to an end.
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
  // A first attempt that died before it wrote run.json leaves its marker, and nothing else.
  assert.deepEqual(
    others.filter((key) => !key.endsWith('/_started')),
    [],
  );
}

function scannedBytes(pair: Pair): number {
  return scans(pair).reduce((sum, { answer }) => sum + (answer?.length ?? 0), 0);
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
