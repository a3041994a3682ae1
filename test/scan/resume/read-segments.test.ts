import assert from 'node:assert/strict';
import { test } from 'node:test';
import { zeroCounts } from '../../../src/manifest/counts.ts';
import { newDataObjectName } from '../../../src/manifest/export-id.ts';
import { readSegmentStates, storedFiles } from '../../../src/scan/resume/read-segments.ts';
import { START, sealedFilesJson, segmentJson } from '../../../src/scan/resume/resume-state.ts';
import { settleSegments } from '../../../src/scan/resume/settle-segments.ts';
import { EMPTY, file, KEYS, openCheckpoints, RUN } from './checkpoint-fixture.ts';

test('readSegmentStates reads the sealed entries of each attempt in order', async () => {
  await using fixture = await openCheckpoints();
  const files = Array.from({ length: 5 }, () => file(`${KEYS.data}${newDataObjectName()}.json`));
  await fixture.seal(1, 7, 0, files.slice(0, 1));
  await fixture.seal(1, 7, 1, files.slice(1, 3));
  await fixture.seal(2, 7, 0, files.slice(3, 4));
  const sealed = [
    { attempt: 1, count: 2 },
    { attempt: 2, count: 1 },
  ];
  await fixture.write(2, 7, { ...EMPTY, sealed, files: files.slice(4) });
  const segments = await readSegmentStates(fixture.checkpoints, RUN);
  assert.ok(typeof segments === 'object');
  const segment = segments.get(7);
  assert.deepEqual(segment && storedFiles(segment), files);
});

test('readSegmentStates rejects a checkpoint whose sealed entries are missing or belong to another copy', async () => {
  await using fixture = await openCheckpoints();
  await fixture.write(1, 7, { ...EMPTY, sealed: [{ attempt: 1, count: 1 }] });
  assert.equal(await readSegmentStates(fixture.checkpoints, RUN), 'malformed');
  await fixture.checkpoints.writeSealedFiles(1, 7, 0, sealedFilesJson('another', []));
  assert.equal(await readSegmentStates(fixture.checkpoints, RUN), 'malformed');
  await fixture.seal(1, 7, 0, []);
  assert.equal(typeof (await readSegmentStates(fixture.checkpoints, RUN)), 'object', 'control');
});

test('readSegmentStates rejects a checkpoint of a segment that the copy does not have', async () => {
  await using fixture = await openCheckpoints();
  await fixture.write(1, 100, EMPTY);
  assert.equal(await readSegmentStates(fixture.checkpoints, RUN), 'malformed');
});

test('readSegmentStates rejects checkpoints that list an object twice', async () => {
  await using fixture = await openCheckpoints();
  const [one, other] = [
    file(`${KEYS.data}${newDataObjectName()}.json`),
    file(`${KEYS.data}${newDataObjectName()}.json`),
  ];
  const sealedObject = { ...one, crc32: 'AAAAAA==', uploadId: undefined };
  const pending = { object: sealedObject, itemCount: 1, after: START };
  const twice: Readonly<Record<string, () => Promise<void>>> = {
    'in one checkpoint': () => fixture.write(1, 7, { ...EMPTY, files: [one, one] }),
    'in two segments': async () => {
      await fixture.write(1, 7, { ...EMPTY, files: [one] });
      await fixture.write(1, 8, { ...EMPTY, files: [other, one] });
    },
    'as stored and as pending': async () => {
      await fixture.write(1, 7, { ...EMPTY, files: [one], pending });
      await fixture.write(1, 8, EMPTY);
    },
    'in sealed entries that are listed twice': async () => {
      await fixture.seal(1, 7, 0, []);
      const sealed = { attempt: 1, count: 1 };
      await fixture.write(1, 7, { ...EMPTY, sealed: [sealed, sealed] });
    },
  };
  for (const [where, write] of Object.entries(twice)) {
    await write();
    assert.equal(await readSegmentStates(fixture.checkpoints, RUN), 'malformed', where);
  }
  await fixture.write(1, 7, { ...EMPTY, files: [one] });
  await fixture.write(1, 8, { ...EMPTY, files: [other] });
  assert.equal(typeof (await readSegmentStates(fixture.checkpoints, RUN)), 'object', 'control');
});

test('readSegmentStates rejects a checkpoint that is much larger than the Action writes', async () => {
  await using fixture = await openCheckpoints();
  const padded = Buffer.concat([segmentJson(RUN.exportId, EMPTY), Buffer.alloc(5_000_000, ' ')]);
  await fixture.checkpoints.writeSegment(1, 7, padded);
  assert.equal(await readSegmentStates(fixture.checkpoints, RUN), 'malformed');
});

test('readSegmentStates distinguishes a checkpoint of another copy from a malformed one, which has precedence', async () => {
  await using fixture = await openCheckpoints();
  await fixture.checkpoints.writeSegment(1, 3, segmentJson('another', EMPTY));
  assert.equal(await readSegmentStates(fixture.checkpoints, RUN), 'of another copy');
  await fixture.checkpoints.writeSegment(1, 4, Buffer.from('garbage'));
  assert.equal(await readSegmentStates(fixture.checkpoints, RUN), 'malformed');
});

test('each segment that is read or settled is reported to the stall watchdog as progress', async () => {
  await using fixture = await openCheckpoints();
  const hashes = { md5: 'B2M2Y8AsgTpgAmY7PhCfqg==', sha256: 'a'.repeat(64), crc32: 'AAAAAA==' };
  const object = { size: 1, ...hashes, etag: 'e', uploadId: undefined };
  for (let index = 0; index < 40; index += 1) {
    const key = `${KEYS.data}${newDataObjectName()}.json`;
    const pending = { object: { ...object, key }, itemCount: 1, after: { ...START, counts: zeroCounts() } };
    await fixture.write(1, index, { ...EMPTY, pending });
  }
  const segments = await readSegmentStates(fixture.checkpoints, RUN);
  assert.ok(typeof segments === 'object');
  assert.equal(segments.size, 40);
  assert.ok(
    fixture.waits.progressNotes >= 80,
    `${fixture.waits.progressNotes} for 40 keys in a list and 40 checkpoints`,
  );
  fixture.waits.progressNotes = 0;
  const settled = await settleSegments(fixture.checkpoints, KEYS.data, segments);
  assert.ok(typeof settled === 'object');
  assert.ok(fixture.waits.progressNotes >= 40);
});
