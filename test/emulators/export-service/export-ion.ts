import type { WireItem, WireValue } from '../../fixtures/items.ts';

/** Returns the Ion text of an item or of ordered attributes. Shares no code with the Ion writer of the Action. */
export function ionStruct(item: WireItem | readonly (readonly [string, WireValue])[]): string {
  const attributes = Array.isArray(item) ? (item as readonly (readonly [string, WireValue])[]) : Object.entries(item);
  return `{${attributes.map(([name, value]) => `${ionName(name)}:${ionOf(value)}`).join()}}`;
}

export function ionOf(value: WireValue): string {
  const [[type, content] = ['', undefined]] = Object.entries(value) as [string, unknown][];
  switch (type) {
    case 'S':
      return quoted(content as string, '"');
    case 'N':
      return ionDecimal(content as string);
    case 'B':
      return `{{${content}}}`;
    case 'BOOL':
      return String(content);
    case 'NULL':
      return 'null';
    case 'SS':
    case 'NS':
    case 'BS':
      return `$dynamodb_${type}::[${(content as string[]).map((element) => ionOf({ [type[0] as 'S']: element }))}]`;
    case 'L':
      return `[${(content as readonly WireValue[]).map(ionOf).join()}]`;
    case 'M':
      return ionStruct(content as WireItem);
    default:
      throw new Error(`Not a DynamoDB attribute value: ${JSON.stringify(value)}`);
  }
}

const KEYWORDS: readonly string[] = ['null', 'true', 'false', 'nan'];

function ionName(name: string): string {
  return /^[A-Za-z_]\w*$/.test(name) && !KEYWORDS.includes(name) ? name : quoted(name, "'");
}

function quoted(text: string, quote: '"' | "'"): string {
  const escaped = text.replace(/[\\"'\p{Cc}]/gu, (character) => {
    if (character === '"' || character === "'") {
      return character === quote ? `\\${character}` : character;
    }
    return ESCAPES[character] ?? `\\x${character.charCodeAt(0).toString(16).padStart(2, '0')}`;
  });
  return quote + escaped + quote;
}

const ESCAPES: Readonly<Record<string, string>> = { '\\': '\\\\', '\n': '\\n', '\r': '\\r', '\t': '\\t', '\0': '\\0' };

/**
 * Formats a number like the Ion library for Java formats a BigDecimal without trailing zeros: `103.`, `6d2`, `1.5`,
 * `0.000001`, `1d-7`.
 */
export function ionDecimal(number: string): string {
  const [, minus = '', whole = '', fraction = '', power = '0'] =
    /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([-+]?\d+))?$/.exec(number) ?? [];
  const digits = (whole + fraction).replace(/^0+/, '');
  const significant = digits.replace(/0+$/, '');
  if (significant === '') {
    return '0.';
  }
  const exponent = Number(power) - fraction.length + digits.length - significant.length;
  const beforePoint = significant.length + exponent;
  if (exponent > 0) {
    return `${minus}${significant}d${exponent}`;
  }
  if (beforePoint > 0) {
    return `${minus}${significant.slice(0, beforePoint)}.${significant.slice(beforePoint)}`;
  }
  return beforePoint > -6
    ? `${minus}0.${'0'.repeat(-beforePoint)}${significant}`
    : `${minus}${significant}d${exponent}`;
}
