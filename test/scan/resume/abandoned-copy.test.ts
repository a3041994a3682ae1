import assert from 'node:assert/strict';
import { test } from 'node:test';
import { zeroCounts } from '../../../src/manifest/counts.ts';
import { inFlightRequests, inFlightUntil } from '../../../src/scan/resume/abandoned-copy.ts';
import type { RunFile, RunState } from '../../../src/scan/resume/resume-state.ts';

const NOW = 1_795_000_000_000;
const MINUTE = 60_000;

const PROVED = { proved: { endTime: NOW, counts: zeroCounts() } } as RunState;

const FILE: RunFile = {
  owner: 'o',
  attempt: 1,
  writtenAt: NOW,
  ended: false,
  lateUntil: 0,
  givenUp: [],
  consumedReadCapacity: 0,
  run: PROVED,
};

function read(change: { lastModified?: Date | undefined; servedAt?: Date | undefined } = {}) {
  return {
    content: Buffer.alloc(0),
    size: 0,
    etag: 'e',
    lastModified: new Date(NOW),
    servedAt: new Date(NOW),
    ...change,
  };
}

test('requests of an abandoned copy can arrive until 16 minutes after its run.json was last written', () => {
  assert.equal(inFlightUntil(read(), FILE), NOW + 16 * MINUTE);
});

test('requests of a runner whose clock is ahead of S3 can arrive for longer, because S3 accepts their signatures for longer', () => {
  assert.equal(inFlightUntil(read(), { ...FILE, writtenAt: NOW + 4 * MINUTE }), NOW + 20 * MINUTE);
  assert.equal(inFlightUntil(read(), { ...FILE, writtenAt: NOW - 4 * MINUTE }), NOW + 16 * MINUTE);
});

test('no requests can arrive from an attempt that ended, or whose copy has not passed the final check', () => {
  assert.equal(inFlightUntil(read(), { ...FILE, ended: true }), 0);
  assert.equal(inFlightUntil(read(), { ...FILE, run: { ...PROVED, proved: undefined } }), 0);
  assert.equal(inFlightUntil(read(), { ...FILE, run: undefined }), 0);
});

test('the time until which requests can arrive includes requests of earlier attempts', () => {
  const lateUntilBefore = NOW + 17 * MINUTE;
  assert.equal(inFlightUntil(read(), { ...FILE, lateUntil: lateUntilBefore }), lateUntilBefore);
  assert.equal(inFlightUntil(read(), { ...FILE, lateUntil: lateUntilBefore, ended: true }), lateUntilBefore);
  assert.equal(inFlightUntil(read(), { ...FILE, lateUntil: NOW }), NOW + 16 * MINUTE);
});

test('requests in flight are over when the clock of S3 has passed their end', () => {
  assert.equal(inFlightRequests(read(), 0).areOver(), true);
  assert.equal(inFlightRequests(read(), NOW).areOver(), true);
  assert.equal(inFlightRequests(read(), NOW + MINUTE).areOver(), false);
});

test('requests in flight are never over for a store that does not report its time', () => {
  const until = inFlightUntil(read({ lastModified: undefined }), FILE);
  assert.ok(Number.isSafeInteger(until));
  assert.equal(inFlightRequests(read(), until).areOver(), false);
  assert.equal(inFlightRequests(read({ servedAt: undefined }), NOW).areOver(), false);
});
