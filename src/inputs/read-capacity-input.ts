import type { ReadCapacitySetting } from '../scan/pacing/read-cap.ts';

export const READ_CAPACITY_ALLOWED =
  'auto, none, a whole number of read capacity units (RCU) per second from 1 to 100,000,000, or a percentage from 1% to 100%';

const MAX_UNITS = 100_000_000;

/**
 * Parses the input read-capacity.
 *
 * @returns undefined if the text is not one of `READ_CAPACITY_ALLOWED`
 */
export function parseReadCapacity(text: string): ReadCapacitySetting | undefined {
  if (text === 'auto' || text === 'none') return { kind: text };
  const [, digits, sign] = /^(\d{1,9})(%?)$/.exec(text) ?? [];
  const number = Number(digits ?? 0);
  const max = sign === '%' ? 100 : MAX_UNITS;
  if (number < 1 || number > max) return undefined;
  return sign === '%' ? { kind: 'share', share: number / 100 } : { kind: 'units', unitsPerSecond: number };
}
