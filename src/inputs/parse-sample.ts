import { randomBytes } from 'node:crypto';
import type { Sample } from '../verify/sample.ts';

export const SAMPLE_ALLOWED =
  'n/t, such as 1/7, with t from 1 to 1,000, or a percentage up to 100%, such as 10%, or a percentage with the seed of an earlier run, such as 10%:3f9a2c71';

const MAX_PARTS = 1000;

/**
 * Parses the input sample. A percentage without a seed gets a random one.
 *
 * @returns undefined if the text has none of the forms of `SAMPLE_ALLOWED`
 */
export function parseSample(text: string): Sample | undefined {
  const [, part, parts] = /^(\d{1,4})\/(\d{1,4})$/.exec(text)?.map(Number) ?? [];
  if (part !== undefined && parts !== undefined) {
    return part >= 1 && part <= parts && parts <= MAX_PARTS ? { kind: 'part', part, parts } : undefined;
  }
  const [, digits = '', seed] = /^(\d{1,3}(?:\.\d{1,2})?)%(?::([\w-]{1,64}))?$/.exec(text) ?? [];
  const percent = Number(digits);
  if (!(percent > 0 && percent <= 100)) return undefined;
  return { kind: 'percent', percent, seed: seed ?? randomBytes(4).toString('hex') };
}
