/** DynamoDB keeps 38 significant digits of a number, from 1E-130 to 9.99...E+125, of either sign. */
const MOST_DIGITS = 38;
const LEAST_EXPONENT = -130;
const GREATEST_EXPONENT = 125;

/**
 * Says why DynamoDB could not take the number that `text` writes exactly as it stands; undefined where it can.
 * Zeros at either end do not count: they go into the exponent.
 *
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/HowItWorks.NamingRulesDataTypes.html
 */
export function numberProblem(text: string): string | undefined {
  const number = parse(text);
  if (!number) return 'is no decimal number';
  if (number.digits.length > MOST_DIGITS) {
    return `has more than ${MOST_DIGITS} significant digits, so that it would be rounded`;
  }
  if (number.digits !== '' && (number.exponent < LEAST_EXPONENT || number.exponent > GREATEST_EXPONENT)) {
    return 'lies outside what DynamoDB can hold, 1E-130 to 9.9999999999999999999999999999999999999E+125';
  }
  return undefined;
}

/** The same text for every way to write a number, so that `1`, `1.0` and `10e-1` can be seen to be one. */
export function canonicalNumber(text: string): string {
  const { sign, digits, exponent } = parse(text) ?? { sign: '', digits: text, exponent: 0 };
  return digits === '' ? '0' : `${sign}${digits}E${exponent}`;
}

interface DecimalNumber {
  readonly sign: '' | '-';
  /** Without zeros at either end; '' for zero. */
  readonly digits: string;
  /** Of the first digit. */
  readonly exponent: number;
}

function parse(text: string): DecimalNumber | undefined {
  const match = /^([-+]?)(?=\.?\d)(\d*)(?:\.(\d*))?(?:[eE]([-+]?\d+))?$/.exec(text);
  if (!match) return undefined;
  const [, sign, whole = '', fraction = '', power = '0'] = match;
  const all = whole + fraction;
  const zeros = /^0*/.exec(all)?.[0].length ?? 0;
  return {
    sign: sign === '-' ? '-' : '',
    digits: all.slice(zeros).replace(/0+$/, ''),
    exponent: whole.length - 1 - zeros + Number(power),
  };
}
