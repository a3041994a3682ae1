import '../aws/short-waits.ts';
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { appendFileSync, existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { after } from 'node:test';
import { PART_BYTES } from '../../src/s3/part-buffers.ts';
import { readUploadJournal, UploadJournal } from '../../src/s3/upload-journal.ts';
import { s3Error } from '../emulators/faults.ts';
import { openWriterFixture, POOL, type WriterFixture } from './writer-bench.ts';

const folder = mkdtempSync(join(tmpdir(), 'upload-journal-'));
after(() => rmSync(folder, { recursive: true }));

const STARTED_AT = '2026-11-22T12:00:00.000Z';
const TARGET = { bucket: 'backups', region: 'eu-central-1', startedAt: STARTED_AT };
const PART = randomBytes(PART_BYTES);

let serial = 0;
function newPath(): string {
  serial += 1;
  return join(folder, `${serial}.jsonl`);
}

interface JournaledFixture extends WriterFixture {
  readonly path: string;
}

async function openJournaledFixture(): Promise<JournaledFixture> {
  const path = newPath();
  return { ...(await openWriterFixture(POOL, new UploadJournal(path, TARGET))), path };
}

/** Returns the open uploads in the journal by key. */
function openIn(path: string): Record<string, readonly string[]> {
  return Object.fromEntries(readUploadJournal(path)?.uploads ?? []);
}

test('an upload journal contains the open uploads, their bucket and their start time', () => {
  const path = newPath();
  const journal = new UploadJournal(path, TARGET);
  assert.equal(readUploadJournal(path), undefined, 'no upload was started');
  for (const key of ['a', 'b', 'c', 'd']) journal.creating(key);
  journal.created('a', 'id-a');
  journal.created('b', 'id-b');
  journal.created('c', 'id-c');
  journal.ended('b', 'completed');
  journal.ended('c', 'aborted');
  assert.deepEqual(readUploadJournal(path), {
    bucket: 'backups',
    region: 'eu-central-1',
    startedAt: new Date(STARTED_AT),
    uploads: new Map([
      ['a', ['id-a']],
      ['d', []],
    ]),
  });
});

test('the file of an upload journal exists only while an upload is open', () => {
  const path = newPath();
  const journal = new UploadJournal(path, TARGET);
  for (let round = 0; round < 2; round += 1) {
    journal.creating('key');
    journal.created('key', 'id');
    assert.deepEqual(openIn(path), { key: ['id'] });
    journal.ended('key', 'completed');
    assert.ok(!existsSync(path));
  }
});

test('readUploadJournal ignores an incomplete last line, which a killed process leaves', () => {
  const path = newPath();
  const journal = new UploadJournal(path, TARGET);
  journal.creating('key');
  journal.created('key', 'id');
  appendFileSync(path, '{"event":"completed","ke');
  assert.deepEqual(openIn(path), { key: ['id'] });
});

test('readUploadJournal returns undefined for a file that is not a journal', () => {
  const path = newPath();
  writeFileSync(path, '42\nhello\n');
  assert.equal(readUploadJournal(path), undefined);
});

test('an object is stored even if the upload journal cannot be written', async () => {
  await using fixture = await openWriterFixture(POOL, new UploadJournal(join(folder, 'no', 'such', 'folder'), TARGET));
  const writer = fixture.writer('object');
  await writer.append(PART);
  await writer.complete();
  assert.equal((await fixture.store.list(fixture.bucket)).length, 1);
});

for (const [end, objects] of [
  ['complete', 1],
  ['abort', 0],
] as const) {
  test(`${end} of an object succeeds even if the file of the upload journal cannot be removed`, async () => {
    const path = newPath();
    // A folder simulates a file that cannot be removed because another program has it open.
    mkdirSync(path);
    await using fixture = await openWriterFixture(POOL, new UploadJournal(path, TARGET));
    const writer = fixture.writer('object');
    await writer.append(PART);
    await writer[end]();
    assert.equal((await fixture.store.list(fixture.bucket)).length, objects);
    assert.deepEqual(await fixture.store.openUploads(fixture.bucket), []);
  });
}

test('readUploadJournal ignores lines that are not valid entries of a journal', () => {
  const path = newPath();
  const lines = [
    ...['null', '5', '"creating"', '[]', '{}', '{"event":"creating"}', '{"event":"other","key":"x"}'],
    ...['{"event":"creating","key":{"toString":1}}', '{"event":"created","key":"a"}'],
    `{"event":"bucket","bucket":"b","region":"eu/evil.example","startedAt":"${STARTED_AT}"}`,
    '{"event":"bucket","bucket":"b","region":"eu-central-1","startedAt":"never"}',
    '{"event":"bucket","bucket":["b"],"region":"eu-central-1","startedAt":"2026-11-22"}',
  ];
  writeFileSync(path, `${lines.join('\n')}\n{"event":"creating","key":"a"}\n`);
  assert.equal(readUploadJournal(path), undefined);
  appendFileSync(path, `${JSON.stringify({ event: 'bucket', ...TARGET })}\n`);
  assert.deepEqual(readUploadJournal(path), {
    bucket: 'backups',
    region: 'eu-central-1',
    startedAt: new Date(STARTED_AT),
    uploads: new Map([['a', []]]),
  });
});

test('readUploadJournal returns undefined for a folder and for a device', () => {
  assert.equal(readUploadJournal(folder), undefined);
  const link = newPath();
  symlinkSync('/dev/zero', link);
  assert.equal(readUploadJournal(link), undefined);
});

for (const end of ['complete', 'abort'] as const) {
  test(`an upload is in the journal from before CreateMultipartUpload until ${end}`, async () => {
    await using fixture = await openJournaledFixture();
    const { store, bucket, path } = fixture;
    let whileCreating: unknown;
    store.inject(({ operation }) => {
      if (operation === 'CreateMultipartUpload') whileCreating = openIn(path);
      return undefined;
    });
    const writer = fixture.writer('object');
    await writer.append(PART);
    assert.deepEqual(whileCreating, { object: [] }, 'the key is in the journal before the request is sent');
    assert.deepEqual(openIn(path), { object: [writer.uploadId] });
    assert.equal((await store.openUploads(bucket)).length, 1);
    await writer[end]();
    assert.ok(!existsSync(path));
    assert.deepEqual(await store.openUploads(bucket), []);
  });
}

test('an object of one part is not in the upload journal', async () => {
  await using fixture = await openJournaledFixture();
  const writer = fixture.writer('object');
  await writer.append(PART.subarray(1));
  await writer.complete();
  assert.ok(!existsSync(fixture.path));
});

test('an upload that could not be aborted remains in the journal', async () => {
  await using fixture = await openJournaledFixture();
  const writer = fixture.writer('object');
  await writer.append(PART);
  fixture.store.inject(({ operation }) =>
    operation === 'AbortMultipartUpload' ? s3Error('AccessDenied', 403) : undefined,
  );
  await writer.abort();
  assert.deepEqual(openIn(fixture.path), { object: [writer.uploadId] });
});

test('an upload that S3 denied to create is not in the journal and is not searched for', async () => {
  await using fixture = await openJournaledFixture();
  fixture.store.inject(({ operation }) =>
    operation === 'CreateMultipartUpload' ? s3Error('AccessDenied', 403) : undefined,
  );
  const writer = fixture.writer('object');
  await assert.rejects(writer.append(PART), { name: 'AccessDenied' });
  await writer.abort();
  assert.ok(!existsSync(fixture.path));
  assert.ok(!fixture.store.requests.some(({ operation }) => operation === 'ListMultipartUploads'));
});
