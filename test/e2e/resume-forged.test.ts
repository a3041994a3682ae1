import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { CreateMultipartUploadCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { assertSameItems } from '../fixtures/items.ts';
import {
  assertSucceeded,
  type Inputs,
  keysIn,
  largeItems,
  openPair,
  type Pair,
  startServers,
} from '../fixtures/pair.ts';
import { attempt, checkpointKeys, dieAt, RESUMED, seesData } from '../fixtures/resume-attempts.ts';
import { fewOf, slowTest } from '../run/effort.ts';
import type { RunResult } from '../runner/runner.ts';

await startServers();

/** Two segments of several pages, with one or two objects each. */
const ITEMS = largeItems(18, 10_000);

const VICTIM = 'production/payroll.csv';

// biome-ignore lint/suspicious/noExplicitAny: a forger writes whatever he likes
type Json = any;

suite('a forged checkpoint reaches nothing outside the copies of its own step', { concurrency: 2 }, () => {
  const segments: Readonly<Record<string, (segment: Json) => object>> = {
    'given up': (segment) => ({ ...segment, givenUp: [VICTIM] }),
    stored: (segment) => ({ ...segment, files: [{ ...FILE, key: VICTIM }] }),
    pending: (segment) => ({ ...segment, pending: { object: SEALED, itemCount: 1, after: segment.position } }),
    'possibly late': (segment) => ({
      ...segment,
      late: [{ object: SEALED, itemCount: 1, after: segment.position }],
    }),
  };
  for (const [what, change] of fewOf(Object.entries(segments), 1)) {
    test(`an object elsewhere that it calls ${what} is not deleted`, async () => {
      await using pair = await openPair();
      const inputs = await stepThatDied(pair);
      await put(pair, VICTIM);
      await forge(pair, isRunJson, asksForSomethingElse);
      await forge(pair, isSegment, change);
      await using run = await pair.run(inputs, attempt(2));
      await assertAfresh(pair, run, inputs);
      assert.ok((await keysIn(pair)).includes(VICTIM));
    });
  }

  slowTest('an upload elsewhere is not aborted', async () => {
    await using pair = await openPair();
    const inputs = await stepThatDied(pair);
    const { proxiedClient, uploads } = pair.store;
    const { UploadId = '' } = await proxiedClient.send(
      new CreateMultipartUploadCommand({ Bucket: pair.bucket, Key: VICTIM }),
    );
    const upload = { key: VICTIM, uploadId: UploadId };
    await forge(pair, isSegment, (segment) => ({ ...segment, upload }));
    await using run = await pair.run(inputs, attempt(2));
    await assertAfresh(pair, run, inputs);
    assert.deepEqual(uploads.aborted(), []);
  });

  slowTest('a copy below another prefix is not deleted', async () => {
    await using pair = await openPair();
    const inputs = await stepThatDied(pair);
    const keys: string[] = [];
    // The same copy once more, somewhere else: only the prefix is forged.
    for (const key of await keysIn(pair)) {
      if (key.includes('/_resume/')) continue;
      keys.push(`production/${key}`);
      await put(pair, `production/${key}`);
    }
    await forge(pair, isRunJson, (file) =>
      asksForSomethingElse({ ...file, run: { ...file.run, prefix: 'production' } }),
    );
    await forge(pair, isSegment, (segment) =>
      JSON.parse(JSON.stringify(segment).replaceAll('"AWSDynamoDB/', '"production/AWSDynamoDB/')),
    );
    await using run = await pair.run(inputs, attempt(2));
    await assertAfresh(pair, run, inputs);
    const left = await keysIn(pair);
    assert.deepEqual(
      keys.filter((key) => !left.includes(key)),
      [],
    );
  });

  for (const request of fewOf(['the same request', 'another request'], 1)) {
    test(`a copy that another step is writing is neither resumed nor deleted, with ${request}`, async () => {
      await using pair = await openPair();
      const inputs = await stepThatDied(pair);
      const otherTable = await pair.source.createTable(ITEMS);
      const { held, release } = holdScansOf(pair, otherTable, 6);
      const writing = pair.start({ ...inputs, 'dynamodb-table-name': otherTable, 'total-segments': '1' });
      await held;
      const [runJson = ''] = (await checkpointKeys(pair)).filter(
        (key) => isRunJson(key) && !key.startsWith(folderOf(pair)),
      );
      const foreign = JSON.parse((await pair.store.read(pair.bucket, runJson)).toString());
      const copyFolder = `AWSDynamoDB/${foreign.run.exportId}/`;
      const before = (await keysIn(pair)).filter((key) => key.startsWith(copyFolder));
      assert.ok(before.length > 1, 'control: it has objects');
      await forge(pair, isRunJson, (file) => {
        const run = { ...foreign.run, request: request === 'the same request' ? file.run.request : 'another' };
        return { ...file, ended: true, run };
      });
      await forge(pair, isSegment, (segment) => ({
        ...segment,
        exportId: foreign.run.exportId,
        files: before.filter((key) => key.includes('/data/')).map((key) => ({ ...FILE, key })),
        pending: null,
      }));
      await using run = await pair.run(inputs, attempt(2));
      assertSucceeded(run);
      assert.notEqual(run.outputs['export-id'], foreign.run.exportId);
      release();
      await using done = await writing.result;
      assertSucceeded(done);
      assert.equal(done.outputs['export-id'], foreign.run.exportId);
      assert.equal((await pair.copyOf(done)).summary.itemCount, ITEMS.length);
      await assertAfresh(pair, run, inputs);
    });
  }

  slowTest('a complete copy of another step is not deleted', async () => {
    await using pair = await openPair();
    const inputs = await stepThatDied(pair);
    await using other = await pair.run({ ...inputs, 'export-format': 'JSON' });
    const { exportId, folder, lines } = await pair.copyOf(other);
    const keys = (await keysIn(pair)).filter((key) => key.startsWith(`${folder}data/`));
    await forge(pair, isRunJson, (file) =>
      asksForSomethingElse({ ...file, run: { ...file.run, exportId, startTime: Number(exportId.slice(0, 14)) } }),
    );
    await forge(pair, isSegment, (segment) => ({
      ...segment,
      exportId,
      files: keys.map((key) => ({ ...FILE, key })),
      pending: null,
    }));
    await using run = await pair.run(inputs, attempt(2));
    await assertAfresh(pair, run, inputs);
    assert.deepEqual((await pair.copyOf(other)).lines, lines);
  });
});

suite('a checkpoint that is none is reported, and the copy starts afresh', { concurrency: 2 }, () => {
  const garbage: Readonly<Record<string, readonly [(key: string) => boolean, (file: Json) => unknown]>> = {
    'run.json is a list': [isRunJson, () => []],
    'its run is a number': [isRunJson, (file) => ({ ...file, run: 5 })],
    'its attempts are a text': [isRunJson, (file) => ({ ...file, run: { ...file.run, attempts: 'first' } })],
    'its segments are null': [isRunJson, (file) => ({ ...file, run: { ...file.run, segments: null } })],
    'its segments are too many': [
      isRunJson,
      (file) => ({ ...file, run: { ...file.run, segments: { first: 0, count: 1e12, total: 1e12 } } }),
    ],
    'its start is a text': [isRunJson, (file) => ({ ...file, run: { ...file.run, startTime: 'today' } })],
    'a segment has no position': [isSegment, ({ position: _, ...segment }) => segment],
    'a segment has a key of no type': [
      isSegment,
      (segment) => ({ ...segment, position: { ...segment.position, startKey: { pk: { M: {} } } } }),
    ],
    'a segment has half an object': [isSegment, (segment) => ({ ...segment, files: [{ key: 5 }] })],
    'a segment counts below zero': [
      isSegment,
      (segment) => ({
        ...segment,
        position: { ...segment.position, counts: { ...segment.position.counts, itemCount: -1 } },
      }),
    ],
  };
  for (const [what, [is, change]] of fewOf(Object.entries(garbage), 3)) {
    test(what, async () => {
      await using pair = await openPair();
      const inputs = await stepThatDied(pair);
      const before = (await keysIn(pair)).filter((key) => !key.includes('/_resume/'));
      await forge(pair, is, change);
      await using run = await pair.run(inputs, attempt(2));
      await assertAfresh(pair, run, inputs);
      assert.match(run.warnings.join('\n'), /checkpoints? .*cannot be read/);
      const left = await keysIn(pair);
      assert.deepEqual(
        before.filter((key) => !left.includes(key)),
        [],
        'nothing was deleted',
      );
    });
  }
});

const FILE = { itemCount: 1, md5: 'bQ==', etag: 'e', size: 1 };
const SEALED = { key: VICTIM, size: 1, md5: 'bQ==', crc32: 'AAAAAA==', etag: 'e' };

/** Runs a first attempt that dies, and returns its inputs. */
async function stepThatDied(pair: Pair): Promise<Inputs & { readonly 'dynamodb-table-name': string }> {
  const inputs = { ...RESUMED, 'dynamodb-table-name': await pair.source.createTable(ITEMS) };
  await using _ = await dieAt(pair, inputs, seesData(2), 'lose-answer');
  return inputs;
}

/** Holds the Scans of one table, from the nth on. */
function holdScansOf({ source }: Pair, table: string, from: number) {
  const held = Promise.withResolvers<void>();
  const released = Promise.withResolvers<void>();
  let seen = 0;
  source.inject(async ({ operation, parameters }) => {
    if (operation !== 'Scan' || parameters['TableName'] !== table || ++seen < from) return undefined;
    held.resolve();
    await released.promise;
    return undefined;
  });
  return { held: held.promise, release: released.resolve };
}

/** The folder of the first step's checkpoints. */
function folderOf({ store }: Pair): string {
  const key = store.requests.find(({ key }) => key.includes('/_resume/'))?.key ?? '';
  return key.slice(0, key.lastIndexOf('/') + 1);
}

function isRunJson(key: string): boolean {
  return key.endsWith('/run.json');
}

function isSegment(key: string): boolean {
  return /\/segment-\d+\.json$/.test(key);
}

/** Rewrites checkpoints of the first step. */
async function forge(pair: Pair, is: (key: string) => boolean, change: (file: Json) => unknown): Promise<void> {
  const keys = (await checkpointKeys(pair)).filter((key) => key.startsWith(folderOf(pair)) && is(key));
  assert.notEqual(keys.length, 0, 'control: there is something to forge');
  for (const key of keys) {
    const file = JSON.parse((await pair.store.read(pair.bucket, key)).toString());
    await put(pair, key, JSON.stringify(change(file)));
  }
}

/** A copy that nobody resumes is cleared away: its attempt is said to have ended, and the request to differ. */
function asksForSomethingElse(file: Json): object {
  return { ...file, ended: true, run: { ...file.run, request: 'another' } };
}

async function put({ store, bucket }: Pair, Key: string, Body = 'somebody else needs this'): Promise<void> {
  await store.client.send(new PutObjectCommand({ Bucket: bucket, Key, Body }));
}

async function assertAfresh(pair: Pair, run: RunResult, inputs: Inputs): Promise<void> {
  const copy = await pair.copyOf(run);
  assertSameItems(copy.items(), await pair.source.readItems(inputs['dynamodb-table-name'] ?? ''));
  assert.match([...run.notices, ...run.warnings].join('\n'), /This attempt starts over/);
}
