import assert from 'node:assert/strict';
import { test } from 'node:test';
import { plainDecimal } from '../../src/format/decimal.ts';

for (const [text, expected] of [
  ...['0', '-1', '1.50', '0.000', '12345678901234567890123456789012345678', '-0.5'].map((same) => [same, same]),
  ['1e5', '100000'],
  ['-1.5E+3', '-1500'],
  ['1.5E-3', '0.0015'],
  ['123.456e2', '12345.6'],
  ['123.456e3', '123456'],
  ['0.00123E4', '12.3'],
  ['0.0E10', '0'],
  ['-0e1', '0'],
  ['+7', '7'],
  ['007', '7'],
  ['.5', '0.5'],
  ['5.', '5'],
  ['-00.50', '-0.5'],
  ['1E-130', `0.${'0'.repeat(129)}1`],
  ['9.9E+125', `99${'0'.repeat(124)}`],
] as const) {
  test(`plainDecimal returns ${expected} for ${text}`, () => assert.equal(plainDecimal(text as string), expected));
}
