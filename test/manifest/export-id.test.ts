import assert from 'node:assert/strict';
import test from 'node:test';
import {
  isDataObjectName,
  isExportIdOf,
  newDataObjectName,
  newExportId,
  shardNames,
  startTimeOf,
} from '../../src/manifest/export-id.ts';

test('an export ID is the start time in milliseconds and 8 hexadecimal digits, as in DynamoDB exports', () => {
  // startTime and ID are from an export that DynamoDB made: 2024-05-14T11:14:20.608Z, 01715685260608-c488b4e1.
  assert.match(newExportId(new Date('2024-05-14T11:14:20.608Z')), /^01715685260608-[0-9a-f]{8}$/);
  assert.match(newExportId(new Date(0)), /^00000000000000-[0-9a-f]{8}$/);
});

test('export IDs sort by time and are unique within a millisecond', () => {
  const start = Date.now();
  const ids = Array.from({ length: 100 }, (_, i) => newExportId(new Date(start + 1_000 * i)));
  assert.deepEqual(ids.toSorted(), ids);
  assert.equal(new Set(Array.from({ length: 100 }, () => newExportId(new Date(start)))).size, 100);
});

test('a data object name is 128 bits in lower-case base32 without padding, as in DynamoDB exports', () => {
  const names = Array.from({ length: 1_000 }, () => newDataObjectName());
  for (const name of names) {
    // The last character encodes only three bits.
    assert.match(name, /^[a-z2-7]{25}[aeimquy4]$/);
  }
  assert.equal(new Set(names).size, names.length);
});

test('every bit of a data object name is random', () => {
  const seen = Array.from({ length: 26 }, () => new Set<string>());
  for (let i = 0; i < 1_000; i += 1) for (const [at, c] of [...newDataObjectName()].entries()) seen[at]?.add(c);
  assert.deepEqual(
    seen.map((characters) => characters.size),
    [...Array.from({ length: 25 }, () => 32), 8],
  );
});

test('the first two characters of a data object name are those of the shard, and the others are random', () => {
  const starts = Array.from({ length: 256 }, (_, i) => shardNames(i + 1));
  assert.deepEqual([starts[0], starts[1], starts[31], starts[32], starts[255]], ['aa', 'ab', 'a7', 'ba', 'h7']);
  assert.equal(new Set(starts).size, 256);
  const names = starts.flatMap((start) => [newDataObjectName(start), newDataObjectName(start)]);
  for (const [i, name] of names.entries()) {
    assert.ok(isDataObjectName(name), name);
    assert.equal(name.slice(0, 2), starts[Math.floor(i / 2)]);
  }
  assert.equal(new Set(names.map((name) => name.slice(2))).size, names.length);
});

test('isExportIdOf recognizes the step and the attempt that started a copy', () => {
  const start = new Date(1_795_000_000_000);
  const starter = { step: 'step-1', attempt: 2 };
  const ids = Array.from({ length: 50 }, () => newExportId(start, starter));
  for (const id of ids) {
    assert.match(id, /^01795000000000-[0-9a-f]{8}$/);
    assert.equal(isExportIdOf(id, starter), true);
    assert.equal(isExportIdOf(id, { ...starter, attempt: 1 }), false);
    assert.equal(isExportIdOf(id, { ...starter, step: 'step-2' }), false);
    assert.equal(isExportIdOf(id.replace('01795', '01796'), starter), false);
    assert.equal(isExportIdOf(`${id}/`, starter), false);
    assert.equal(startTimeOf(id), start.getTime());
  }
  assert.ok(new Set(ids).size > 1, 'IDs of identical steps that start at the same time usually differ');
  assert.equal(isExportIdOf(newExportId(start), starter), false);
});

test('isDataObjectName accepts data object names with an extension and rejects other names', () => {
  const name = newDataObjectName();
  for (const good of [name, `${name}.json.gz`, `${name}.x-y_z.v2.zst`])
    assert.equal(isDataObjectName(good), true, good);
  for (const bad of ['', name.slice(1), `${name}/a`, `a/${name}`, `${name}.`, `${name}.json/..`, `${name}x`]) {
    assert.equal(isDataObjectName(bad), false, bad);
  }
});
