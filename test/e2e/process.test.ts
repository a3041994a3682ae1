import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readdirSync, readlinkSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import { s3Error } from '../emulators/faults.ts';
import { openSource } from '../emulators/source.ts';
import { assertFailed, largeItems, openPair, type Pair, startServers } from '../fixtures/pair.ts';

await startServers();

/** 6 MB, as one object that is not compressed: enough to be tempted by a disk. */
const table = await fill();
const COPY = { 'dynamodb-table-name': table, compression: 'none', 'total-segments': '1' };

/** Far less than the minute for which the servers here keep an idle connection. */
const AT_ONCE_MS = 5_000;

suite('the process', { concurrency: 2 }, () => {
  test('ends by itself, with 0, as soon as the last request is answered', async () => {
    await using pair = await openPair();
    await using run = await pair.run(COPY);
    const ended = performance.now();
    await pair.copyOf(run);
    assert.equal(run.signal, null);
    assert.equal(run.stderr, '');
    assert.ok(ended - lastRequestAt(pair) < AT_ONCE_MS);
  });

  test('ends by itself, with 1, after a failure with requests under way', async () => {
    await using pair = await openPair();
    // One segment fails; the others wait for answers that never come.
    pair.source.inject(async ({ operation, parameters }) => {
      if (operation !== 'Scan' || parameters['Segment'] !== 3) {
        return operation === 'Scan' ? 'hang' : undefined;
      }
      return { answer: { status: 400, headers: {}, body: Buffer.from('{"__type":"x#AccessDeniedException"}') } };
    });
    await using run = await pair.run({ ...COPY, 'total-segments': '8' });
    const ended = performance.now();
    await assertFailed(run, pair, 'ACCESS_DENIED');
    assert.equal(run.signal, null);
    assert.equal(run.stderr, '');
    assert.ok(ended - lastRequestAt(pair) < AT_ONCE_MS);
  });

  for (const outcome of ['a copy', 'a failure'] as const) {
    test(`leaves nothing on the runner but s3-keys-file after ${outcome}, and data at no time`, async () => {
      await using pair = await openPair();
      using disk = scratchDisk();
      const seen: string[] = [];
      // Whatever it would keep on a disk it would have there by now: all of it is read, and some is written.
      pair.store.inject(({ operation }) => {
        if (operation === 'UploadPart') {
          seen.push(...disk.files().filter((name) => !isJournal(name)), ...openFiles(running.pid));
        }
        return operation === 'UploadPart' && outcome === 'a failure' ? s3Error('AccessDenied', 403) : undefined;
      });
      const running = pair.start(COPY, { env: disk.env });
      await using run = await running.result;

      assert.equal(run.exitCode, outcome === 'a copy' ? 0 : 1, run.log);
      assert.ok(pair.store.requests.some((request) => request.operation === 'UploadPart'));
      assert.deepEqual(seen, []);
      assert.deepEqual(disk.files(), [run.outputs['s3-keys-file']]);
      assert.deepEqual(readdirSync(run.workspace), []);
    });
  }
});

/** Of open uploads: their keys and ids. */
function isJournal(name: string): boolean {
  return /\/dynamodb-to-s3-uploads-[^/]+\.jsonl$/.test(name) && statSync(name).size < 1_000;
}

function lastRequestAt({ source, store }: Pair): number {
  return Math.max(...[...source.requests, ...store.requests].map((request) => request.at));
}

/** Every place where a step may leave files, in one folder. */
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

/** Files that a process holds open, deleted ones too; Linux alone tells. Sockets, pipes and devices are none. */
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
        // Closed in the meantime.
        return '';
      }
    })
    .filter((target) => target.startsWith('/') && !target.startsWith('/dev/'));
}

async function fill(): Promise<string> {
  await using source = await openSource();
  return await source.createTable(largeItems(60));
}
