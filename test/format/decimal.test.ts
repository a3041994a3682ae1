import assert from 'node:assert/strict';
import { test } from 'node:test';
import { canonicalDecimal, decimalProblem, parseDecimal, significantDigits } from '../../src/format/decimal.ts';
import { integer, pick, seeded } from '../fixtures/random-pages.ts';

const NUMBERS = 2_000;

const PIECES = ['0', '00', '1', '5', '9', '12', '130', '.', '.', '-', '+', 'e', 'E', 'e-', 'E+', ' ', 'x', '\n', '١'];

/** Coefficient and power of ten. The regular expression is independent of the one in src/. */
function exactValue(text: string): { readonly coefficient: bigint; readonly power: bigint } | undefined {
  const match = /^(?<sign>[-+]?)(?=\.?\d)(?<whole>\d*)(?:\.(?<fraction>\d*))?(?:e(?<exponent>[-+]?\d+))?$/i.exec(text);
  if (!match) return undefined;
  const { sign, whole = '', fraction = '', exponent = '0' } = match.groups ?? {};
  const magnitude = BigInt(whole + fraction);
  return { coefficient: sign === '-' ? -magnitude : magnitude, power: BigInt(exponent) - BigInt(fraction.length) };
}

function areEqual(a: string, b: string): boolean {
  const [x, y] = [exactValue(a), exactValue(b)];
  assert.ok(x && y);
  const least = x.power < y.power ? x.power : y.power;
  return x.coefficient * 10n ** (x.power - least) === y.coefficient * 10n ** (y.power - least);
}

test('random texts are parsed as decimal numbers exactly if they are decimal numbers', () => {
  const random = seeded(1);
  for (let nth = 0; nth < 20 * NUMBERS; nth += 1) {
    const text = Array.from({ length: integer(random, 0, 6) }, () => pick(random, PIECES)).join('');
    const decimal = parseDecimal(text);
    assert.equal(decimal !== undefined, exactValue(text) !== undefined, JSON.stringify(text));
    assert.equal(decimalProblem(text) === 'is not a decimal number', decimal === undefined, JSON.stringify(text));
    if (!decimal) continue;
    const { negative, whole, fraction, exponent } = decimal;
    const { digits, leadingZeros, trailingZeros } = significantDigits(decimal);
    assert.equal(`${'0'.repeat(leadingZeros)}${digits}${'0'.repeat(trailingZeros)}`, whole + fraction);
    assert.doesNotMatch(digits, /^0|0$/);
    const again = `${negative ? '-' : ''}${whole}.${fraction}E${exponent ?? '0'}`;
    assert.ok(areEqual(text, again), JSON.stringify(text));
  }
});

test('random numbers have the same canonical text exactly if they are equal', () => {
  const random = seeded(2);
  const digits = () => Array.from({ length: integer(random, 0, 3) }, () => pick(random, ['0', '0', '1'])).join('');
  const number = () =>
    `${pick(random, ['', '-', '+'])}${digits()}${pick(random, ['0', '1'])}.${digits()}e${integer(random, -3, 3)}`;
  let equal = 0;
  for (let nth = 0; nth < NUMBERS; nth += 1) {
    const [a, b] = [number(), number()];
    assert.equal(canonicalDecimal(a) === canonicalDecimal(b), areEqual(a, b), `${a} ${b}`);
    if (areEqual(a, b)) equal += 1;
  }
  assert.ok(equal > NUMBERS / 100, `${equal} pairs are equal`);
});
