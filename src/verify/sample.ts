import { createHash } from 'node:crypto';
import type { DataFile } from '../manifest/manifests.ts';

/**
 * Which data objects to read. `part`: one of several parts of equal size, numbered from 1; all parts together are all
 * data objects. `percent`: a random selection, which the seed repeats.
 */
export type Sample =
  | { readonly kind: 'part'; readonly part: number; readonly parts: number }
  | { readonly kind: 'percent'; readonly percent: number; readonly seed: string };

/**
 * Returns the data objects of a sample. It depends only on their names, so a copy that was moved has the same samples.
 *
 * @returns at least one data object for `percent`; for `part`, none if there are fewer data objects than parts
 */
export function chooseSample(files: readonly DataFile[], sample: Sample): DataFile[] {
  const seed = sample.kind === 'percent' ? sample.seed : '';
  const byHash = files
    .map((file) => ({ file, hash: hashOf(`${seed}${file.key.slice(file.key.lastIndexOf('/') + 1)}`) }))
    .sort((a, b) => (a.hash < b.hash ? -1 : 1))
    .map(({ file }) => file);
  if (sample.kind === 'percent') return byHash.slice(0, Math.ceil((files.length * sample.percent) / 100));
  return byHash.filter((_, index) => index % sample.parts === sample.part - 1);
}

function hashOf(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
