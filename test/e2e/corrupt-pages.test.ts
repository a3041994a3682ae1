import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { damaged, dynamoDbError, type Fault, jsonResponse } from '../emulators/faults.ts';
import { openSource } from '../emulators/source.ts';
import { assertSameItems } from '../fixtures/items.ts';
import { assertFailed, largeItems, openPair, type Pair, preload, startServers } from '../fixtures/pair.ts';
import { fewOf, firstOfEach, slowTest } from '../run/effort.ts';

await startServers();

/** About 30 pages of 30 kB. One segment reads them in sequence, which makes retried pages recognizable. */
const table = await fill();
const COPY = { 'dynamodb-table-name': table, 'total-segments': '1', 'dynamodb-scan-kwargs': 'Limit: 3' };
const PAGES = 31;

/** A truncated body with a valid checksum. */
const truncatedWithValidChecksum: Fault = {
  rewrite: (httpResponse) => ({ ...httpResponse, body: httpResponse.body.subarray(0, httpResponse.body.length - 2) }),
};
const wrongCount = jsonResponse<{ Count: number }>((page) => ({ ...page, Count: page.Count + 1 }));
const withoutItems = jsonResponse<{ Items?: unknown }>(({ Items: _, ...page }) => page);
const corruptedWithoutChecksum: Fault = {
  rewrite: (httpResponse) =>
    withoutChecksum({
      ...httpResponse,
      body: Buffer.from(httpResponse.body.toString().replace('"text":{"S"', '"text":{"Z"')),
    }),
};

/** Temporary errors; a retry returns the complete page. */
const TEMPORARY: Readonly<Record<string, Readonly<Record<string, Fault>>>> = {
  'network errors': {
    'flipped byte': 'flip',
    'connection reset within the body': 'cut',
    'truncated body': 'truncate',
    'connection closed before the response': 'lose-httpResponse',
    'connection closed immediately': 'drop',
  },
  'corruption that no checksum reveals': {
    'truncated body': truncatedWithValidChecksum,
    'wrong Count': wrongCount,
    'missing Items': withoutItems,
    'unknown attribute type': corruptedWithoutChecksum,
  },
  'DynamoDB errors': {
    throttling: dynamoDbError('ProvisionedThroughputExceededException', 'Slow down'),
    'account limit': dynamoDbError('RequestLimitExceeded', 'Slow down'),
    'internal server error': dynamoDbError('InternalServerError', 'Try again', 500),
    'service unavailable': dynamoDbError('ServiceUnavailable', 'Try again', 503),
  },
};

suite('retries of pages', { concurrency: 2 }, () => {
  for (const [kind, faultsByName] of fewOf(Object.entries(TEMPORARY), 1)) {
    slowTest(`requests a page again after ${kind} (${Object.keys(faultsByName).join(', ')})`, async () => {
      await using pair = await openPair();
      // Each fault affects one page: its first request and the first retry.
      const faults = Object.values(faultsByName).flatMap((fault) => [fault, fault, undefined, undefined]);
      onScan(pair, (nth) => faults[nth - 2]);
      await using run = await pair.run(COPY, { env: { DYNAMODB_TO_S3_TIME_SCALE: '0.1' } });
      const copy = await pair.copyOf(run);
      assertSameItems(copy.items(), await pair.source.readItems(table));
      const scans = pair.source.requests.filter((request) => request.operation === 'Scan');
      const injected = faults.filter((fault) => fault !== undefined);
      assert.deepEqual(
        scans.map((request) => request.fault).filter((fault) => fault !== undefined),
        injected,
      );
      assert.equal(scans.length, PAGES + injected.length);
      assert.deepEqual(run.warnings, []);
    });
  }

  slowTest('requests every page once if the responses have no checksums', async () => {
    await using pair = await openPair();
    onScan(pair, () => ({ rewrite: withoutChecksum }));
    await using run = await pair.run(COPY);
    assertSameItems((await pair.copyOf(run)).items(), await pair.source.readItems(table));
    assert.equal(pair.source.requests.filter((request) => request.operation === 'Scan').length, PAGES);
  });
});

/** Errors that occur again in each retry. */
const PERMANENT: Readonly<Record<string, { readonly fault: Fault; readonly code: string }>> = {
  'a flipped byte': { fault: 'flip', code: 'PAGE_CORRUPT' },
  'a truncated body': { fault: 'truncate', code: 'PAGE_CORRUPT' },
  'a truncated body with a valid checksum': { fault: truncatedWithValidChecksum, code: 'PAGE_CORRUPT' },
  'a wrong Count': { fault: wrongCount, code: 'PAGE_CORRUPT' },
  'an unknown attribute type without a checksum': { fault: corruptedWithoutChecksum, code: 'PAGE_CORRUPT' },
  'a connection reset within the body': { fault: 'cut', code: 'NETWORK' },
};

suite('pages that stay corrupted', { concurrency: 2 }, () => {
  for (const [name, { fault, code }] of firstOfEach(Object.entries(PERMANENT), ([, { code }]) => code)) {
    test(`fails with ${code} if every retry of a page returns ${name}`, async () => {
      await using pair = await openPair();
      onScan(pair, (nth) => (nth >= 5 ? fault : undefined));
      await using run = await pair.run(COPY, preload('fast-clock.ts'));
      await assertFailed(run, pair, code);
      assert.equal(run.outputs['item-count'], '12', 'items of the four pages before it');
    });
  }
});

slowTest('copies a page as it was sent if its checksum is valid', async () => {
  await using pair = await openPair();
  onScan(pair, (nth) => (nth === 2 ? damaged : undefined));
  await using run = await pair.run(COPY);
  assert.equal((await pair.copyOf(run)).summary.itemCount, 91);
});

function onScan({ source }: Pair, faultOf: (nth: number) => Fault | undefined): void {
  source.inject(({ operation }, nth) => (operation === 'Scan' ? faultOf(nth) : undefined));
}

function withoutChecksum<A extends { readonly headers: Readonly<Record<string, unknown>> }>(httpResponse: A): A {
  const { 'x-amz-crc32': _, ...headers } = httpResponse.headers;
  return { ...httpResponse, headers };
}

async function fill(): Promise<string> {
  await using source = await openSource();
  return await source.createTable(largeItems(91, 10_000));
}
