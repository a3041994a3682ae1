import assert from 'node:assert/strict';
import { test } from 'node:test';
import { zeroCounts } from '../../../src/manifest/counts.ts';
import { inFlightRequests, inFlightUntil } from '../../../src/scan/resume/abandoned-copy.ts';
import type { RunFile, RunState } from '../../../src/scan/resume/resume-state.ts';

const NOW = 1_795_000_000_000;
const MINUTE = 60_000;

const PROVED = { proved: { endTime: NOW, counts: zeroCounts() } } as RunState;

const FILE: RunFile = { owner: 'o', attempt: 1, writtenAt: NOW, ended: false, lateUntil: 0, run: PROVED };

function read(change: { lastModified?: Date | undefined; servedAt?: Date | undefined } = {}) {
  return { content: Buffer.alloc(0), etag: 'e', lastModified: new Date(NOW), servedAt: new Date(NOW), ...change };
}

test('requests may arrive until 16 minutes after the last sign of life', () => {
  assert.equal(inFlightUntil(read(), FILE), NOW + 16 * MINUTE);
});

test('a writer whose clock is ahead of that of S3 signs requests that S3 accepts for longer', () => {
  assert.equal(inFlightUntil(read(), { ...FILE, writtenAt: NOW + 4 * MINUTE }), NOW + 20 * MINUTE);
  assert.equal(inFlightUntil(read(), { ...FILE, writtenAt: NOW - 4 * MINUTE }), NOW + 16 * MINUTE);
});

test('none may arrive from an attempt that ended by itself, or that has not proved its copy', () => {
  assert.equal(inFlightUntil(read(), { ...FILE, ended: true }), 0);
  assert.equal(inFlightUntil(read(), { ...FILE, run: { ...PROVED, proved: undefined } }), 0);
  assert.equal(inFlightUntil(read(), { ...FILE, run: undefined }), 0);
});

test('those of the attempts before are still counted with', () => {
  const lateUntilBefore = NOW + 17 * MINUTE;
  assert.equal(inFlightUntil(read(), { ...FILE, lateUntil: lateUntilBefore }), lateUntilBefore);
  assert.equal(inFlightUntil(read(), { ...FILE, lateUntil: lateUntilBefore, ended: true }), lateUntilBefore);
  assert.equal(inFlightUntil(read(), { ...FILE, lateUntil: NOW }), NOW + 16 * MINUTE);
});

test('they are over by the clock of S3', () => {
  assert.equal(inFlightRequests(read(), 0).areOver(), true);
  assert.equal(inFlightRequests(read(), NOW).areOver(), true);
  assert.equal(inFlightRequests(read(), NOW + MINUTE).areOver(), false);
});

test('they are never over for a store that does not report its time', () => {
  const until = inFlightUntil(read({ lastModified: undefined }), FILE);
  assert.ok(Number.isSafeInteger(until));
  assert.equal(inFlightRequests(read(), until).areOver(), false);
  assert.equal(inFlightRequests(read({ servedAt: undefined }), NOW).areOver(), false);
});
