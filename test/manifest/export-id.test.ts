import assert from 'node:assert/strict';
import test from 'node:test';
import {
  isDataObjectName,
  isExportIdOf,
  newDataObjectName,
  newExportId,
  startTimeOf,
} from '../../src/manifest/export-id.ts';

test("an export id is the start in milliseconds and 8 hexadecimal digits, as DynamoDB's own are", () => {
  // Of an export of DynamoDB's: startTime 2024-05-14T11:14:20.608Z, id 01715685260608-c488b4e1.
  assert.match(newExportId(new Date('2024-05-14T11:14:20.608Z')), /^01715685260608-[0-9a-f]{8}$/);
  assert.match(newExportId(new Date(0)), /^00000000000000-[0-9a-f]{8}$/);
});

test('export ids sort by time, and two of one millisecond differ', () => {
  const start = Date.now();
  const ids = Array.from({ length: 100 }, (_, i) => newExportId(new Date(start + 1_000 * i)));
  assert.deepEqual(ids.toSorted(), ids);
  assert.equal(new Set(Array.from({ length: 100 }, () => newExportId(new Date(start)))).size, 100);
});

test("a data name is 128 bits in lower-case base32 without padding, as DynamoDB's own are", () => {
  const names = Array.from({ length: 1_000 }, newDataObjectName);
  for (const name of names) {
    // The last character holds three bits only.
    assert.match(name, /^[a-z2-7]{25}[aeimquy4]$/);
  }
  assert.equal(new Set(names).size, names.length);
});

test('every bit of a data name is drawn', () => {
  const seen = Array.from({ length: 26 }, () => new Set<string>());
  for (let i = 0; i < 1_000; i += 1) for (const [at, c] of [...newDataObjectName()].entries()) seen[at]?.add(c);
  assert.deepEqual(
    seen.map((characters) => characters.size),
    [...Array.from({ length: 25 }, () => 32), 8],
  );
});

test('an export ID tells which attempt of which step began the copy', () => {
  const start = new Date(1_795_000_000_000);
  const beginner = { step: 'step-1', attempt: 2 };
  const ids = Array.from({ length: 50 }, () => newExportId(start, beginner));
  for (const id of ids) {
    assert.match(id, /^01795000000000-[0-9a-f]{8}$/);
    assert.equal(isExportIdOf(id, beginner), true);
    assert.equal(isExportIdOf(id, { ...beginner, attempt: 1 }), false);
    assert.equal(isExportIdOf(id, { ...beginner, step: 'step-2' }), false);
    assert.equal(isExportIdOf(id.replace('01795', '01796'), beginner), false);
    assert.equal(isExportIdOf(`${id}/`, beginner), false);
    assert.equal(startTimeOf(id), start.getTime());
  }
  assert.ok(new Set(ids).size > 1, 'two steps that look the same and start at the same time differ, mostly');
  assert.equal(isExportIdOf(newExportId(start), beginner), false);
});

test('the names of data objects are known, with any extension and no other', () => {
  const name = newDataObjectName();
  for (const good of [name, `${name}.json.gz`, `${name}.x-y_z.v2.zst`])
    assert.equal(isDataObjectName(good), true, good);
  for (const bad of ['', name.slice(1), `${name}/a`, `a/${name}`, `${name}.`, `${name}.json/..`, `${name}x`]) {
    assert.equal(isDataObjectName(bad), false, bad);
  }
});
