import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { Readable } from 'node:stream';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { crc32 } from 'node:zlib';
import type { FormatName } from '../../src/format/formats.ts';
import { FORMATS } from '../../src/format/formats.ts';
import { LineBuffer } from '../../src/format/lines.ts';
import { newPageMemory } from '../../src/format/page-memory.ts';
import { ByteThread, convertPage } from '../../src/scan/byte-thread.ts';
import { BodyBuffer, type PageBody } from '../../src/scan/scan-response.ts';
import { randomPage, seeded } from '../fixtures/random-pages.ts';
import { byEffort } from '../run/effort.ts';

const PAGES = byEffort({ quick: 20, thorough: 200 });
const STARTS = byEffort({ quick: 10, thorough: 100 });
const NEVER = new AbortController().signal;

const memory = newPageMemory();
/** Places in the memory for a page or its lines. */
const places = (function* () {
  for (;;) {
    const region = memory.newRegion() as Buffer;
    for (let at = 0; at < region.length; at += 150_000) yield region.subarray(at, at + 150_000);
  }
})();
const newPlace = (): Buffer => places.next().value as Buffer;

/** Starts the thread and waits until it runs. */
async function started(format: FormatName, signal = NEVER): Promise<ByteThread> {
  const thread = new ByteThread(format);
  thread.start(memory, signal);
  while (!thread.hasStarted) await sleep(1);
  return thread;
}

/** Returns a page in the buffer that received it. */
async function received(bytes: Buffer, crc = String(crc32(bytes)), storage = newPlace()): Promise<PageBody> {
  const response = Object.assign(Readable.from([bytes]), { headers: { 'x-amz-crc32': crc }, complete: true });
  return await new BodyBuffer(storage).receive(response as unknown as IncomingMessage);
}

/** Converts a page in the thread, and returns the result with its lines. */
async function converted(
  thread: ByteThread,
  bytes: Buffer,
  { crc, storage, forLines = newPlace() }: { crc?: string; storage?: Buffer; forLines?: Buffer } = {},
) {
  const page = await received(bytes, crc, storage);
  const lines = new LineBuffer(forLines);
  const result = await thread.convert(page, lines);
  if (forLines.length > bytes.length * 4) assert.equal(lines.bytes, forLines, 'the lines are written to this buffer');
  return 'rest' in result ? { ...result, lines: Buffer.from(lines.lines()) } : result;
}

function convertedHere(format: FormatName, body: Buffer) {
  const lines = new LineBuffer(Buffer.allocUnsafeSlow(8));
  const result = convertPage({ body, crc: String(crc32(body)) }, FORMATS[format].transcode, lines);
  return 'rest' in result ? { ...result, lines: Buffer.from(lines.lines()) } : result;
}

for (const format of ['DYNAMODB_JSON', 'JSON', 'ION'] as const) {
  test(`the byte thread converts random pages to ${format} like the main thread`, async () => {
    await using thread = await started(format);
    const random = seeded(20261128);
    const pages = Array.from({ length: PAGES }, () => randomPage(random, {}).bytes);
    const results = await Promise.all(pages.map((page) => converted(thread, page)));
    for (const [index, page] of pages.entries()) assert.deepEqual(results[index], convertedHere(format, page));
  });
}

const PAGE = Buffer.from('{"Count":1,"Items":[{"pk":{"S":"a"}}],"ScannedCount":1}');

test('the byte thread returns lines in another buffer if they do not fit, or if no memory is shared', async () => {
  await using thread = await started('DYNAMODB_JSON');
  const inOwnMemory = { storage: Buffer.allocUnsafeSlow(100), forLines: Buffer.allocUnsafeSlow(8) };
  const { storage, forLines } = inOwnMemory;
  for (const buffers of [{ forLines: newPlace().subarray(0, 8) }, inOwnMemory, { storage }, { forLines }]) {
    const result = await converted(thread, PAGE, buffers);
    assert.ok('lines' in result);
    assert.equal(result.lines.toString(), '{"Item":{"pk":{"S":"a"}}}\n');
  }
});

test('the byte thread reports pages that are corrupted or cannot be converted', async () => {
  await using thread = await started('ION');
  const truncated = PAGE.subarray(0, 30);
  const half = Buffer.from(String.raw`{"Count":1,"Items":[{"pk":{"S":"\ud800"}}],"ScannedCount":1}`);
  assert.deepEqual(await converted(thread, PAGE, { crc: '1' }), {
    corrupted: 'the CRC-32 of the response does not match its x-amz-crc32 header',
  });
  const [problem, invalid] = await Promise.all([truncated, half].map((page) => converted(thread, page)));
  assert.deepEqual(problem, convertedHere('ION', truncated));
  assert.deepEqual(invalid, convertedHere('ION', half));
  assert.ok(problem !== undefined && 'corrupted' in problem);
  assert.ok(invalid !== undefined && 'invalid' in invalid);
});

test('the byte thread copies pages in WebAssembly, in memory that was added while it runs', async () => {
  await using thread = await started('DYNAMODB_JSON');
  for (let i = 0; i < 20; i += 1) {
    const buffers = { storage: memory.newRegion() as Buffer, forLines: memory.newRegion() as Buffer };
    // The stack of open maps and lists in assembly/copy-items.ts. JavaScript does not use it.
    const stack = Buffer.from(memory.wasmMemory?.buffer as ArrayBuffer, 1024, 1);
    stack[0] = 0xff;
    const result = await converted(thread, PAGE, buffers);
    assert.ok('lines' in result);
    assert.equal(result.lines.toString(), '{"Item":{"pk":{"S":"a"}}}\n');
    assert.equal(stack[0], 1, 'WebAssembly copied the page');
  }
});

test('the byte thread converts pages in memory that was added while it starts', async () => {
  for (let start = 0; start < STARTS; start += 1) {
    const pageMemory = newPageMemory();
    await using thread = new ByteThread('DYNAMODB_JSON');
    thread.start(pageMemory, NEVER);
    await sleep((start * 50) / STARTS);
    const buffers = { storage: pageMemory.newRegion() as Buffer, forLines: pageMemory.newRegion() as Buffer };
    while (!thread.hasStarted) await sleep(1);
    const result = await converted(thread, PAGE, buffers);
    assert.ok('lines' in result && result.count === 1);
  }
});

test('the byte thread hashes the parts of several objects at the same time', async () => {
  await using thread = await started('JSON');
  const objects = Array.from({ length: 5 }, () => ({ hash: thread.newHash(), parts: [] as Buffer[] }));
  const hashed = await Promise.all(
    [0, 1, 2, 3].flatMap(() =>
      objects.map(async ({ hash, parts }) => {
        const part = Buffer.from(new Uint8Array(randomBytes(100_000)).buffer, 0, 99_999);
        const before = Buffer.from(part);
        parts.push(before);
        const { body, crc } = await hash.append(part);
        assert.equal(part.length, 0, 'the memory of the part moves to the thread');
        assert.equal(body.buffer.byteLength, 100_000, 'the memory of the part comes back');
        return body.equals(before) && crc === crc32(before);
      }),
    ),
  );
  assert.deepEqual(hashed, Array(20).fill(true));
  for (const { hash, parts } of objects) {
    const content = Buffer.concat(parts);
    const { md5, sha256 } = await hash.digest();
    assert.equal(Buffer.from(md5).toString('hex'), createHash('md5').update(content).digest('hex'));
    assert.equal(sha256, createHash('sha256').update(content).digest('hex'));
  }
});

test('an object that was begun before the byte thread runs is hashed in the main thread', async () => {
  await using thread = new ByteThread('JSON');
  const hash = thread.newHash();
  const first = await hash.append(Buffer.from('first'));
  assert.deepEqual(first, { body: Buffer.from('first'), crc: crc32('first') });
  thread.start(memory, NEVER);
  while (!thread.hasStarted) await sleep(1);
  const second = Buffer.from('second');
  assert.equal((await hash.append(second)).body, second);
  assert.equal((await hash.digest()).sha256, createHash('sha256').update('firstsecond').digest('hex'));
});

test('pages are converted in the main thread until the byte thread runs', async () => {
  await using thread = new ByteThread('DYNAMODB_JSON');
  thread.start(memory, NEVER);
  const lines = new LineBuffer(newPlace());
  const converting = thread.convert(await received(PAGE), lines);
  assert.equal(lines.lines().toString(), '{"Item":{"pk":{"S":"a"}}}\n', 'converted in the call');
  const { count } = (await converting) as { count: number };
  assert.equal(count, 1);
});

test('all calls to the byte thread fail with UNEXPECTED if it ends', async (t) => {
  const post = t.mock.method(Worker.prototype, 'postMessage');
  await using thread = await started('DYNAMODB_JSON');
  const hash = thread.newHash();
  const page = await received(PAGE);
  post.mock.mockImplementation(() => {});
  const calls = [hash.append(Buffer.from('part')), thread.convert(page, new LineBuffer(newPlace()))];
  const settled = Promise.allSettled(calls);
  const [call] = post.mock.calls;
  await (call as { this: Worker }).this.terminate();
  const failed = [...(await settled), ...(await Promise.allSettled([hash.digest()]))];
  assert.deepEqual(
    failed.map((call) => (call.status === 'rejected' ? (call.reason as { code: string }).code : call.status)),
    ['UNEXPECTED', 'UNEXPECTED', 'UNEXPECTED'],
  );
});

test('all calls fail with UNEXPECTED if the byte thread ends before it has started', async () => {
  const starting = nextWorker();
  await using thread = new ByteThread('JSON');
  thread.start(memory, NEVER);
  (await starting).emit('error', Object.assign(new Error('data'), { code: 'ERR_WORKER_INIT_FAILED' }));
  assert.equal(thread.hasStarted, false);
  const calls = [
    thread.newHash().append(partOf('one')),
    thread.convert(await received(PAGE), new LineBuffer(newPlace())),
  ];
  for (const call of calls) await assert.rejects(async () => call, { code: 'UNEXPECTED' });
});

/** Returns the worker of the thread that starts next. */
async function nextWorker(): Promise<Worker> {
  const [worker] = (await once(process, 'worker')) as [Worker];
  return worker;
}

/** Returns a part in memory of its own, which can be moved. */
const partOf = (text: string): Buffer => Buffer.from(new TextEncoder().encode(text).buffer);

test('a call whose memory cannot be moved to the byte thread fails, and the others get their own responses', async () => {
  await using thread = await started('JSON');
  const [first, second] = [thread.newHash(), thread.newHash()];
  // The memory of a short Buffer is shared with others.
  const failed = first.append(Buffer.from('shared'));
  const others = [first.append(partOf('one')), second.append(partOf('two'))];
  await assert.rejects(async () => failed, { name: 'DataCloneError' });
  const crcs = await Promise.all(others.map(async (hashed) => (await hashed).crc));
  assert.deepEqual(crcs, [crc32('one'), crc32('two')]);
});

test('all calls to the byte thread fail if a response cannot be received', async () => {
  const starting = nextWorker();
  await using thread = await started('JSON');
  const appended = ['one', 'two'].map((text) => thread.newHash().append(partOf(text)));
  (await starting).emit('messageerror', new TypeError('data'));
  for (const { status } of await Promise.allSettled(appended)) assert.equal(status, 'rejected');
});

test('the error of the byte thread has the name of its cause, but not its message', async () => {
  const starting = nextWorker();
  await using thread = await started('JSON');
  const appended = thread.newHash().append(partOf('one'));
  const outOfMemory = Object.assign(new Error('data'), { code: 'ERR_WORKER_OUT_OF_MEMORY' });
  (await starting).emit('error', outOfMemory);
  await assert.rejects(async () => appended, {
    code: 'UNEXPECTED',
    message:
      'The thread that converts pages and hashes parts ended before the copy was complete (ERR_WORKER_OUT_OF_MEMORY).',
  });
});

test('the byte thread ends if its signal is aborted, so that a copy that hangs does not keep the process', async () => {
  const starting = nextWorker();
  const stop = new AbortController();
  const thread = await started('JSON', stop.signal);
  const exited = once(await starting, 'exit');
  const appended = thread.newHash().append(partOf('one'));
  stop.abort();
  await assert.rejects(async () => appended, { name: 'AbortError' });
  await exited;
});
