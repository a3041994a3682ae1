// Import this first: it sets the time scale.
import '../aws/shorter-waits.ts';
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { ScanRequest } from '../../src/scan/scan-request.ts';
import { dynamoDbError, jsonResponse, s3Error } from '../emulators/faults.ts';
import { copiedObjects, itemsIn, itemsOf, openScanFixture, type Run, type ScanFixture } from './scan-fixture.ts';

/** 40 items of 100 KB: a page of 3 items costs about 37 RCU, and at most 150 by the maximum size of an item. */
const ITEMS = itemsOf(40, 100_000);
const RESUME = { step: 'step', isPrefix: () => true, requestHash: 'r', prefix: '' };
const RUN_JSON = '/_resume/step/run.json';

function attempt(number: number, maxConsumedReadCapacity?: number): Partial<ScanRequest> {
  const scan = { request: { Limit: 3 } };
  return { scan, totalSegments: 2, maxConsumedReadCapacity, resume: { ...RESUME, attempt: number } };
}

function unitsOf({ copy }: Run): number {
  return copy.consumedReadCapacity;
}

async function assertWhole(fixture: ScanFixture, { copy, error }: Run): Promise<void> {
  assert.equal(error, undefined);
  assert.equal(copy.stage, 'complete');
  assert.equal(itemsIn(await copiedObjects(fixture, copy)).length, ITEMS.length);
}

/** Returns the consumption that run.json records. */
async function recorded({ store, bucket }: ScanFixture): Promise<number> {
  const keys = (await store.list(bucket, 'AWSDynamoDB/_resume/')).map(({ key }) => key);
  const key = keys.find((each) => each.endsWith(RUN_JSON)) ?? '';
  return JSON.parse((await store.read(bucket, key)).toString()).consumedReadCapacity;
}

suite('a scan with a read budget', () => {
  test('stops before it exceeds the budget, and a re-run with a higher one continues after what was read', async () => {
    await using fixture = await openScanFixture(ITEMS);
    const first = await fixture.run(attempt(1, 300));
    assert.equal((first.error as { code?: string }).code, 'READ_BUDGET_EXHAUSTED');
    assert.ok(unitsOf(first) > 150 && unitsOf(first) <= 300, `${unitsOf(first)} RCU`);
    assert.ok(first.copy.stage === 'started' && first.copy.isResumable);
    assert.ok(first.copy.files.length > 0, 'the objects in progress are stored');
    assert.equal(
      first.copy.itemCount,
      first.copy.files.reduce((sum, { itemCount }) => sum + itemCount, 0),
      'nothing that was read is lost',
    );
    assert.equal(await recorded(fixture), unitsOf(first));

    const before = fixture.scans().length;
    const second = await fixture.run(attempt(2, 300));
    assert.equal((second.error as { code?: string }).code, 'READ_BUDGET_EXHAUSTED');
    assert.equal(fixture.scans().length, before, 'with the same budget, nothing more is read');

    const third = await fixture.run(attempt(3, 1_000));
    await assertWhole(fixture, third);
    assert.equal(third.copy.scannedCount, ITEMS.length, 'each item was read once');
    assert.ok(unitsOf(third) < 600, `${unitsOf(third)} RCU`);
    const messages = fixture.messages.map(({ message }) => message).join('\n');
    assert.match(messages, /consumes at most 1,000 .* in total, of which earlier attempts have consumed \d/);
  });

  test('fails with the first other error, if a segment fails while the others wait for the budget', async () => {
    await using fixture = await openScanFixture(ITEMS);
    let seen = 0;
    fixture.source.inject(({ operation }) => {
      if (operation !== 'Scan') return undefined;
      seen += 1;
      return seen === 3 ? dynamoDbError('AccessDeniedException') : undefined;
    });
    const { error } = await fixture.run({ ...attempt(1, 300), totalSegments: 8 });
    assert.equal((error as { name?: string }).name, 'AccessDeniedException');
  });

  test('that is just enough completes the copy', async () => {
    await using fixture = await openScanFixture(ITEMS);
    const units = unitsOf(await fixture.run({ totalSegments: 1 }));
    const enough = await fixture.run({ totalSegments: 1, maxConsumedReadCapacity: units + 178 });
    await assertWhole(fixture, enough);
  });

  test('counts all that a killed attempt had recorded', async () => {
    await using fixture = await openScanFixture(ITEMS);
    let seen = 0;
    fixture.source.inject(({ operation }) =>
      operation === 'Scan' && ++seen > 6 ? dynamoDbError('AccessDeniedException') : undefined,
    );
    // Like the end of a process that is killed, the end of this one is not recorded.
    fixture.store.inject(({ key, method }) =>
      method === 'PUT' && key.endsWith(RUN_JSON) && seen > 6 ? s3Error('AccessDenied', 403) : undefined,
    );
    const first = await fixture.run(attempt(1, 2_000));
    assert.ok(first.error);
    const ahead = await recorded(fixture);
    assert.ok(ahead >= unitsOf(first) && ahead <= unitsOf(first) + 0.05 * 2_000 + 300, `${ahead} RCU`);
    fixture.source.inject();
    fixture.store.inject();
    const second = await fixture.run(attempt(2, ahead + 149));
    assert.equal((second.error as { code?: string }).code, 'READ_BUDGET_EXHAUSTED');
    await assertWhole(fixture, await fixture.run(attempt(3, 4_000)));
  });

  test('counts nothing of a copy that an earlier attempt has completed, even if its checkpoints could not be deleted', async () => {
    await using fixture = await openScanFixture(ITEMS);
    fixture.store.inject(({ operation }) =>
      /^DeleteObjects?$/.test(operation) ? s3Error('AccessDenied', 403) : undefined,
    );
    const first = await fixture.run(attempt(1, 1_000));
    await assertWhole(fixture, first);
    assert.ok((await recorded(fixture)) >= unitsOf(first));
    await assertWhole(fixture, await fixture.run(attempt(2, unitsOf(first) + 300)));
  });

  test('counts what an attempt without a budget has consumed', async () => {
    await using fixture = await openScanFixture(ITEMS);
    let seen = 0;
    fixture.source.inject(({ operation }) =>
      operation === 'Scan' && ++seen > 8 ? dynamoDbError('AccessDeniedException') : undefined,
    );
    const first = await fixture.run(attempt(1));
    assert.ok(first.error);
    fixture.source.inject();
    assert.ok((await recorded(fixture)) >= unitsOf(first));
    const second = await fixture.run(attempt(2, unitsOf(first) + 100));
    assert.equal((second.error as { code?: string }).code, 'READ_BUDGET_EXHAUSTED');
  });

  test('counts a lost response with the most that it can have consumed, and a throttled request with nothing', async () => {
    await using fixture = await openScanFixture(ITEMS);
    let lost = 0;
    let throttled = 0;
    fixture.source.inject(({ operation }) => {
      if (operation !== 'Scan') return undefined;
      if (throttled < 5) {
        throttled += 1;
        return dynamoDbError('ProvisionedThroughputExceededException');
      }
      lost += 1;
      return lost <= 4 ? 'drop' : undefined;
    });
    const { error, copy } = await fixture.run({ ...attempt(1, 800), resume: undefined });
    assert.equal((error as { code?: string }).code, 'READ_BUDGET_EXHAUSTED');
    assert.ok(copy.consumedReadCapacity <= 800 - 4 * 150 && copy.consumedReadCapacity > 0);
  });

  test('counts a page with the most that it can have cost if the server does not report its capacity', async () => {
    await using fixture = await openScanFixture(ITEMS);
    fixture.source.inject(({ operation }) =>
      operation === 'Scan' ? jsonResponse((page: object) => ({ ...page, ConsumedCapacity: undefined })) : undefined,
    );
    const { error } = await fixture.run(attempt(1, 400));
    assert.equal((error as { code?: string }).code, 'READ_BUDGET_EXHAUSTED');
    assert.equal(fixture.scans().length, 2, 'each of two pages counts with 150 RCU');
  });
});
