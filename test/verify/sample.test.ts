import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { DataFile } from '../../src/manifest/manifests.ts';
import { chooseSample } from '../../src/verify/sample.ts';

function filesIn(folder: string, count: number): DataFile[] {
  return Array.from({ length: count }, (_, index) => ({
    key: `${folder}${index}.gz`,
    itemCount: 1,
    md5: '',
    etag: '',
  }));
}

const namesOf = (files: readonly DataFile[]) => files.map(({ key }) => key.split('/').at(-1)).sort();

for (const [count, parts] of [
  [100, 7],
  [3, 7],
  [0, 2],
  [5, 1],
] as const) {
  test(`chooseSample divides ${count} data objects into ${parts} parts of equal size`, () => {
    const files = filesIn('data/', count);
    const samples = Array.from({ length: parts }, (_, i) => chooseSample(files, { kind: 'part', part: i + 1, parts }));
    assert.deepEqual(namesOf(samples.flat()), namesOf(files));
    const sizes = samples.map(({ length }) => length);
    assert.ok(Math.max(...sizes) - Math.min(...sizes) <= 1, sizes.join());
  });
}

test('chooseSample chooses the same names in every folder, whatever the order of the manifest', () => {
  const sample = { kind: 'part', part: 2, parts: 5 } as const;
  const here = namesOf(chooseSample(filesIn('a/data/', 50), sample));
  assert.deepEqual(here, namesOf(chooseSample(filesIn('b/c/data/', 50).reverse(), sample)));
  assert.equal(here.length, 10);
});

test('chooseSample chooses a percentage of the data objects by a seed, at least one', () => {
  const files = filesIn('data/', 200);
  const choose = (percent: number, seed = 'x') => namesOf(chooseSample(files, { kind: 'percent', percent, seed }));
  assert.deepEqual([choose(10).length, choose(0.001).length, choose(100).length], [20, 1, 200]);
  assert.deepEqual(choose(10), choose(10));
  assert.notDeepEqual(choose(10), choose(10, 'y'));
  assert.deepEqual(chooseSample([], { kind: 'percent', percent: 10, seed: 'x' }), []);
});
