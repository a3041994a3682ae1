import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, suite, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { jsonResponse, s3Error } from '../emulators/faults.ts';
import type { S3Request } from '../emulators/s3-requests.ts';
import { emptyResponse } from '../fixtures/aws-errors.ts';
import { assertSucceeded, openPair, type Pair, preload, startServers } from '../fixtures/pair.ts';
import {
  attempt,
  checkpointKeys,
  dieAt,
  firstExportId,
  ITEMS,
  RESUMED,
  seesData,
} from '../fixtures/resume-attempts.ts';
import { heldBy, holdFirst } from '../fixtures/second-attempt.ts';
import { messageTest, slowTest } from '../run/effort.ts';
import type { RunOptions } from '../runner/runner.ts';

await startServers();

suite('a re-run', { concurrency: 2 }, () => {
  test('starts over and deletes the first copy if a file that the process-func module imports has changed', async () => {
    await using pair = await openPair();
    const workspace = mkdtempSync(join(tmpdir(), 'resume-'));
    after(() => rmSync(workspace, { recursive: true }));
    writeFileSync(join(workspace, 'lines.mjs'), `import end from './end.mjs';\nexport default ({ pk }) => pk + end;`);
    const writeEnd = (text: string) => writeFileSync(join(workspace, 'end.mjs'), `export default '${text}';`);
    const table = await pair.source.createTable(ITEMS);
    // Each line has 30,000 bytes, so each page of 3 items fills an object.
    const inputs = { ...RESUMED, 'dynamodb-table-name': table, 'process-func': 'lines.mjs', 'file-size': '64KiB' };
    writeEnd(`${'x'.repeat(30_000)}\\n`);
    await using _first = await dieAt(pair, inputs, seesData(4), 'lose-httpResponse', { workspace });
    writeEnd(' changed\\n');
    await using run = await pair.run(inputs, { ...attempt(2), workspace });
    const copy = await pair.copyOf(run);
    assert.match(run.notices.join(), /version of the Action.* has changed\. This attempt starts over/);
    assert.ok(copy.lines.every((line) => line.endsWith(' changed')));
    assert.notEqual(copy.exportId, firstExportId(pair));
    await assertOneCopy(pair, copy.folder);
  });

  slowTest('starts over if the table has been deleted and re-created', async () => {
    await using pair = await openPair();
    const inputs = { ...RESUMED, 'dynamodb-table-name': await pair.source.createTable(ITEMS) };
    await using _ = await dieAt(pair, inputs, seesData(4), 'drop');
    pair.source.inject(({ operation }) =>
      operation === 'DescribeTable'
        ? jsonResponse<{ Table: object }>(({ Table }) => ({
            Table: { ...Table, TableId: 'another', CreationDateTime: 5 },
          }))
        : undefined,
    );
    await using run = await pair.run(inputs, attempt(2));
    const copy = await pair.copyOf(run);
    assert.match(run.notices.join(), /deleted and re-created\. This attempt starts over/);
    assert.equal(copy.summary.itemCount, ITEMS.length);
    await assertOneCopy(pair, copy.folder);
  });

  messageTest('deletes the first copy before it removes that copy from run.json', async () => {
    await using pair = await openPair();
    const inputs = { ...RESUMED, 'dynamodb-table-name': await pair.source.createTable(ITEMS) };
    await using _ = await dieAt(pair, inputs, seesData(4), 'drop');
    const removal: { readonly from: number; readonly until: number }[] = [];
    pair.store.inject(async ({ operation, query, at }) => {
      const isList = operation === 'ListObjectsV2' && query.get('prefix')?.endsWith('manifest-summary.json');
      if (isList || operation === 'DeleteObjects') {
        await sleep(300);
        removal.push({ from: at, until: performance.now() });
      }
      return undefined;
    });
    await using run = await pair.run(inputs, hoursLater(24.1));
    assertSucceeded(run);
    const deletion = removal.slice(0, 2);
    assert.equal(deletion.length, 2);
    const changes = pair.store.requests.filter(
      ({ operation, key }) => operation === 'PutObject' && key.endsWith('/run.json'),
    );
    assert.ok(changes.length > 0);
    const during = changes.filter(({ at }) => deletion.some(({ from, until }) => at > from && at < until));
    assert.deepEqual(during, []);
  });

  test('starts over if the copy started more than 24 hours ago, and names what it is not authorized to delete', async () => {
    await using pair = await openPair();
    const inputs = { ...RESUMED, 'dynamodb-table-name': await pair.source.createTable(ITEMS) };
    await using _ = await dieAt(pair, inputs, seesData(4), 'drop');
    pair.store.inject(({ operation }) => (operation === 'DeleteObjects' ? s3Error('AccessDenied', 403) : undefined));
    await using run = await pair.run(inputs, hoursLater(24.1));
    const copy = await pair.copyOf(run);
    const notices = run.notices.join('\n');
    assert.match(notices, /started more than 24 hours ago\. This attempt starts over/);
    assert.match(notices, /copy of attempt 1 remains in s3:/);
    assert.match(notices, /checkpoints in .* were not deleted/);
    assert.equal(copy.summary.itemCount, ITEMS.length);
  });

  test('starts over and writes nothing twice if s3:GetObject on a data object is denied', async () => {
    await using pair = await openPair();
    const inputs = { ...RESUMED, 'dynamodb-table-name': await pair.source.createTable(ITEMS) };
    await using _ = await dieAt(pair, inputs, seesData(4), 'lose-httpResponse');
    pair.store.inject(({ operation }) => (operation === 'HeadObject' ? emptyResponse(403) : undefined));
    await using run = await pair.run(inputs, attempt(2));
    const copy = await pair.copyOf(run);
    assert.match(run.notices.join(), /denied access to its objects \(s3:GetObject\)\. This attempt starts over/);
    assert.equal(copy.summary.itemCount, ITEMS.length);
    await assertOneCopy(pair, copy.folder);
  });

  slowTest('starts over if an earlier attempt was killed during DeleteObjects, which can still arrive', async () => {
    await using pair = await openPair();
    const inputs = { ...RESUMED, 'dynamodb-table-name': await pair.source.createTable(ITEMS) };
    await using _first = await dieAt(pair, inputs, seesData(4), 'lose-httpResponse');
    const deletion = holdFirst(({ operation }) => operation === 'DeleteObjects');
    const second = pair.start(inputs, attempt(2));
    pair.store.inject(async (request) => {
      await deletion.pass(request);
      // Only the second attempt lacks s3:GetObject on the data objects.
      return request.operation === 'HeadObject' ? emptyResponse(403) : undefined;
    });
    await heldBy(deletion, second);
    second.kill('SIGKILL');
    await using _second = await second.result;
    pair.store.inject();
    await using third = await pair.run(inputs, attempt(3));
    assertSucceeded(third);
    deletion.release();
    // Waits until the deletion has arrived.
    await pair.store.openUploads(pair.bucket);
    const copy = await pair.copyOf(third);
    assert.equal(copy.summary.itemCount, ITEMS.length);
    assert.match(third.notices.join(), /or is being deleted\. This attempt starts over/);
    await assertOneCopy(pair, copy.folder);
  });

  slowTest('starts over and keeps the previous copy if the previous attempt completed it', async () => {
    await using pair = await openPair();
    const inputs = { ...RESUMED, 'dynamodb-table-name': await pair.source.createTable(ITEMS) };
    pair.store.inject(({ operation }) => (operation.startsWith('Delete') ? s3Error('AccessDenied', 403) : undefined));
    await using first = await pair.run(inputs);
    const before = await pair.copyOf(first);
    pair.store.inject();
    await using run = await pair.run(inputs, attempt(2));
    const copy = await pair.copyOf(run);
    assert.notEqual(copy.exportId, before.exportId);
    assert.match(run.notices.join(), /a completed copy is never reused/);
    assert.deepEqual((await pair.copyOf(first)).lines, before.lines, 'the first copy is unchanged');
  });

  slowTest('starts over and keeps the other copy if a checkpoint belongs to another copy', async () => {
    await using pair = await openPair();
    const inputs = { ...RESUMED, 'dynamodb-table-name': await pair.source.createTable(ITEMS) };
    pair.store.inject(({ operation }) => (operation === 'DeleteObjects' ? s3Error('AccessDenied', 403) : undefined));
    await using first = await pair.run(inputs, jobOnItsOwnRunner(1));
    const before = await pair.copyOf(first);
    const left = await checkpointKeys(pair);
    assert.ok(left.length > 0 && !left.some((key) => key.endsWith('/run.json')), 'control: only run.json was deleted');
    const writesCheckpoint = ({ operation, key }: S3Request) => operation === 'PutObject' && key.includes('/segment-');
    await using _ = await dieAt(pair, inputs, writesCheckpoint, 'drop', jobOnItsOwnRunner(1));

    await using second = await pair.run(inputs, jobOnItsOwnRunner(2));
    const copy = await pair.copyOf(second);
    assert.notEqual(copy.exportId, before.exportId);
    assert.match(second.notices.join(), /checkpoints cannot be read\. This attempt starts over/);
    assert.deepEqual((await pair.copyOf(first)).lines, before.lines, 'the first copy is unchanged');
  });

  slowTest('resumes only the second of two steps with the same inputs if only the second was killed', async () => {
    await using pair = await openPair();
    const inputs = { ...RESUMED, 'dynamodb-table-name': await pair.source.createTable(ITEMS) };
    const [firstJob, secondJob] = [jobOnItsOwnRunner(1), jobOnItsOwnRunner(2)];
    await using before = await pair.run(inputs, firstJob);
    assertSucceeded(before);
    await using _ = await dieAt(pair, inputs, seesData(4), 'drop', firstJob);
    const killedExportId = pair.store.requests
      .findLast(({ key }) => key.endsWith('/_started'))
      ?.key.split('/')
      .at(-2);

    await using again = await pair.run(inputs, secondJob);
    assert.notEqual((await pair.copyOf(again)).exportId, killedExportId);
    await using second = await pair.run(inputs, secondJob);
    assert.equal((await pair.copyOf(second)).exportId, killedExportId, 'the second step resumes its copy');
  });

  slowTest('starts over if an input has changed, and finds no checkpoints', async () => {
    await using pair = await openPair();
    const inputs = { ...RESUMED, 'dynamodb-table-name': await pair.source.createTable(ITEMS) };
    await using _first = await dieAt(pair, inputs, seesData(4), 'drop');
    await using run = await pair.run({ ...inputs, compression: 'zstd' }, attempt(2));
    const copy = await pair.copyOf(run);
    assert.notEqual(copy.exportId, firstExportId(pair));
    assert.match(run.log, /No checkpoints of an earlier attempt of this step were found/);
  });
});

slowTest('a re-run resumes a copy that started slightly less than 24 hours ago', async () => {
  await using pair = await openPair();
  const inputs = { ...RESUMED, 'dynamodb-table-name': await pair.source.createTable(ITEMS) };
  await using _ = await dieAt(pair, inputs, seesData(4), 'drop');
  await using run = await pair.run(inputs, hoursLater(23.9));
  assertSucceeded(run);
  assert.match(run.notices.join(), /Resuming the copy/);
});

/**
 * Returns options of an attempt with its own RUNNER_TEMP. A reusable workflow that is called twice makes jobs with the
 * same environment, each on its own runner.
 */
function jobOnItsOwnRunner(number: number): RunOptions {
  const folder = mkdtempSync(join(tmpdir(), 'runner-temp-'));
  after(() => rmSync(folder, { recursive: true }));
  return { env: { ...attempt(number).env, RUNNER_TEMP: folder } };
}

/** Returns options of a second attempt whose clock is ahead by this number of hours. */
function hoursLater(hours: number): RunOptions {
  const env = { ...attempt(2).env, CLOCK_AHEAD_MS: String(hours * 3600 * 1000) };
  return { ...preload('ahead-clock.ts'), env };
}

async function assertOneCopy(pair: Pair, folder: string): Promise<void> {
  const others = (await pair.store.list(pair.bucket)).filter(({ key }) => !key.startsWith(folder));
  assert.deepEqual(others, []);
}
