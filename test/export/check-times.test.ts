import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { CopyError } from '../../src/errors.ts';
import { checkExportTime, checkIncrementalWindow } from '../../src/export/check-times.ts';

const NOW = new Date('2026-11-22T12:00:00Z');
const WINDOW = { earliest: new Date('2026-11-15T12:00:00Z'), latest: new Date('2026-11-22T11:55:00Z') };

function at(text: string): Date {
  return new Date(text);
}

function checkWindow(from: string, to: string | undefined): void {
  checkIncrementalWindow(at(from), to === undefined ? undefined : at(to), WINDOW, NOW);
}

function rejectionOf(check: () => void): string | undefined {
  try {
    check();
    return undefined;
  } catch (error) {
    assert.ok(error instanceof CopyError && error.code === 'EXPORT_TIME_INVALID');
    return `${error.message} ${error.remedy}`;
  }
}

describe('the time of a full export', () => {
  test('is accepted at both ends of the window', () => {
    assert.equal(
      rejectionOf(() => checkExportTime(WINDOW.earliest, WINDOW, NOW)),
      undefined,
    );
    assert.equal(
      rejectionOf(() => checkExportTime(WINDOW.latest, WINDOW, NOW)),
      undefined,
    );
  });

  for (const [what, time, expected] of [
    ['before the window', '2026-11-15T11:59:59Z', /before the earliest time that point-in-time recovery covers/],
    ['after the window', '2026-11-22T11:58:00Z', /after the latest time that point-in-time recovery covers/],
    [
      'in the future',
      '2026-11-22T12:05:00Z',
      /in the future\. The current time by AWS's clock is 2026-11-22T12:00:00Z/,
    ],
  ] as const) {
    test(`is rejected with the window if it is ${what}`, () => {
      const text = rejectionOf(() => checkExportTime(at(time), WINDOW, NOW)) ?? '';
      assert.match(text, expected);
      assert.match(text, /from 2026-11-15T12:00:00Z to 2026-11-22T11:55:00Z/);
    });
  }

  test('is checked by DynamoDB if the window is unknown, but is never accepted in the future', () => {
    assert.equal(
      rejectionOf(() => checkExportTime(at('2020-01-01T00:00:00Z'), undefined, NOW)),
      undefined,
    );
    assert.match(rejectionOf(() => checkExportTime(at('2027-01-01T00:00:00Z'), undefined, NOW)) ?? '', /future/);
  });
});

describe('the window of an incremental export', () => {
  for (const [from, to] of [
    ['2026-11-22T11:00:00Z', undefined],
    ['2026-11-22T10:00:00Z', '2026-11-22T10:15:00Z'],
    ['2026-11-21T10:00:00Z', '2026-11-22T10:00:00Z'],
  ] as const) {
    test(`is accepted from ${from} to ${to ?? 'now'}`, () => {
      assert.equal(
        rejectionOf(() => checkWindow(from, to)),
        undefined,
      );
    });
  }

  for (const [from, to, expected] of [
    ['2026-11-22T11:00:00Z', '2026-11-22T11:00:00Z', /must be before ExportToTime/],
    ['2026-11-22T11:00:00Z', '2026-11-22T10:00:00Z', /must be before ExportToTime/],
    ['2026-11-22T10:00:00Z', '2026-11-22T10:14:59Z', /15 minutes to 24 hours\. .* has 14 minutes/],
    ['2026-11-21T09:59:59Z', '2026-11-22T10:00:00Z', /15 minutes to 24 hours\. .* has 1440 minutes/],
    ['2026-11-22T11:50:00Z', undefined, /has 10 minutes/],
    ['2026-11-22T11:50:00Z', '2026-11-22T12:10:00Z', /ExportToTime is in the future/],
    ['2026-11-15T11:00:00Z', '2026-11-15T12:30:00Z', /before the earliest time that point-in-time recovery covers/],
  ] as const) {
    test(`is rejected from ${from} to ${to ?? 'now'} with a message that matches ${expected}`, () => {
      assert.match(rejectionOf(() => checkWindow(from, to)) ?? '', expected);
    });
  }
});
