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
import { openWriterBench, POOL, type WriterBench } from './writer-bench.ts';

const folder = mkdtempSync(join(tmpdir(), 'upload-journal-'));
after(() => rmSync(folder, { recursive: true }));

const STARTED_AT = '2026-11-22T12:00:00.000Z';
const PLACE = { bucket: 'backups', region: 'eu-central-1', startedAt: STARTED_AT };
const PART = randomBytes(PART_BYTES);

let serial = 0;
function newPath(): string {
  serial += 1;
  return join(folder, `${serial}.jsonl`);
}

interface JournalledBench extends WriterBench {
  readonly path: string;
}

async function openBench(): Promise<JournalledBench> {
  const path = newPath();
  return { ...(await openWriterBench(POOL, new UploadJournal(path, PLACE))), path };
}

/** What the journal holds open, by key. */
function openIn(path: string): Record<string, readonly string[]> {
  return Object.fromEntries(readUploadJournal(path)?.uploads ?? []);
}

test('a journal tells what is open, where, and since when', () => {
  const path = newPath();
  const journal = new UploadJournal(path, PLACE);
  assert.equal(readUploadJournal(path), undefined, 'nothing was begun');
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

test('the file is there only while something is open', () => {
  const path = newPath();
  const journal = new UploadJournal(path, PLACE);
  for (let round = 0; round < 2; round += 1) {
    journal.creating('key');
    journal.created('key', 'id');
    assert.deepEqual(openIn(path), { key: ['id'] });
    journal.ended('key', 'completed');
    assert.ok(!existsSync(path));
  }
});

test('a line that a kill has torn is passed over', () => {
  const path = newPath();
  const journal = new UploadJournal(path, PLACE);
  journal.creating('key');
  journal.created('key', 'id');
  appendFileSync(path, '{"event":"completed","ke');
  assert.deepEqual(openIn(path), { key: ['id'] });
});

test('a file that is no journal is none', () => {
  const path = newPath();
  writeFileSync(path, '42\nhello\n');
  assert.equal(readUploadJournal(path), undefined);
});

test('a disk that takes nothing does not cost the copy', async () => {
  await using bench = await openWriterBench(POOL, new UploadJournal(join(folder, 'no', 'such', 'folder'), PLACE));
  const writer = bench.writer('object');
  await writer.append(PART);
  await writer.complete();
  assert.equal((await bench.store.list(bench.bucket)).length, 1);
});

test('nor does a file that cannot be removed, as another program has it open', async (t) => {
  const path = newPath();
  mkdirSync(path);
  for (const end of ['complete', 'abort'] as const) {
    await t.test(end, async () => {
      await using bench = await openWriterBench(POOL, new UploadJournal(path, PLACE));
      const writer = bench.writer('object');
      await writer.append(PART);
      await writer[end]();
      assert.equal((await bench.store.list(bench.bucket)).length, end === 'complete' ? 1 : 0);
      assert.deepEqual(await bench.store.openUploads(bench.bucket), []);
    });
  }
});

test('lines that no journal has are skipped, whatever they hold', () => {
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
  appendFileSync(path, `${JSON.stringify({ event: 'bucket', ...PLACE })}\n`);
  assert.deepEqual(readUploadJournal(path), {
    bucket: 'backups',
    region: 'eu-central-1',
    startedAt: new Date(STARTED_AT),
    uploads: new Map([['a', []]]),
  });
});

test('what is no file is no journal', () => {
  assert.equal(readUploadJournal(folder), undefined);
  const link = newPath();
  symlinkSync('/dev/zero', link);
  assert.equal(readUploadJournal(link), undefined);
});

test('an upload is open in the journal for as long as it is open in S3', async (t) => {
  for (const end of ['complete', 'abort'] as const) {
    await t.test(end, async () => {
      await using bench = await openBench();
      const { store, bucket, path } = bench;
      let whileCreating: unknown;
      store.inject(({ operation }) => {
        if (operation === 'CreateMultipartUpload') whileCreating = openIn(path);
        return undefined;
      });
      const writer = bench.writer('object');
      await writer.append(PART);
      assert.deepEqual(whileCreating, { object: [] }, 'known before S3 is asked');
      assert.deepEqual(openIn(path), { object: [writer.uploadId] });
      assert.equal((await store.openUploads(bucket)).length, 1);
      await writer[end]();
      assert.ok(!existsSync(path));
      assert.deepEqual(await store.openUploads(bucket), []);
    });
  }
});

test('an object of one part is in no journal', async () => {
  await using bench = await openBench();
  const writer = bench.writer('object');
  await writer.append(PART.subarray(1));
  await writer.complete();
  assert.ok(!existsSync(bench.path));
});

test('what could not be aborted stays in the journal', async () => {
  await using bench = await openBench();
  const writer = bench.writer('object');
  await writer.append(PART);
  bench.store.inject(({ operation }) =>
    operation === 'AbortMultipartUpload' ? s3Error('AccessDenied', 403) : undefined,
  );
  await writer.abort();
  assert.deepEqual(openIn(bench.path), { object: [writer.uploadId] });
});

test("an upload that S3 refused to create is nobody's", async () => {
  await using bench = await openBench();
  bench.store.inject(({ operation }) =>
    operation === 'CreateMultipartUpload' ? s3Error('AccessDenied', 403) : undefined,
  );
  const writer = bench.writer('object');
  await assert.rejects(writer.append(PART), { name: 'AccessDenied' });
  await writer.abort();
  assert.ok(!existsSync(bench.path));
  assert.ok(!bench.store.requests.some(({ operation }) => operation === 'ListMultipartUploads'));
});
