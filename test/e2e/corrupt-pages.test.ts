import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { damaged, dynamoDbError, type Fault, jsonAnswer } from '../emulators/faults.ts';
import { openSource } from '../emulators/source.ts';
import { assertSameItems } from '../fixtures/items.ts';
import { assertFailed, largeItems, openPair, type Pair, preload, startServers } from '../fixtures/pair.ts';
import { fewOf, firstOfEach, slowTest } from '../run/effort.ts';

await startServers();

/** About 30 pages of 30 kB: one after the other, so that a page that is asked for again can be told. */
const table = await fill();
const COPY = { 'dynamodb-table-name': table, 'total-segments': '1', 'dynamodb-scan-kwargs': 'Limit: 3' };
const PAGES = 31;

/** A body that is cut, under a checksum that fits it. */
const cutUnderChecksum: Fault = {
  rewrite: (answer) => ({ ...answer, body: answer.body.subarray(0, answer.body.length - 2) }),
};
const miscounted = jsonAnswer<{ Count: number }>((page) => ({ ...page, Count: page.Count + 1 }));
const withoutItems = jsonAnswer<{ Items?: unknown }>(({ Items: _, ...page }) => page);
const damagedWithoutChecksum: Fault = {
  rewrite: (answer) =>
    withoutChecksum({ ...answer, body: Buffer.from(answer.body.toString().replace('"text":{"S"', '"text":{"Z"')) }),
};

/** What can happen to pages; asked for again, they come whole. */
const PASSING: Readonly<Record<string, Readonly<Record<string, Fault>>>> = {
  'on the way': {
    'a byte that flipped': 'flip',
    'a connection that broke in the middle': 'cut',
    'a body that ended early': 'truncate',
    'a connection that closed before the answer': 'lose-answer',
    'a connection that closed at once': 'drop',
  },
  'under a checksum that fits, or without one': {
    'a body that is cut': cutUnderChecksum,
    'a wrong count': miscounted,
    'no items at all': withoutItems,
    'an unknown type': damagedWithoutChecksum,
  },
  'at the server': {
    'a throttle': dynamoDbError('ProvisionedThroughputExceededException', 'Slow down'),
    'a limit on the account': dynamoDbError('RequestLimitExceeded', 'Slow down'),
    'an error of the server': dynamoDbError('InternalServerError', 'Try again', 500),
    'a server that is not there': dynamoDbError('ServiceUnavailable', 'Try again', 503),
  },
};

suite('a page that does not arrive whole is asked for again', { concurrency: 2 }, () => {
  for (const [place, kinds] of fewOf(Object.entries(PASSING), 1)) {
    test(`damaged ${place}: ${Object.keys(kinds).join(', ')}`, async () => {
      await using pair = await openPair();
      // Each on a page of its own, and once more on the next request, which is for the same page.
      const faults = Object.values(kinds).flatMap((fault) => [fault, fault, undefined, undefined]);
      onScan(pair, (nth) => faults[nth - 2]);
      await using run = await pair.run(COPY, { env: { DYNAMODB_TO_S3_TIME_SCALE: '0.1' } });
      const copy = await pair.copyOf(run);
      assertSameItems(copy.items(), await pair.source.readItems(table));
      const scans = pair.source.requests.filter((request) => request.operation === 'Scan');
      const happened = faults.filter((fault) => fault !== undefined);
      assert.deepEqual(
        scans.map((request) => request.fault).filter((fault) => fault !== undefined),
        happened,
      );
      assert.equal(scans.length, PAGES + happened.length);
      assert.deepEqual(run.warnings, []);
    });
  }

  slowTest('nothing of this happens where a server sends no checksums: every page is read in full', async () => {
    await using pair = await openPair();
    onScan(pair, () => ({ rewrite: withoutChecksum }));
    await using run = await pair.run(COPY);
    assertSameItems((await pair.copyOf(run)).items(), await pair.source.readItems(table));
    assert.equal(pair.source.requests.filter((request) => request.operation === 'Scan').length, PAGES);
  });
});

/** What stays however often it is asked for. */
const LASTING: Readonly<Record<string, { readonly fault: Fault; readonly code: string }>> = {
  'a byte that flips': { fault: 'flip', code: 'PAGE_CORRUPT' },
  'a body that ends early': { fault: 'truncate', code: 'PAGE_CORRUPT' },
  'a body cut under a checksum that fits': { fault: cutUnderChecksum, code: 'PAGE_CORRUPT' },
  'a wrong count': { fault: miscounted, code: 'PAGE_CORRUPT' },
  'an unknown type, without a checksum': { fault: damagedWithoutChecksum, code: 'PAGE_CORRUPT' },
  'a connection that breaks in the middle': { fault: 'cut', code: 'NETWORK' },
};

suite('a page that never arrives whole is a failure', { concurrency: 2 }, () => {
  for (const [name, { fault, code }] of firstOfEach(Object.entries(LASTING), ([, { code }]) => code)) {
    test(name, async () => {
      await using pair = await openPair();
      onScan(pair, (nth) => (nth >= 5 ? fault : undefined));
      await using run = await pair.run(COPY, preload('fast-clock.ts'));
      await assertFailed(run, pair, code);
      assert.equal(run.outputs['item-count'], '12', 'the four pages before it');
    });
  }
});

test('damage under a good checksum is not damage to anybody: the copy is what was sent', async () => {
  await using pair = await openPair();
  onScan(pair, (nth) => (nth === 2 ? damaged : undefined));
  await using run = await pair.run(COPY);
  assert.equal((await pair.copyOf(run)).summary.itemCount, 91);
});

function onScan({ source }: Pair, faultOf: (nth: number) => Fault | undefined): void {
  source.inject(({ operation }, nth) => (operation === 'Scan' ? faultOf(nth) : undefined));
}

function withoutChecksum<A extends { readonly headers: Readonly<Record<string, unknown>> }>(answer: A): A {
  const { 'x-amz-crc32': _, ...headers } = answer.headers;
  return { ...answer, headers };
}

async function fill(): Promise<string> {
  await using source = await openSource();
  return await source.createTable(largeItems(91, 10_000));
}
