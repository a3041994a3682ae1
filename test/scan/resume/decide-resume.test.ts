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

const GOES_ON: ResumeFacts = {
  request: 'r',
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
  doubt: undefined,
};

describe('a later attempt goes on', () => {
  test('if the copy was begun in the last 24 hours', () => {
    assert.equal(reasonToStartOver(GOES_ON), undefined);
  });
  test('if it was begun by a clock that is an hour ahead', () => {
    assert.equal(
      reasonToStartOver({ ...GOES_ON, run: { ...GOES_ON.run, startTime: NOW + MAX_CLOCK_SKEW_MS } }),
      undefined,
    );
  });
  test('where the server tells neither id nor creation', () => {
    const unknown = { tableId: null, tableCreated: null };
    assert.equal(reasonToStartOver({ ...GOES_ON, ...unknown, run: { ...GOES_ON.run, ...unknown } }), undefined);
  });
});

describe('it starts afresh, and says why', () => {
  const cases: readonly (readonly [RegExp, Partial<ResumeFacts>])[] = [
    [/completed copy/, { complete: true }],
    [/did not pass the final check/, { run: { ...GOES_ON.run, broken: true } }],
    [/version of the Action/, { request: 'other' }],
    [/table was deleted and re-created/, { tableId: 'another' }],
    [/table was deleted and re-created/, { tableCreated: 2 }],
    [/table was deleted and re-created/, { tableId: null }],
    [/cannot be read/, { unreadable: true }],
    [/denied access to its objects/, { doubt: 'not allowed to look' }],
    [/another object has the key/, { doubt: 'another object' }],
    [/started more than 24 hours ago/, { run: { ...GOES_ON.run, startTime: NOW - MAX_AGE_MS - 1 } }],
    [/its start time is in the future/, { run: { ...GOES_ON.run, startTime: NOW + MAX_CLOCK_SKEW_MS + 1 } }],
    // A finished copy is named first: it is the one thing that is not cleared away.
    [/completed copy/, { complete: true, request: 'other', unreadable: true }],
  ];
  for (const [why, change] of cases) {
    test(`${why.source}: ${Object.keys(change)}`, () => {
      assert.match(reasonToStartOver({ ...GOES_ON, ...change }) ?? '', why);
    });
  }
});

test('only a later attempt takes over: one of the same number may be a twin that is at work', () => {
  assert.equal(canTakeOver({ attempt: 1 }, 2), true);
  assert.equal(canTakeOver({ attempt: 1 }, 5), true);
  assert.equal(canTakeOver({ attempt: 2 }, 2), false);
  assert.equal(canTakeOver({ attempt: 3 }, 2), false);
});
