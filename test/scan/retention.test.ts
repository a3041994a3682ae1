import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { newExportId, startTimeOf } from '../../src/manifest/export-id.ts';
import { objectParameters } from '../../src/s3/object-options.ts';
import type { ScanRequest } from '../../src/scan/scan-request.ts';
import { dynamoDbError } from '../emulators/faults.ts';
import { itemsOf, openScanFixture, type ScanFixture } from './scan-fixture.ts';

const DAYS_35 = 35 * 24 * 3600 * 1000;
const RESUME = { step: 'step', isPrefix: () => true, requestHash: 'r', prefix: '' };

/** Every page is an object, so that a failed attempt has stored some of them. */
const SETTINGS: Partial<ScanRequest> = {
  scan: { request: { Limit: 3 } },
  totalSegments: 2,
  fileSize: 1,
  parametersOf: (...kind) =>
    objectParameters(
      { putObject: { ObjectLockMode: 'GOVERNANCE', ObjectLockRetainUntilDate: { msFromStart: DAYS_35 } } },
      ...kind,
    ),
};

/** Lets each Scan request fail after some have succeeded. */
function failAfter({ source }: ScanFixture, pages: number): void {
  let seen = 0;
  source.inject(({ operation }) => {
    if (operation !== 'Scan') return undefined;
    seen += 1;
    return seen > pages ? dynamoDbError('AccessDeniedException') : undefined;
  });
}

/** Returns the retention dates of the objects with Object Lock, by kind. */
function sentDates({ store }: ScanFixture): { readonly data: string[]; readonly manifests: string[] } {
  const dates = (filter: (key: string) => boolean) =>
    store.requests
      .filter(({ key }) => filter(key))
      .flatMap(({ headers }) => headers['x-amz-object-lock-retain-until-date'] ?? []);
  return { data: dates((key) => key.includes('/data/')), manifests: dates((key) => key.includes('/manifest-')) };
}

suite('a retention period', () => {
  test('ends at the same time for all objects of a copy, in all attempts', async () => {
    await using fixture = await openScanFixture(itemsOf(30, 100));
    failAfter(fixture, 4);
    const first = await fixture.run({ ...SETTINGS, resume: { ...RESUME, attempt: 1 } });
    assert.ok(first.error, 'control: the first attempt fails');
    const stored = sentDates(fixture).data.length;
    fixture.source.inject();
    const second = await fixture.run({ ...SETTINGS, resume: { ...RESUME, attempt: 2 } });
    assert.equal(second.error, undefined);
    assert.match(fixture.messages.map(({ message }) => message).join('\n'), /Resuming the copy of attempt 1/);

    const { data, manifests } = sentDates(fixture);
    assert.ok(stored > 0 && data.length > stored, 'control: both attempts store objects');
    assert.ok(manifests.length > 0, 'control: the manifests have a retention period');
    const until = new Date(first.copy.snapshotTime.getTime() + DAYS_35).toISOString();
    assert.deepEqual([...new Set([...data, ...manifests].map((date) => new Date(date).toISOString()))], [until]);
  });

  test('of a shard counts from the time of the plan', async () => {
    const exportId = newExportId(new Date(Date.now() - 3600 * 1000));
    await using fixture = await openScanFixture(itemsOf(10, 100));
    const { error } = await fixture.run({
      ...SETTINGS,
      scan: { request: { Limit: 3 }, shard: { segment: 0, totalSegments: 1 } },
      shard: { index: 1, count: 1, name: '1-of-1', exportId, settings: { table: '00' }, attempt: 1 },
    });
    assert.equal(error, undefined);
    const { data, manifests } = sentDates(fixture);
    assert.ok(data.length > 0 && manifests.length > 0);
    const until = new Date(startTimeOf(exportId) + DAYS_35).toISOString();
    assert.deepEqual([...new Set([...data, ...manifests].map((date) => new Date(date).toISOString()))], [until]);
  });
});
