import type { ReadCapacitySetting } from '../scan/pacing/read-cap.ts';

export const READ_CAPACITY_ALLOWED =
  'auto, none, read units a second as a whole number from 1 to 100,000,000, or a share from 1% to 100%';

const MOST_UNITS = 100_000_000;

/** @returns undefined for what `READ_CAPACITY_ALLOWED` does not allow */
export function parseReadCapacity(text: string): ReadCapacitySetting | undefined {
  if (text === 'auto' || text === 'none') return { kind: text };
  const [, digits, sign] = /^(\d{1,9})(%?)$/.exec(text) ?? [];
  const number = Number(digits ?? 0);
  const most = sign === '%' ? 100 : MOST_UNITS;
  if (number < 1 || number > most) return undefined;
  return sign === '%' ? { kind: 'share', share: number / 100 } : { kind: 'units', unitsPerSecond: number };
}
