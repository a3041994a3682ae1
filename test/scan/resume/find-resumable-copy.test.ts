import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { TableDescription } from '@aws-sdk/client-dynamodb';
import { PutObjectCommand } from '@aws-sdk/client-s3';
import { zeroCounts } from '../../../src/manifest/counts.ts';
import { newDataObjectName } from '../../../src/manifest/export-id.ts';
import { AbandonedCopy } from '../../../src/scan/resume/abandoned-copy.ts';
import { findResumableCopy } from '../../../src/scan/resume/find-resumable-copy.ts';
import { type RunState, START, segmentJson } from '../../../src/scan/resume/resume-state.ts';
import { s3Error } from '../../emulators/faults.ts';
import { type CheckpointFixture, EMPTY, file, KEYS, openCheckpoints, RUN } from './checkpoint-fixture.ts';

const STORED = file(`${KEYS.data}${newDataObjectName()}.json`);
const AFTER_STORED = { startKey: { id: { S: '1' } }, ended: false, counts: { ...zeroCounts(), itemCount: 1234 } };

/** Searches for the copy of attempt 1. Returns the result, and what is logged with its kind. */
async function find({ checkpoints }: CheckpointFixture, run: RunState = RUN, table: TableDescription = {}) {
  const logged: string[] = [];
  const log = (kind: string) => (line: string) => void logged.push(`${kind}: ${line}`);
  const logger = { info: log('info'), notice: log('notice'), warning: log('warning') };
  const locked = { run, previousAttempt: 1, inFlight: { areOver: () => true } };
  const found = await findResumableCopy(checkpoints, locked, { requestHash: RUN.request, table }, logger);
  return { found, logged: logged.join('\n') };
}

async function put({ checkpoints }: CheckpointFixture, Key: string): Promise<void> {
  const { client, name } = checkpoints.bucket;
  await client.send(new PutObjectCommand({ Bucket: name, Key, Body: 'other' }));
}

/** Writes a checkpoint whose next object may exist. Returns its key. */
async function writePending({ write }: CheckpointFixture): Promise<string> {
  const key = `${KEYS.data}${newDataObjectName()}.json`;
  const object = { ...file(key), crc32: 'AAAAAA==', uploadId: undefined };
  await write(1, 7, { ...EMPTY, pending: { object, itemCount: 1, after: START } });
  return key;
}

describe('the copy of an earlier attempt', () => {
  it('is resumed from its checkpoints', async () => {
    await using fixture = await openCheckpoints();
    await fixture.write(1, 7, { ...EMPTY, position: AFTER_STORED, files: [STORED] });
    await fixture.write(1, 8, EMPTY);
    const { found, logged } = await find(fixture);
    assert.ok(typeof found === 'object' && !(found instanceof AbandonedCopy));
    assert.equal(found.run, RUN);
    assert.equal(found.segments.get(7)?.position.counts.itemCount, 1234);
    assert.ok(found.segments.has(8));
    assert.equal(
      logged,
      'notice: Resuming the copy of attempt 1: 1,234 items in 1 objects are stored and are not read again.',
    );
  });

  it('is resumed if it has no segment checkpoints', async () => {
    await using fixture = await openCheckpoints();
    const { found, logged } = await find(fixture);
    assert.ok(typeof found === 'object' && !(found instanceof AbandonedCopy));
    assert.match(logged, /^notice: Resuming the copy of attempt 1: 0 items in 0 objects /);
  });

  it('is neither resumed nor deleted if it is complete', async () => {
    await using fixture = await openCheckpoints();
    await put(fixture, KEYS.manifestSummary);
    const { found, logged } = await find(fixture);
    assert.equal(found, 'complete');
    assert.match(logged, /^notice: The copy of attempt 1 is not resumed because it is complete, .* starts over\.$/);
  });

  it('is deleted if another object has the key of its next object', async () => {
    await using fixture = await openCheckpoints();
    const key = await writePending(fixture);
    await put(fixture, key);
    const { found, logged } = await find(fixture);
    assert.ok(found instanceof AbandonedCopy);
    assert.equal(found.attempt, 1);
    assert.match(logged, /^notice: The copy of attempt 1 is not resumed because another object has the key of one of/);
  });

  it('is deleted if S3 denies access to its next object, which exists', async () => {
    await using fixture = await openCheckpoints();
    const key = await writePending(fixture);
    await put(fixture, key);
    fixture.store.inject((request) => (request.key === key ? s3Error('AccessDenied', 403) : undefined));
    const { found, logged } = await find(fixture);
    assert.ok(found instanceof AbandonedCopy);
    assert.match(logged, /^notice: The copy of attempt 1 is not resumed because S3 denied access to its objects/);
  });

  it('is resumed if S3 denies access to its next object, which does not exist', async () => {
    await using fixture = await openCheckpoints();
    const key = await writePending(fixture);
    fixture.store.inject((request) => (request.key === key ? s3Error('AccessDenied', 403) : undefined));
    const { found } = await find(fixture);
    assert.ok(typeof found === 'object' && !(found instanceof AbandonedCopy));
    assert.deepEqual(
      found.segments.get(7)?.late.map(({ object }) => object.key),
      [key],
    );
  });

  for (const [problem, kind, content] of [
    ['belongs to another copy', 'notice', segmentJson('another', EMPTY)],
    ['is malformed', 'warning', Buffer.from('garbage')],
  ] as const) {
    it(`is neither resumed nor deleted, with a ${kind}, if a checkpoint ${problem}`, async () => {
      await using fixture = await openCheckpoints();
      await fixture.checkpoints.writeSegment(1, 3, content);
      const { found, logged } = await find(fixture);
      assert.equal(found, undefined);
      const expected = `^${kind}: The copy of attempt 1 is not resumed because its checkpoints cannot be read\\. .* are not deleted\\.$`;
      assert.match(logged, new RegExp(expected));
    });
  }
});

describe('the copy of an earlier attempt of a table', () => {
  const run = { ...RUN, tableId: 'table', tableCreated: 5 };
  const same = { TableId: 'table', CreationDateTime: new Date(5) };

  it('is resumed if the table has the same ID and creation time', async () => {
    await using fixture = await openCheckpoints();
    const { found } = await find(fixture, run, same);
    assert.ok(typeof found === 'object' && !(found instanceof AbandonedCopy));
  });

  for (const [difference, table] of [
    ['another ID', { ...same, TableId: 'another' }],
    ['no ID', { CreationDateTime: same.CreationDateTime }],
    ['another creation time', { ...same, CreationDateTime: new Date(6) }],
    ['no creation time', { TableId: same.TableId }],
  ] as const) {
    it(`is deleted if the table now has ${difference}`, async () => {
      await using fixture = await openCheckpoints();
      const { found, logged } = await find(fixture, run, table);
      assert.ok(found instanceof AbandonedCopy);
      assert.match(logged, /because the table was deleted and re-created\. This attempt starts over\.$/);
    });
  }
});
