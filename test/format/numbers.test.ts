import assert from 'node:assert/strict';
import { test } from 'node:test';
import { assertMalformedItem, contentOf } from './transcoded.ts';

/** Numbers as received, in ION, and in JSON if it differs from the received number. */
const NUMBERS: readonly (readonly [received: string, ion: string, json?: string])[] = [
  ['0', '0.'],
  ['-0', '0.'],
  ['0.0', '0.'],
  ['-0.00', '0.'],
  ['0E10', '0.'],
  ['0e-130', '0.'],
  ['1', '1.'],
  ['-1', '-1.'],
  ['103', '103.'],
  ['10', '1d1'],
  ['600', '6d2'],
  ['2000', '2d3'],
  ['-12300', '-123d2'],
  ['1000000000', '1d9'],
  ['10000000000', '1d10'],
  ['1.5', '1.5'],
  ['-1.5', '-1.5'],
  ['12.340', '12.34'],
  ['100.00', '1d2'],
  ['100.5', '100.5'],
  ['10.0', '1d1'],
  ['0.1', '0.1'],
  ['-0.5', '-0.5'],
  ['0.10', '0.1'],
  ['0.01', '0.01'],
  ['0.000001', '0.000001'],
  ['0.0000012', '0.0000012'],
  ['0.00000123', '0.00000123'],
  ['0.0000001', '1d-7'],
  ['0.00000012', '12d-8'],
  ['1.23E-7', '123d-9'],
  ['-1.5e-7', '-15d-8'],
  ['1E5', '1d5'],
  ['1e5', '1d5'],
  ['1E+5', '1d5'],
  ['1.5E1', '15.'],
  ['1.5E3', '15d2'],
  ['1230E-3', '1.23'],
  ['1230E-1', '123.'],
  ['123E-6', '0.000123'],
  ['1E-130', '1d-130'],
  ['9.9E+125', '99d124'],
  ['9.9999999999999999999999999999999999999E+125', '99999999999999999999999999999999999999d88'],
  ['-9.9999999999999999999999999999999999999E+125', '-99999999999999999999999999999999999999d88'],
  ['12345678901234567890123456789012345678', '12345678901234567890123456789012345678.'],
  ['-12345678901234567890.123456789012345678', '-12345678901234567890.123456789012345678'],
  ['0.12345678901234567890123456789012345678', '0.12345678901234567890123456789012345678'],
  ['0.00000000000000000000000000000000000001', '1d-38'],
  ['1.0000000000000000000000000000000000001', '1.0000000000000000000000000000000000001'],
  ['100000000000000000000000000000000000000', '1d38'],
  // Valid numbers that are not valid in JSON.
  ['.5', '0.5', '0.5'],
  ['-.5', '-0.5', '-0.5'],
  ['5.', '5.', '5'],
  ['50.', '5d1', '50'],
  ['.0', '0.', '0.0'],
  ['+1', '1.', '1'],
  ['+0.50', '0.5', '0.50'],
  ['007', '7.', '7'],
  ['00', '0.', '0'],
  ['-007.70e-3', '-0.0077', '-7.70E-3'],
  ['0012.5', '12.5', '12.5'],
  ['1.e5', '1d5', '1E5'],
  ['.5E+3', '5d2', '0.5E+3'],
];

for (const [received, ion, json = received] of NUMBERS) {
  test(`the number ${received} is ${json} in JSON and ${ion} in ION`, () => {
    assert.equal(contentOf('DYNAMODB_JSON', `{"N":"${received}"}`), `{"N":"${received}"}`);
    assert.equal(contentOf('JSON', `{"N":"${received}"}`), json);
    assert.equal(contentOf('ION', `{"N":"${received}"}`), ion);
    const set = `{"NS":["${received}","1","${received}"]}`;
    assert.equal(contentOf('DYNAMODB_JSON', set), set);
    assert.equal(contentOf('JSON', set), `[${json},1,${json}]`);
    assert.equal(contentOf('ION', set), `$dynamodb_NS::[${ion},1.,${ion}]`);
    assert.doesNotThrow(() => JSON.parse(json));
  });
}

test('ION of 10,000 numbers is longer than the received numbers', () => {
  const numbers = Array.from({ length: 10_000 }, () => '"1E-6"').join();
  assert.equal(contentOf('ION', `{"NS":[${numbers}]}`), `$dynamodb_NS::[${numbers.replaceAll('"1E-6"', '0.000001')}]`);
});

const INVALID_NUMBERS = [
  ...['', ' ', '1 ', ' 1', '-', '+', '.', '-.', 'e5', '.e5', '1e', '1e+', '1e5.5', '1.2.3', '--1', '+-1', '1-1', '1,5'],
  ...['NaN', 'Infinity', '-Infinity', 'nan', '+inf', '0x10', '1_000', '1d5', '١', '\\u0031', '1\\n', '\\"', '1"', '}'],
];

for (const text of INVALID_NUMBERS) {
  test(`JSON and ION reject ${JSON.stringify(text)}, which is not a number`, () => {
    for (const format of ['JSON', 'ION'] as const) {
      assertMalformedItem(format, `{"a":{"N":"${text}"}}`);
      assertMalformedItem(format, `{"a":{"NS":["1","${text}"]}}`);
    }
  });
}

test('ION rejects a number whose exponent has 20 digits', () => {
  assertMalformedItem('ION', '{"a":{"N":"1E99999999999999999999"}}', 11);
});
