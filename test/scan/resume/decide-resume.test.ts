import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  canTakeOver,
  MAX_AGE_MS,
  MAX_CLOCK_SKEW_MS,
  type ResumeFacts,
  reasonToStartOver,
} from '../../../src/scan/resume/decide-resume.ts';

const NOW = 1_795_000_000_000;

const RESUMABLE: ResumeFacts = {
  requestHash: 'r',
  tableId: 'table',
  tableCreated: 1,
  now: NOW,
  run: {
    attempts: [1, 2],
    request: 'r',
    tableId: 'table',
    tableCreated: 1,
    exportId: 'id',
    prefix: '',
    startTime: NOW - MAX_AGE_MS,
    segments: { first: 0, count: 4, total: 4 },
    fileSize: 1,
    broken: false,
    proved: undefined,
  },
  unreadable: false,
  complete: false,
  unknownObjects: undefined,
};

describe('a later attempt resumes the copy', () => {
  test('if the copy was started in the last 24 hours', () => {
    assert.equal(reasonToStartOver(RESUMABLE), undefined);
  });
  test('if the runner that started it had a clock that is one hour ahead', () => {
    assert.equal(
      reasonToStartOver({ ...RESUMABLE, run: { ...RESUMABLE.run, startTime: NOW + MAX_CLOCK_SKEW_MS } }),
      undefined,
    );
  });
  test('if the server reports neither table ID nor creation time', () => {
    const unknown = { tableId: null, tableCreated: null };
    assert.equal(reasonToStartOver({ ...RESUMABLE, ...unknown, run: { ...RESUMABLE.run, ...unknown } }), undefined);
  });
});

describe('a later attempt starts over and reports the reason', () => {
  const cases: readonly (readonly [when: string, reason: RegExp, change: Partial<ResumeFacts>])[] = [
    ['if the copy is complete', /completed copy/, { complete: true }],
    [
      'if the copy did not pass the final check',
      /did not pass the final check/,
      { run: { ...RESUMABLE.run, broken: true } },
    ],
    ['if the request has changed', /version of the Action/, { requestHash: 'other' }],
    ['if the table has another ID', /table was deleted and re-created/, { tableId: 'another' }],
    ['if the table has another creation time', /table was deleted and re-created/, { tableCreated: 2 }],
    ['if the table has no ID any more', /table was deleted and re-created/, { tableId: null }],
    ['if a checkpoint is malformed', /cannot be read/, { unreadable: true }],
    [
      'if the role cannot read an object of the copy',
      /denied access to its objects/,
      { unknownObjects: 'access denied' },
    ],
    ['if another object has a key of the copy', /another object has the key/, { unknownObjects: 'different object' }],
    [
      'if the copy was started more than 24 hours ago',
      /started more than 24 hours ago/,
      { run: { ...RESUMABLE.run, startTime: NOW - MAX_AGE_MS - 1 } },
    ],
    [
      'if the copy was started in the future',
      /its start time is in the future/,
      { run: { ...RESUMABLE.run, startTime: NOW + MAX_CLOCK_SKEW_MS + 1 } },
    ],
    // A completed copy is reported first because it is the only one that is not deleted.
    [
      'if the copy is complete, even if there are other reasons',
      /completed copy/,
      { complete: true, requestHash: 'other', unreadable: true },
    ],
  ];
  for (const [when, reason, change] of cases) {
    test(when, () => {
      assert.match(reasonToStartOver({ ...RESUMABLE, ...change }) ?? '', reason);
    });
  }
});

test('only a later attempt takes over a copy, because one with the same number may be running in parallel', () => {
  assert.equal(canTakeOver({ attempt: 1 }, 2), true);
  assert.equal(canTakeOver({ attempt: 1 }, 5), true);
  assert.equal(canTakeOver({ attempt: 2 }, 2), false);
  assert.equal(canTakeOver({ attempt: 3 }, 2), false);
});
