import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readdirSync, readlinkSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import { s3Error } from '../emulators/faults.ts';
import { openSource } from '../emulators/source.ts';
import { assertFailed, largeItems, openPair, type Pair, startServers } from '../fixtures/pair.ts';
import { slowTest } from '../run/effort.ts';

await startServers();

/** 6 MB as a single uncompressed object: large enough that buffering on disk would show. */
const table = await fill();
const COPY = { 'dynamodb-table-name': table, compression: 'none', 'total-segments': '1' };

/** Much less than the minute for which the servers of this test keep an idle connection. */
const MAX_EXIT_DELAY_MS = 5_000;

suite('process of the step', { concurrency: 2 }, () => {
  slowTest('exits with code 0 within 5 seconds after the last request', async () => {
    await using pair = await openPair();
    await using run = await pair.run(COPY);
    const ended = performance.now();
    await pair.copyOf(run);
    assert.equal(run.signal, null);
    assert.equal(run.stderr, '');
    assert.ok(ended - lastRequestAt(pair) < MAX_EXIT_DELAY_MS);
  });

  slowTest('exits with code 1 within 5 seconds after a failure while other requests are in flight', async () => {
    await using pair = await openPair();
    // One segment fails. The others wait for responses that never arrive.
    pair.source.inject(async ({ operation, parameters }) => {
      if (operation !== 'Scan' || parameters['Segment'] !== 3) {
        return operation === 'Scan' ? 'hang' : undefined;
      }
      return { httpResponse: { status: 400, headers: {}, body: Buffer.from('{"__type":"x#AccessDeniedException"}') } };
    });
    await using run = await pair.run({ ...COPY, 'total-segments': '8' });
    const ended = performance.now();
    await assertFailed(run, pair, 'ACCESS_DENIED');
    assert.equal(run.signal, null);
    assert.equal(run.stderr, '');
    assert.ok(ended - lastRequestAt(pair) < MAX_EXIT_DELAY_MS);
  });

  slowTest('exits with code 1 within 5 seconds if the data objects cannot be listed and DynamoDB hangs', async () => {
    await using pair = await openPair();
    const describing = Promise.withResolvers<void>();
    pair.source.inject(({ operation }, nth) => {
      if (operation !== 'DescribeTable' || nth === 1) return undefined;
      describing.resolve();
      return 'hang';
    });
    pair.store.inject(async ({ operation }) => {
      if (operation !== 'ListObjectsV2') return undefined;
      await describing.promise;
      return s3Error('InvalidArgument', 400);
    });
    await using run = await pair.run(COPY);
    const ended = performance.now();
    await assertFailed(run, pair, 'S3_REQUEST_REJECTED');
    assert.equal(run.signal, null);
    assert.equal(run.stderr, '');
    assert.ok(ended - lastRequestAt(pair) < MAX_EXIT_DELAY_MS);
  });

  for (const [outcome, fault, exitCode] of [
    ['a copy', undefined, 0],
    ['a failure', s3Error('AccessDenied', 403), 1],
  ] as const) {
    test(`stores no data on the runner's disk, and leaves only files with keys and checksums after ${outcome}`, async () => {
      await using pair = await openPair();
      using disk = scratchDisk();
      const seen: string[] = [];
      // During UploadPart, all data is read and some is written. Any file with data would exist now.
      pair.store.inject(({ operation }) => {
        if (operation !== 'UploadPart') return undefined;
        seen.push(...disk.files().filter((name) => !isJournal(name)), ...openFiles(running.pid));
        return fault;
      });
      const running = pair.start(COPY, { env: disk.env });
      await using run = await running.result;

      assert.equal(run.exitCode, exitCode, run.log);
      assert.ok(pair.store.requests.some((request) => request.operation === 'UploadPart'));
      assert.deepEqual(seen, []);
      const { 's3-keys-file': keys, 'checksums-file': checksums } = run.outputs;
      assert.equal(checksums !== undefined, exitCode === 0);
      assert.deepEqual(disk.files().toSorted(), [keys, checksums].filter((file) => file !== undefined).toSorted());
      assert.deepEqual(readdirSync(run.workspace), []);
    });
  }
});

/** Returns true for the upload journal, which contains only the keys and IDs of open uploads. */
function isJournal(name: string): boolean {
  return /\/dynamodb-to-s3-uploads-[^/]+\.jsonl$/.test(name) && statSync(name).size < 1_000;
}

function lastRequestAt({ source, store }: Pair): number {
  return Math.max(...[...source.requests, ...store.requests].map((request) => request.at));
}

/** Creates a folder that contains every directory in which a step can store files. */
function scratchDisk() {
  const root = mkdtempSync(join(tmpdir(), 'disk-'));
  const folder = (name: string): string => {
    mkdirSync(join(root, name));
    return join(root, name);
  };
  const env = {
    RUNNER_TEMP: folder('runner-temp'),
    TMPDIR: folder('tmp'),
    TEMP: join(root, 'tmp'),
    HOME: folder('home'),
  };
  return {
    env,
    files: (): string[] =>
      readdirSync(root, { recursive: true, withFileTypes: true })
        .filter((entry) => !entry.isDirectory())
        .map((entry) => join(entry.parentPath, entry.name)),
    [Symbol.dispose]: () => rmSync(root, { recursive: true }),
  };
}

/**
 * Returns the files that a process has open, including deleted files, without sockets, pipes and devices. Empty on
 * systems other than Linux, which do not list them.
 */
function openFiles(pid: number): string[] {
  if (process.platform !== 'linux') {
    return [];
  }
  const folder = `/proc/${pid}/fd`;
  return readdirSync(folder)
    .map((fd) => {
      try {
        return readlinkSync(join(folder, fd));
      } catch {
        // The file was closed in the meantime.
        return '';
      }
    })
    .filter((target) => target.startsWith('/') && !target.startsWith('/dev/'));
}

async function fill(): Promise<string> {
  await using source = await openSource();
  return await source.createTable(largeItems(60));
}
