import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { resolveInputTime } from '../../src/export/input-time.ts';
import { parseInputTime } from '../../src/inputs/parse-input-time.ts';

const NOW = new Date('2026-11-22T12:00:00.000Z');

function resolved(text: string): string | undefined {
  const inputTime = parseInputTime(text);
  return inputTime && resolveInputTime(inputTime, NOW).toISOString();
}

describe('parseInputTime', () => {
  for (const [text, time] of [
    ['2026-11-22T03:00:00Z', '2026-11-22T03:00:00.000Z'],
    ['2026-11-22T03:00:00', '2026-11-22T03:00:00.000Z'],
    ['2026-11-22T03:00', '2026-11-22T03:00:00.000Z'],
    ['2026-11-22 03:00:00', '2026-11-22T03:00:00.000Z'],
    ['2026-11-22', '2026-11-22T00:00:00.000Z'],
    ['2026-11-22T03:00:00.1Z', '2026-11-22T03:00:00.100Z'],
    ['2026-11-22T03:00:00.123456789Z', '2026-11-22T03:00:00.123Z'],
    ['2026-11-22T03:00:00+02:00', '2026-11-22T01:00:00.000Z'],
    ['2026-11-22T03:00:00-0530', '2026-11-22T08:30:00.000Z'],
    ['2024-02-29T00:00:00Z', '2024-02-29T00:00:00.000Z'],
    ['1795316400', '2026-11-22T03:00:00.000Z'],
    ['1795316400.5', '2026-11-22T03:00:00.500Z'],
    ['-PT2H', '2026-11-22T10:00:00.000Z'],
    ['-PT90M', '2026-11-22T10:30:00.000Z'],
    ['-P1DT1H1M1S', '2026-11-21T10:58:59.000Z'],
    ['-P1W', '2026-11-15T12:00:00.000Z'],
  ] as const) {
    test(`resolves ${text} to ${time}`, () => assert.equal(resolved(text), time));
  }

  for (const text of [
    '',
    'now',
    'PT2H',
    '-P',
    '-PT',
    '-P1Y',
    '-P1M',
    '1795316400000',
    '12345',
    '2026-02-30T00:00:00Z',
    '2026-13-01',
    '2026-11-22T25:00:00Z',
    '2026-11-22T03',
    '22.11.2026',
    '2026-11-22T03:00:00 Europe/Berlin',
  ]) {
    test(`rejects ${JSON.stringify(text)}`, () => assert.equal(parseInputTime(text), undefined));
  }
});
