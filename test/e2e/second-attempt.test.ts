import assert from 'node:assert/strict';
import { suite } from 'node:test';
import type { Item } from '../emulators/source.ts';
import { chosenStore } from '../emulators/store.ts';
import { ABILITIES } from '../emulators/store-servers.ts';
import { assertSameItems } from '../fixtures/items.ts';
import { assertSucceeded, type Inputs, largeItems, openPair, type Pair, startServers } from '../fixtures/pair.ts';
import { readCopy } from '../fixtures/read-copy.ts';
import { attempt, dieAt, RESUMED } from '../fixtures/resume-attempts.ts';
import {
  assertNoHarm,
  assertTakenOver,
  type Hold,
  heldBy,
  holdFirst,
  injectHolds,
  listsData,
  putsObject,
  replaceTable,
  type SeesRequest,
} from '../fixtures/second-attempt.ts';
import { fewOf, slowTest } from '../run/effort.ts';
import type { RunResult } from '../runner/runner.ts';

await startServers();

/** Reason to skip tests with a part of an aborted upload; false if the store rejects it as S3 does. */
const SKIP_LATE_PART =
  !ABILITIES[chosenStore()].refusePartsOfAborted && 'the store returns 500 for a part of an aborted upload';

/** Two segments of several pages, each with one or two objects. */
const ITEMS = largeItems(18, 10_000);

const HELD_REQUESTS: Readonly<Record<string, SeesRequest>> = {
  'the listing of data/': listsData,
  'the PUT of manifest-files.md5': putsObject('manifest-files.md5'),
  'the PUT of manifest-files.json': putsObject('manifest-files.json'),
  'the PUT of manifest-copy.json': putsObject('manifest-copy.json'),
  'the PUT of manifest-summary.md5': putsObject('manifest-summary.md5'),
  'the PUT of manifest-summary.json': putsObject('manifest-summary.json'),
};

interface SecondAttempt {
  /** Expected notice. */
  readonly notice: RegExp;
  /** Runs the second attempt while a request of the first is held, releases that request, and lets both end. */
  readonly run: (pair: Pair, inputs: Inputs, first: Hold, ended: Promise<RunResult>) => Promise<RunResult>;
}

const SECOND_ATTEMPTS: Readonly<Record<string, SecondAttempt>> = {
  'resumes the copy and has not yet written its summary': {
    notice: /Resuming the copy of attempt 1/,
    async run(pair, inputs, first, ended) {
      const summary = holdFirst(putsObject('manifest-summary.json'));
      injectHolds(pair, first, summary);
      const second = pair.start(inputs, attempt(2));
      await heldBy(summary, second);
      first.release();
      await ended;
      summary.release();
      return second.result;
    },
  },
  'resumes and completes the copy first': {
    notice: /Resuming the copy of attempt 1/,
    async run(pair, inputs, first) {
      const second = await pair.run(inputs, attempt(2));
      first.release();
      return second;
    },
  },
  'starts over and completes its own copy first': {
    notice: /This attempt starts over/,
    async run(pair, inputs, first) {
      replaceTable(pair);
      const second = await pair.run(inputs, attempt(2));
      pair.source.inject();
      first.release();
      return second;
    },
  },
};

for (const [behavior, { notice, run }] of Object.entries(SECOND_ATTEMPTS)) {
  suite(`a second attempt that ${behavior}`, { concurrency: 3 }, () => {
    for (const [heldRequest, sees] of fewOf(Object.entries(HELD_REQUESTS), 1)) {
      slowTest(
        `succeeds, and the first fails with TAKEN_OVER, if ${heldRequest} by the first arrives late`,
        async () => {
          await using pair = await openPair();
          const inputs = { ...RESUMED, 'dynamodb-table-name': await pair.source.createTable(ITEMS) };
          const hold = holdFirst(sees);
          injectHolds(pair, hold);
          const first = pair.start(inputs);
          await heldBy(hold, first);
          await using second = await run(pair, inputs, hold, first.result);
          await using takenOver = await first.result;
          const items = await pair.source.readItems(inputs['dynamodb-table-name']);
          await assertNoHarm(pair, [takenOver, second], items);
          assertSucceeded(second);
          assert.match(second.notices.join('\n'), notice);
          assertTakenOver(takenOver);
        },
      );
    }
  });
}

suite('a copy that a second attempt has resumed and completed', { concurrency: 3 }, () => {
  const held: Readonly<Record<string, SeesRequest>> = {
    'PUT of a data object': ({ operation, key }) => operation === 'PutObject' && key.includes('/data/'),
    'PUT of the checkpoint of a segment': ({ operation, key }) =>
      operation === 'PutObject' && key.includes('/segment-'),
    'renewal of the run lock before the manifests': ({ operation, headers, key, nth }) =>
      operation === 'PutObject' && key.endsWith('/run.json') && headers['if-match'] !== undefined && nth > 12,
  };
  for (const [request, sees] of fewOf(Object.entries(held), 1)) {
    slowTest(`is not changed by a late ${request} by the first attempt, which fails with TAKEN_OVER`, () =>
      assertNoHarmByLate(sees, { table: largeItems(18, 10_000), inputs: RESUMED }),
    );
  }

  const uploads: Readonly<Record<string, SeesRequest>> = {
    CreateMultipartUpload: ({ operation }) => operation === 'CreateMultipartUpload',
    UploadPart: ({ operation }) => operation === 'UploadPart',
    CompleteMultipartUpload: ({ operation }) => operation === 'CompleteMultipartUpload',
  };
  for (const [operation, sees] of fewOf(Object.entries(uploads), 1)) {
    const skip = operation === 'UploadPart' && SKIP_LATE_PART;
    slowTest(`is not changed by a late ${operation} of the first attempt, which fails with TAKEN_OVER`, { skip }, () =>
      assertNoHarmByLate(sees, {
        table: largeItems(70),
        inputs: { resume: 'true', compression: 'none', 'total-segments': '1' },
      }),
    );
  }
});

/** Holds a request of a first attempt until a second attempt has completed the copy. Then lets the first attempt end. */
async function assertNoHarmByLate(sees: SeesRequest, { table, inputs }: { table: Item[]; inputs: Inputs }) {
  await using pair = await openPair();
  const all = { ...inputs, 'dynamodb-table-name': await pair.source.createTable(table) };
  const hold = holdFirst(sees);
  injectHolds(pair, hold);
  const first = pair.start(all);
  await heldBy(hold, first);
  await using second = await pair.run(all, attempt(2));
  assertSucceeded(second);
  hold.release();
  await using takenOver = await first.result;
  await assertNoHarm(pair, [takenOver, second], await pair.source.readItems(all['dynamodb-table-name']));
  assertTakenOver(takenOver);
  assert.deepEqual(await pair.store.openUploads(pair.bucket), []);
}

slowTest('a copy of a second attempt is not changed if the first ends while a third starts over', async () => {
  await using pair = await openPair();
  const inputs = { ...RESUMED, 'dynamodb-table-name': await pair.source.createTable(ITEMS) };
  const [summary, files] = [
    holdFirst(putsObject('manifest-summary.json')),
    holdFirst(putsObject('manifest-files.json')),
  ];
  injectHolds(pair, summary);
  const first = pair.start(inputs);
  await heldBy(summary, first);
  await using second = await pair.run(inputs, attempt(2));
  assertSucceeded(second);
  injectHolds(pair, files);
  const third = pair.start(inputs, attempt(3));
  await heldBy(files, third);
  summary.release();
  await using takenOver = await first.result;
  files.release();
  await using again = await third.result;
  await assertNoHarm(pair, [takenOver, second, again], await pair.source.readItems(inputs['dynamodb-table-name']));
  assertSucceeded(again);
  assertTakenOver(takenOver);
});

slowTest('a first attempt fails with TAKEN_OVER if it loses the run lock before its first checkpoint', async () => {
  await using pair = await openPair();
  const inputs = { ...RESUMED, 'dynamodb-table-name': await pair.source.createTable(ITEMS) };
  let isLocked = false;
  const read = holdFirst((request) => {
    isLocked ||= putsObject('run.json')(request);
    return isLocked && request.operation === 'GetObject' && request.key.endsWith('/run.json');
  });
  injectHolds(pair, read);
  const first = pair.start(inputs);
  await heldBy(read, first);
  await using second = await pair.run(inputs, attempt(2));
  assertSucceeded(second);
  read.release();
  await using takenOver = await first.result;
  await assertNoHarm(pair, [takenOver, second], await pair.source.readItems(inputs['dynamodb-table-name']));
  assertTakenOver(takenOver);
});

slowTest('a second attempt fails with TAKEN_OVER if it loses the run lock before it reads checkpoints', async () => {
  await using pair = await openPair();
  const inputs = { ...RESUMED, 'dynamodb-table-name': await pair.source.createTable(ITEMS) };
  await using _ = await dieAt(pair, inputs, putsObject('manifest-files.json'), 'drop');
  const read = holdFirst(({ operation, key }) => operation === 'GetObject' && key.includes('/segment-'));
  injectHolds(pair, read);
  const second = pair.start(inputs, attempt(2));
  await heldBy(read, second);
  await using third = await pair.run(inputs, attempt(3));
  assertSucceeded(third);
  read.release();
  await using takenOver = await second.result;
  await assertNoHarm(pair, [takenOver, third], await pair.source.readItems(inputs['dynamodb-table-name']));
  assertTakenOver(takenOver);
});

slowTest('a second attempt keeps the run lock if the first deletes its checkpoints late', async () => {
  await using pair = await openPair();
  const inputs = { ...RESUMED, 'dynamodb-table-name': await pair.source.createTable(ITEMS) };
  const deletion = holdFirst(({ operation }) => /^DeleteObjects?$/.test(operation));
  const files = holdFirst(putsObject('manifest-files.md5'));
  injectHolds(pair, deletion);
  const first = pair.start(inputs);
  await heldBy(deletion, first);
  injectHolds(pair, files);
  const second = pair.start(inputs, attempt(2));
  await heldBy(files, second);
  deletion.release();
  await using done = await first.result;
  files.release();
  await using again = await second.result;
  await assertNoHarm(pair, [done, again], await pair.source.readItems(inputs['dynamodb-table-name']));
  assertSucceeded(done);
  assertSucceeded(again);
});

slowTest('a manifest-summary.json that arrives after both attempts were killed refers to a complete copy', async () => {
  await using pair = await openPair();
  const inputs = { ...RESUMED, 'dynamodb-table-name': await pair.source.createTable(ITEMS) };
  const [one, two] = [holdFirst(putsObject('manifest-summary.json')), holdFirst(putsObject('manifest-summary.json'))];
  injectHolds(pair, one, two);
  const runs: RunResult[] = [];
  for (const [number, hold] of [one, two].entries()) {
    const running = pair.start(inputs, attempt(number + 1));
    await heldBy(hold, running);
    running.kill('SIGKILL');
    runs.push(await running.result);
  }
  const summary = await one.held;
  one.release();
  while ((await pair.store.list(pair.bucket, summary.key)).length === 0);
  const items = await pair.source.readItems(inputs['dynamodb-table-name']);
  const copy = await readCopy(pair.store, pair.bucket, summary.key);
  assertSameItems(copy.items(), items);
  two.release();
  for (const run of runs) await run[Symbol.asyncDispose]();
});
