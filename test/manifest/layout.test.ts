import assert from 'node:assert/strict';
import test from 'node:test';
import { newDataObjectName, newExportId } from '../../src/manifest/export-id.ts';
import { copyLayout, isUploadableKey, pathInCopy } from '../../src/manifest/layout.ts';

const NAMES = {
  data: 'data/',
  started: '_started',
  manifestFiles: 'manifest-files.json',
  manifestFilesMd5: 'manifest-files.md5',
  manifestCopy: 'manifest-copy.json',
  manifestTable: 'manifest-table.json',
  manifestChecksums: 'manifest-sha256.txt',
  manifestSummary: 'manifest-summary.json',
  manifestSummaryMd5: 'manifest-summary.md5',
};

for (const [prefix, root] of [
  ['', 'AWSDynamoDB/01715685260608-c488b4e1/'],
  ['dynamodb-export', 'dynamodb-export/AWSDynamoDB/01715685260608-c488b4e1/'],
  ['a/b', 'a/b/AWSDynamoDB/01715685260608-c488b4e1/'],
] as const) {
  test(`the keys of a copy under ${prefix || 'no prefix'} equal those of a DynamoDB export`, () => {
    const expected = Object.fromEntries(Object.entries(NAMES).map(([name, tail]) => [name, root + tail]));
    assert.deepEqual(copyLayout(prefix, '01715685260608-c488b4e1'), { root, ...expected });
  });
}

test('pathInCopy returns the path below the folder of the copy', () => {
  for (const prefix of ['', 'a/b']) {
    const layout = copyLayout(prefix, '01715685260608-c488b4e1');
    assert.equal(pathInCopy(layout, `${layout.data}a.json.gz`), 'data/a.json.gz');
    assert.equal(pathInCopy(layout, layout.manifestCopy), 'manifest-copy.json');
  }
});

test('isUploadableKey accepts only data objects and the marker of a copy', () => {
  for (const prefix of ['', 'a/b']) {
    const { root, data, started, ...manifests } = copyLayout(prefix, newExportId(new Date()));
    for (const key of [`${data}${newDataObjectName()}.json.gz`, started]) assert.equal(isUploadableKey(key), true, key);
    for (const key of [root, data, `${data}a/b`, `x${root}data`, ...Object.values(manifests)]) {
      assert.equal(isUploadableKey(key), false, key);
    }
  }
  for (const key of ['production/payroll.csv', 'AWSDynamoDB/_resume/1-a/run.json', 'AWSDynamoDB/data/a.json', '']) {
    assert.equal(isUploadableKey(key), false, key);
  }
});
