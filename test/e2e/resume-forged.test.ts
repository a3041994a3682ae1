import assert from 'node:assert/strict';
import { suite } from 'node:test';
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

/** Two segments of several pages, each with one or two objects. */
const ITEMS = largeItems(18, 10_000);

const VICTIM = 'production/payroll.csv';

// biome-ignore lint/suspicious/noExplicitAny: a forged checkpoint can have any content
type Json = any;

suite('a forged checkpoint', { concurrency: 2 }, () => {
  const segments: Readonly<Record<string, (segment: Json) => object>> = {
    givenUp: (segment) => ({ ...segment, givenUp: [VICTIM] }),
    files: (segment) => ({ ...segment, files: [{ ...FILE, key: VICTIM }] }),
    pending: (segment) => ({ ...segment, pending: { object: SEALED, itemCount: 1, after: segment.position } }),
    late: (segment) => ({
      ...segment,
      late: [{ object: SEALED, itemCount: 1, after: segment.position }],
    }),
  };
  for (const [property, change] of fewOf(Object.entries(segments), 1)) {
    slowTest(
      `does not cause the deletion of an object outside the copy that its property ${property} names`,
      async () => {
        await using pair = await openPair();
        const inputs = await runKilledStep(pair);
        await put(pair, VICTIM);
        await forge(pair, isRunJson, endedWithAnotherRequest);
        await forge(pair, isSegment, change);
        await using run = await pair.run(inputs, attempt(2));
        await assertStartedOver(pair, run, inputs);
        assert.ok((await keysIn(pair)).includes(VICTIM));
      },
    );
  }

  slowTest('does not cause the abort of a multipart upload outside the copy', async () => {
    await using pair = await openPair();
    const inputs = await runKilledStep(pair);
    const { proxiedClient, uploads } = pair.store;
    const { UploadId = '' } = await proxiedClient.send(
      new CreateMultipartUploadCommand({ Bucket: pair.bucket, Key: VICTIM }),
    );
    const upload = { key: VICTIM, uploadId: UploadId };
    await forge(pair, isSegment, (segment) => ({ ...segment, upload }));
    await using run = await pair.run(inputs, attempt(2));
    await assertStartedOver(pair, run, inputs);
    assert.deepEqual(uploads.aborted(), []);
  });

  slowTest('does not cause the deletion of a copy under another prefix', async () => {
    await using pair = await openPair();
    const inputs = await runKilledStep(pair);
    const keys: string[] = [];
    // Duplicates the copy under another prefix. Only the prefix is forged.
    for (const key of await keysIn(pair)) {
      if (key.includes('/_resume/')) continue;
      keys.push(`production/${key}`);
      await put(pair, `production/${key}`);
    }
    await forge(pair, isRunJson, (file) =>
      endedWithAnotherRequest({ ...file, run: { ...file.run, prefix: 'production' } }),
    );
    await forge(pair, isSegment, (segment) =>
      JSON.parse(JSON.stringify(segment).replaceAll('"AWSDynamoDB/', '"production/AWSDynamoDB/')),
    );
    await using run = await pair.run(inputs, attempt(2));
    await assertStartedOver(pair, run, inputs);
    const left = await keysIn(pair);
    assert.deepEqual(
      keys.filter((key) => !left.includes(key)),
      [],
    );
  });

  const requests: readonly (readonly [request: string, requestOf: (file: Json) => unknown])[] = [
    ['the same request', (file) => file.run.request],
    ['another request', () => 'another'],
  ];
  for (const [request, requestOf] of fewOf(requests, 1)) {
    slowTest(
      `does not cause a copy that another step is writing to be resumed or deleted, with ${request}`,
      async () => {
        await using pair = await openPair();
        const inputs = await runKilledStep(pair);
        const foreign = await startForeignCopy(pair, inputs);
        await forge(pair, isRunJson, (file) => ({
          ...file,
          ended: true,
          run: { ...foreign.run, request: requestOf(file) },
        }));
        await forge(pair, isSegment, (segment) => ({
          ...segment,
          exportId: foreign.run.exportId,
          files: foreign.dataKeys.map((key) => ({ ...FILE, key })),
          pending: null,
        }));
        await using run = await pair.run(inputs, attempt(2));
        assertSucceeded(run);
        assert.notEqual(run.outputs['export-id'], foreign.run.exportId);
        foreign.release();
        await using done = await foreign.result;
        assertSucceeded(done);
        assert.equal(done.outputs['export-id'], foreign.run.exportId);
        assert.equal((await pair.copyOf(done)).summary.itemCount, ITEMS.length);
        await assertStartedOver(pair, run, inputs);
      },
    );
  }

  slowTest('does not cause the deletion of a complete copy of another step', async () => {
    await using pair = await openPair();
    const inputs = await runKilledStep(pair);
    await using other = await pair.run({ ...inputs, 'export-format': 'JSON' });
    const { exportId, folder, lines } = await pair.copyOf(other);
    const keys = (await keysIn(pair)).filter((key) => key.startsWith(`${folder}data/`));
    await forge(pair, isRunJson, (file) =>
      endedWithAnotherRequest({ ...file, run: { ...file.run, exportId, startTime: Number(exportId.slice(0, 14)) } }),
    );
    await forge(pair, isSegment, (segment) => ({
      ...segment,
      exportId,
      files: keys.map((key) => ({ ...FILE, key })),
      pending: null,
    }));
    await using run = await pair.run(inputs, attempt(2));
    await assertStartedOver(pair, run, inputs);
    assert.deepEqual((await pair.copyOf(other)).lines, lines);
  });
});

suite('an invalid checkpoint', { concurrency: 2 }, () => {
  const invalid: Readonly<Record<string, readonly [(key: string) => boolean, (file: Json) => unknown]>> = {
    'run.json is an array': [isRunJson, () => []],
    'run in run.json is a number': [isRunJson, (file) => ({ ...file, run: 5 })],
    'attempts in run.json is a string': [isRunJson, (file) => ({ ...file, run: { ...file.run, attempts: 'first' } })],
    'segments in run.json is null': [isRunJson, (file) => ({ ...file, run: { ...file.run, segments: null } })],
    'the segment count in run.json is 1e12': [
      isRunJson,
      (file) => ({ ...file, run: { ...file.run, segments: { first: 0, count: 1e12, total: 1e12 } } }),
    ],
    'startTime in run.json is a string': [isRunJson, (file) => ({ ...file, run: { ...file.run, startTime: 'today' } })],
    'a segment has no position': [isSegment, ({ position: _, ...segment }) => segment],
    'the start key of a segment is a map': [
      isSegment,
      (segment) => ({ ...segment, position: { ...segment.position, startKey: { pk: { M: {} } } } }),
    ],
    'a file of a segment lacks properties': [isSegment, (segment) => ({ ...segment, files: [{ key: 5 }] })],
    'the item count of a segment is negative': [
      isSegment,
      (segment) => ({
        ...segment,
        position: { ...segment.position, counts: { ...segment.position.counts, itemCount: -1 } },
      }),
    ],
  };
  for (const [defect, [isFile, change]] of fewOf(Object.entries(invalid), 1)) {
    slowTest(`causes a warning and a new copy, and no deletion, if ${defect}`, async () => {
      await using pair = await openPair();
      const inputs = await runKilledStep(pair);
      const before = (await keysIn(pair)).filter((key) => !key.includes('/_resume/'));
      await forge(pair, isFile, change);
      await using run = await pair.run(inputs, attempt(2));
      await assertStartedOver(pair, run, inputs);
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

// Everything except the key is valid.
const HASHES = { md5: 'B2M2Y8AsgTpgAmY7PhCfqg==', sha256: 'a'.repeat(64) };
const FILE = { itemCount: 1, ...HASHES, etag: 'e', size: 1 };
const SEALED = { key: VICTIM, size: 1, ...HASHES, crc32: 'AAAAAA==', etag: 'e' };

/** Runs a first attempt that is killed, and returns its inputs. */
async function runKilledStep(pair: Pair): Promise<Inputs & { readonly 'dynamodb-table-name': string }> {
  const inputs = { ...RESUMED, 'dynamodb-table-name': await pair.source.createTable(ITEMS) };
  await using _ = await dieAt(pair, inputs, seesData(2), 'lose-httpResponse');
  return inputs;
}

/** Starts a copy of another table, and holds it at its sixth Scan. */
async function startForeignCopy(pair: Pair, inputs: Inputs) {
  const table = await pair.source.createTable(ITEMS);
  const { held, release } = holdScansOf(pair, table, 6);
  const { result } = pair.start({ ...inputs, 'dynamodb-table-name': table, 'total-segments': '1' });
  await held;
  const [runJson = ''] = (await checkpointKeys(pair)).filter(
    (key) => isRunJson(key) && !key.startsWith(folderOf(pair)),
  );
  const { run } = JSON.parse((await pair.store.read(pair.bucket, runJson)).toString()) as Json;
  const keys = (await keysIn(pair)).filter((key) => key.startsWith(`AWSDynamoDB/${run.exportId}/`));
  assert.ok(keys.length > 1, 'control: the copy has objects');
  return { run, dataKeys: keys.filter((key) => key.includes('/data/')), release, result };
}

/** Holds the Scan requests of one table, starting with number `from`. */
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

/** Returns the folder of the first step's checkpoints. */
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
async function forge(pair: Pair, isFile: (key: string) => boolean, change: (file: Json) => unknown): Promise<void> {
  const keys = (await checkpointKeys(pair)).filter((key) => key.startsWith(folderOf(pair)) && isFile(key));
  assert.notEqual(keys.length, 0, 'control: the checkpoints exist');
  for (const key of keys) {
    const file = JSON.parse((await pair.store.read(pair.bucket, key)).toString());
    await put(pair, key, JSON.stringify(change(file)));
  }
}

/** Marks the attempt as ended and its request as different, so that the next attempt deletes its copy. */
function endedWithAnotherRequest(file: Json): object {
  return { ...file, ended: true, run: { ...file.run, request: 'another' } };
}

async function put({ store, bucket }: Pair, Key: string, Body = 'data of another workflow'): Promise<void> {
  await store.client.send(new PutObjectCommand({ Bucket: bucket, Key, Body }));
}

async function assertStartedOver(pair: Pair, run: RunResult, inputs: Inputs): Promise<void> {
  const copy = await pair.copyOf(run);
  assertSameItems(copy.items(), await pair.source.readItems(inputs['dynamodb-table-name'] ?? ''));
  assert.match([...run.notices, ...run.warnings].join('\n'), /This attempt starts over/);
}
