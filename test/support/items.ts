import assert from 'node:assert/strict';
import type { AttributeValue } from '@aws-sdk/client-dynamodb';

/** An attribute value as DynamoDB sends it: as the SDK has it, but for binaries, which are base64 text. */
export type WireValue =
  | Exclude<
      AttributeValue,
      AttributeValue.BMember | AttributeValue.BSMember | AttributeValue.MMember | AttributeValue.LMember
    >
  | { readonly B: string }
  | { readonly BS: readonly string[] }
  | { readonly M: WireItem }
  | { readonly L: readonly WireValue[] };

/** An item on the wire, and in a line of a copy. It may have an own attribute called `__proto__`. */
export type WireItem = { readonly [name: string]: WireValue };

/** The JSON of parameters that may hold binaries as the SDK takes them. */
export function wireJson(parameters: unknown): string {
  return JSON.stringify(toWire(parameters));
}

function toWire(value: unknown): unknown {
  if (value instanceof Uint8Array) {
    return Buffer.from(value).toString('base64');
  }
  if (Array.isArray(value)) {
    return value.map(toWire);
  }
  if (typeof value === 'object' && value !== null) {
    return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, toWire(inner)]));
  }
  return value;
}

/**
 * One text for one item, whatever the order of its attributes and of the elements of its sets: DynamoDB promises
 * neither. Everything else counts, each digit of a number included.
 */
export function canonical(item: WireItem): string {
  return JSON.stringify(sorted({ M: item }));
}

function sorted(value: WireValue): unknown {
  const [type = '', content] = Object.entries(value)[0] ?? [];
  switch (type) {
    case 'M':
      return [
        'M',
        Object.entries(content as WireItem)
          .map(([name, inner]) => [name, sorted(inner)] as const)
          .sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)),
      ];
    case 'L':
      return ['L', (content as readonly WireValue[]).map(sorted)];
    case 'SS':
    case 'NS':
    case 'BS':
      return [type, [...(content as readonly string[])].sort()];
    default:
      return [type, content];
  }
}

/** Fails unless both hold the same items, each as often as the other, in any order; shows the first few that differ. */
export function assertSameItems(actual: Iterable<WireItem>, expected: Iterable<WireItem>): void {
  const counts = new Map<string, number>();
  const count = (items: Iterable<WireItem>, step: number): void => {
    for (const item of items) {
      const text = canonical(item);
      counts.set(text, (counts.get(text) ?? 0) + step);
    }
  };
  count(actual, 1);
  count(expected, -1);
  const differences = [...counts].flatMap(([text, surplus]) =>
    surplus === 0 ? [] : [`${surplus > 0 ? 'unexpected' : 'missing'} (${Math.abs(surplus)}x): ${text.slice(0, 500)}`],
  );
  if (differences.length > 0) {
    assert.fail(`${differences.length} kinds of items differ:\n${differences.slice(0, 5).join('\n')}`);
  }
}
