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
  const decimal = parseDecimal(text);
  if (!decimal) return 'is not a decimal number';
  const { digits, exponent } = normalize(decimal);
  if (digits.length > MAX_DIGITS) {
    return `has more than ${MAX_DIGITS} significant digits and would be rounded`;
  }
  if (digits !== '' && (exponent < MIN_EXPONENT || exponent > MAX_EXPONENT)) {
    return 'is outside the range of DynamoDB numbers, 1E-130 to 9.9999999999999999999999999999999999999E+125';
  }
  return undefined;
}

/** Returns the same text for equal numbers, such as `1`, `1.0` and `10e-1`. */
export function canonicalDecimal(text: string): string {
  const decimal = parseDecimal(text);
  if (!decimal) return text === '' ? '0' : `${text}E0`;
  const { digits, exponent } = normalize(decimal);
  return digits === '' ? '0' : `${decimal.negative ? '-' : ''}${digits}E${exponent}`;
}

/**
 * Returns the same number without an exponent, as DynamoDB writes numbers. Text without an exponent that JSON allows stays
 * the same.
 *
 * @param text a number that DynamoDB can store, so the result has at most 166 digits
 */
export function plainDecimal(text: string): string {
  if (/^-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?$/.test(text)) return text;
  const decimal = parseDecimal(text);
  const { digits, exponent } = decimal ? normalize(decimal) : { digits: '', exponent: 0 };
  if (digits === '') return '0';
  const sign = decimal?.negative ? '-' : '';
  if (exponent < 0) return `${sign}0.${'0'.repeat(-exponent - 1)}${digits}`;
  const whole = digits.slice(0, exponent + 1).padEnd(exponent + 1, '0');
  const fraction = digits.slice(exponent + 1);
  return `${sign}${whole}${fraction && `.${fraction}`}`;
}

/** Returns the significant digits ('' for zero), and the exponent of the first of them. */
function normalize(decimal: Decimal): { readonly digits: string; readonly exponent: number } {
  const { digits, leadingZeros } = significantDigits(decimal);
  return { digits, exponent: decimal.whole.length - 1 - leadingZeros + Number(decimal.exponent ?? '0') };
}

/** A decimal number as it is written. */
export interface Decimal {
  readonly negative: boolean;
  /** Digits before the point; can be empty or start with zeros. */
  readonly whole: string;
  /** Digits after the point; can be empty if `whole` is not. */
  readonly fraction: string;
  /** Exponent with its sign, if any; undefined if the number has no exponent. */
  readonly exponent: string | undefined;
}

/**
 * Parses a decimal number.
 *
 * Accepts more than JSON: DynamoDB also accepts `.5`, `+1`, `5.` and `007`. It returns them in the notation of JSON,
 * but other servers might not.
 *
 * @returns undefined if the text is not a decimal number
 */
export function parseDecimal(text: string): Decimal | undefined {
  const match = /^([+-]?)([0-9]*)(?:\.([0-9]*))?(?:[eE]([+-]?[0-9]+))?$/.exec(text);
  if (!match) return undefined;
  const [, sign, whole = '', fraction = '', exponent] = match;
  if (whole === '' && fraction === '') return undefined;
  return { negative: sign === '-', whole, fraction, exponent };
}

/** Returns the digits without leading and trailing zeros ('' for zero), and the numbers of these zeros. */
export function significantDigits({ whole, fraction }: Decimal): {
  readonly digits: string;
  readonly leadingZeros: number;
  readonly trailingZeros: number;
} {
  const all = whole + fraction;
  let start = 0;
  while (all[start] === '0') start += 1;
  let end = all.length;
  while (end > start && all[end - 1] === '0') end -= 1;
  return { digits: all.slice(start, end), leadingZeros: start, trailingZeros: all.length - end };
}
