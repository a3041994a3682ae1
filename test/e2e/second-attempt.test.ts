import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { RunResult } from '../support/runner.ts';
import { assertSucceeded, type Inputs, largeItems, openPair, type Pair, startServers } from './pair.ts';
import { attempt, RESUMED } from './resume-attempts.ts';
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
} from './second-attempt.ts';

await startServers();

/** Two segments of several pages, with one or two objects each. */
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
  /** What its notices say. */
  readonly says: RegExp;
  /** Runs it beside a first attempt whose request is held, releases that request, and lets both end. */
  readonly run: (pair: Pair, inputs: Inputs, first: Hold, ended: Promise<RunResult>) => Promise<RunResult>;
}

const SECOND_ATTEMPTS: Readonly<Record<string, SecondAttempt>> = {
  'resumes, and has yet to write its summary': {
    says: /copy of attempt 1 goes on/,
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
  'resumes, and completes the copy first': {
    says: /copy of attempt 1 goes on/,
    async run(pair, inputs, first) {
      const second = await pair.run(inputs, attempt(2));
      first.release();
      return second;
    },
  },
  'starts afresh, and completes its copy first': {
    says: /this one starts afresh/,
    async run(pair, inputs, first) {
      replaceTable(pair);
      const second = await pair.run(inputs, attempt(2));
      pair.source.inject();
      first.release();
      return second;
    },
  },
};

for (const [secondTitle, { says, run }] of Object.entries(SECOND_ATTEMPTS)) {
  suite(`while a second attempt ${secondTitle}`, { concurrency: 3 }, () => {
    for (const [heldTitle, sees] of Object.entries(HELD_REQUESTS)) {
      test(`${heldTitle} by the first attempt arrives late and does no harm`, async () => {
        await using pair = await openPair();
        const inputs = { ...RESUMED, 'dynamodb-table-name': await pair.source.createTable(ITEMS) };
        const hold = holdFirst(sees);
        injectHolds(pair, hold);
        const first = pair.start(inputs);
        await heldBy(hold, first);
        await using second = await run(pair, inputs, hold, first.result);
        await using lost = await first.result;
        const items = await pair.source.readItems(inputs['dynamodb-table-name']);
        await assertNoHarm(pair, [lost, second], items);
        assertSucceeded(second);
        assert.match(second.notices.join('\n'), says);
        assertTakenOver(lost);
      });
    }
  });
}
