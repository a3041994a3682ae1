/** DynamoDB numbers have up to 38 significant digits and a magnitude from 1E-130 to 9.99...E+125. */
const MAX_DIGITS = 38;
const MIN_EXPONENT = -130;
const MAX_EXPONENT = 125;

/**
 * Returns why DynamoDB cannot store the number in `text` exactly; undefined if it can. Leading and trailing zeros are
 * not significant digits: they are part of the exponent.
 *
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/HowItWorks.NamingRulesDataTypes.html
 */
export function decimalProblem(text: string): string | undefined {
  const number = parse(text);
  if (!number) return 'is not a decimal number';
  if (number.digits.length > MAX_DIGITS) {
    return `has more than ${MAX_DIGITS} significant digits and would be rounded`;
  }
  if (number.digits !== '' && (number.exponent < MIN_EXPONENT || number.exponent > MAX_EXPONENT)) {
    return 'is outside the range of DynamoDB numbers, 1E-130 to 9.9999999999999999999999999999999999999E+125';
  }
  return undefined;
}

/** Returns the same text for equal numbers, such as `1`, `1.0` and `10e-1`. */
export function canonicalDecimal(text: string): string {
  const { sign, digits, exponent } = parse(text) ?? { sign: '', digits: text, exponent: 0 };
  return digits === '' ? '0' : `${sign}${digits}E${exponent}`;
}

interface DecimalNumber {
  readonly sign: '' | '-';
  /** Digits without leading and trailing zeros; '' for zero. */
  readonly digits: string;
  /** Exponent of the first digit. */
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
