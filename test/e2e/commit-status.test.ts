import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import { type GitHubApi, startGitHubApi } from '../emulators/github-api.ts';
import { openSource } from '../emulators/source.ts';
import { GITHUB_TOKEN } from '../fixtures/action-inputs.ts';
import { openExportPair } from '../fixtures/export-pair.ts';
import { assertFailed, assertSucceeded, largeItems, openPair, type Pair, startServers } from '../fixtures/pair.ts';
import { attempt, dieAt, ITEMS, RESUMED, seesData } from '../fixtures/resume-attempts.ts';
import { runWithModule } from '../fixtures/user-module.ts';
import { slowTest } from '../run/effort.ts';
import type { RunOptions } from '../runner/runner.ts';

await startServers();

/** GITHUB_SHA of the emulated job. */
const SHA = 'ffac537e6cbbf934b08745a378932722df287a53';
/** Head commit of the pull request in test/fixtures/events. */
const HEAD = '2'.repeat(40);

/** 6 MB in one segment, which becomes one multipart upload. */
const table = await fill(60);
const COPY = {
  'dynamodb-table-name': table,
  compression: 'none',
  'total-segments': '1',
  'commit-status': 'backup/orders',
};

function statesOf(api: GitHubApi): string[] {
  return api.statuses.map(({ state }) => state);
}

/** Starts a step whose copy stops at its first UploadPart request. */
async function startHanging(pair: Pair, options: RunOptions) {
  const arrived = Promise.withResolvers<void>();
  pair.store.inject(({ operation }) => {
    if (operation !== 'UploadPart') return undefined;
    arrived.resolve();
    return 'hang';
  });
  const step = pair.start(COPY, options);
  await arrived.promise;
  return step;
}

suite('a step with commit-status', { concurrency: 2 }, () => {
  test('sets the status to pending, then to success with the items, the snapshot time and a link', async () => {
    await using api = await startGitHubApi({ commits: [HEAD] });
    await using pair = await openPair();
    const event = join(import.meta.dirname, '../fixtures/events/pull_request.json');
    const env = { ...api.env, GITHUB_EVENT_NAME: 'pull_request', GITHUB_EVENT_PATH: event };
    const step = pair.start(COPY, { env });
    await using run = await step.result;
    await pair.copyOf(run);
    assert.deepEqual(run.warnings, []);
    const common = {
      ...{ sha: HEAD, context: 'backup/orders' },
      targetUrl: 'https://github.com/octo-org/shop/actions/runs/1658821493',
    };
    assert.deepEqual(api.statuses, [
      { ...common, state: 'pending', description: 'The copy is in progress.' },
      {
        ...{ ...common, state: 'success' },
        description: `Copied 60 items. Snapshot time: ${run.outputs['snapshot-time']}`,
      },
    ]);
    await using post = await pair.run(COPY, { postOf: run, env });
    assert.equal(post.exitCode, 0);
    assert.equal(api.statuses.length, 2);
  });

  slowTest('sets it to failure with the code if the step fails, also for invalid inputs', async () => {
    await using api = await startGitHubApi();
    await using pair = await openPair();
    await using run = await pair.run({ ...COPY, 'dynamodb-table-name': 'missing' }, { env: api.env });
    await assertFailed(run, pair, 'TABLE_NOT_FOUND');
    await using invalid = await pair.run({ ...COPY, compression: 'rar' }, { env: api.env });
    await assertFailed(invalid, pair, 'INVALID_INPUT');
    assert.deepEqual(
      api.statuses.map(({ state, description }) => [state, description]),
      [
        ['pending', 'The copy is in progress.'],
        ['failure', 'The step failed: TABLE_NOT_FOUND'],
        ['pending', 'The copy is in progress.'],
        ['failure', 'The step failed: INVALID_INPUT'],
      ],
    );
  });

  slowTest('that was killed leaves it to the post step to set the failure', async () => {
    await using api = await startGitHubApi();
    await using pair = await openPair();
    const step = await startHanging(pair, { env: api.env });
    step.kill('SIGKILL');
    await using run = await step.result;
    assert.deepEqual(statesOf(api), ['pending']);
    assert.deepEqual(Object.keys(run.state).sort(), ['status', 'uploads']);
    pair.store.inject();
    await using post = await pair.run(COPY, { postOf: run, env: api.env });
    assert.equal(post.exitCode, 0, post.log);
    assert.deepEqual([...post.errors, ...post.warnings], []);
    assert.deepEqual(statesOf(api), ['pending', 'failure']);
    assert.equal(api.statuses[1]?.description, 'The step was stopped before the copy was complete.');
    assert.deepEqual(await pair.store.openUploads(pair.bucket), []);
  });

  slowTest('sets it to failure if it is cancelled', async () => {
    await using api = await startGitHubApi();
    await using pair = await openPair();
    const step = await startHanging(pair, { env: api.env });
    step.cancel();
    await using run = await step.result;
    await assertFailed(run, pair, 'CANCELLED');
    assert.deepEqual(statesOf(api), ['pending', 'failure']);
    assert.equal(api.statuses[1]?.description, 'The step was cancelled.');
  });

  slowTest(
    'ends in time if it is cancelled while GitHub does not respond, and the post step sets the failure',
    async () => {
      await using api = await startGitHubApi();
      await using pair = await openPair();
      api.inject(() => () => undefined);
      const step = await startHanging(pair, { env: api.env });
      const cancelledAt = performance.now();
      step.cancel();
      await using run = await step.result;
      assert.ok(performance.now() - cancelledAt < 7_000, run.log);
      assert.equal(run.signal, null);
      await assertFailed(run, pair, 'CANCELLED');
      api.inject();
      pair.store.inject();
      await using post = await pair.run(COPY, { postOf: run, env: api.env });
      assert.deepEqual(post.warnings, []);
      assert.deepEqual(statesOf(api), ['failure']);
    },
  );

  slowTest('copies the table and warns once if the job lacks statuses: write', async () => {
    await using api = await startGitHubApi({ canWrite: false });
    await using pair = await openPair();
    await using run = await pair.run(COPY, { env: api.env });
    await pair.copyOf(run);
    assert.equal(run.warnings.length, 1);
    assert.match(run.warnings[0] ?? '', /backup\/orders could not be set: .*HTTP 403.*statuses: write/);
    await using post = await pair.run(COPY, { postOf: run, env: api.env });
    assert.deepEqual(post.warnings, []);
    assert.equal(api.requestCount(), 1);
  });

  slowTest(
    'does not delay the copy while GitHub does not respond, and reports its result before the status',
    async () => {
      await using api = await startGitHubApi();
      await using pair = await openPair();
      api.inject(() => () => undefined);
      const step = pair.start(COPY, { env: api.env });
      const startedAt = performance.now();
      await step.printed(/^Done: 60 items/m);
      assert.ok(performance.now() - startedAt < 8_000, step.output());
      api.inject();
      await using run = await step.result;
      await pair.copyOf(run);
      // The attempt in progress is waited for, so that pending does not replace the result.
      assert.deepEqual(statesOf(api), ['success']);
    },
  );

  slowTest('fails with its copy, even if the module calls process.exit(0) while GitHub does not respond', async () => {
    await using api = await startGitHubApi();
    await using pair = await openPair();
    api.inject(() => () => undefined);
    const module = 'export default () => { setTimeout(() => process.exit(0), 3_000); throw new Error(); };';
    const { 'dynamodb-table-name': name, ...inputs } = COPY;
    await using run = await runWithModule(pair, name, module, { inputs, env: api.env });
    await assertFailed(run, pair, 'PROCESS_FUNC_FAILED');
    api.inject();
    await using post = await pair.run({ ...COPY }, { postOf: run, env: api.env });
    assert.deepEqual(post.warnings, []);
    assert.deepEqual(statesOf(api), ['failure']);
  });

  slowTest('sends it to the API of GitHub Enterprise Server', async () => {
    await using api = await startGitHubApi({ basePath: '/api/v3' });
    await using pair = await openPair();
    await using run = await pair.run({ ...COPY, 'commit-sha': '9'.repeat(40) }, { env: api.env });
    await pair.copyOf(run);
    assert.deepEqual(statesOf(api), ['pending', 'success']);
    assert.equal(api.statuses[1]?.sha, '9'.repeat(40));
    assert.ok(api.statuses[1]?.targetUrl.startsWith(`${api.env.GITHUB_SERVER_URL}/octo-org/shop/actions/runs/`));
  });

  slowTest('sends nothing in a dry run, which names the status and the commit', async () => {
    await using api = await startGitHubApi();
    await using pair = await openPair();
    await using run = await pair.run({ ...COPY, 'dry-run': 'true' }, { env: api.env });
    assertSucceeded(run);
    assert.ok(run.log.includes(`Commit status: backup/orders of ${SHA}`), run.log);
    await using _post = await pair.run({ ...COPY, 'dry-run': 'true' }, { postOf: run, env: api.env });
    assert.equal(api.requestCount(), 0);
  });

  slowTest('resumes the copy of an attempt that had another token and another commit-status', async () => {
    await using api = await startGitHubApi();
    await using pair = await openPair();
    const inputs = { ...RESUMED, 'dynamodb-table-name': await pair.source.createTable(ITEMS) };
    const token = 'ghs_tokenOfTheFirstAttempt';
    await using _first = await dieAt(pair, { ...inputs, 'github-token': token }, seesData(5), 'drop');
    const again = { ...inputs, 'commit-status': 'backup/orders' };
    await using run = await pair.run(again, { env: { ...api.env, ...attempt(2).env } });
    assert.match(run.notices.join('\n'), /Resuming the copy of attempt 1/);
    assert.deepEqual(statesOf(api), ['pending', 'success']);
    assert.match(api.statuses[1]?.description ?? '', new RegExp(`^Copied ${ITEMS.length} items\\.`));
  });

  slowTest(
    'leaves it pending if it does not wait for an export, and the step that waits sets the success',
    async () => {
      await using api = await startGitHubApi();
      await using exporting = await openExportPair({ settleAfterMs: 'manual' });
      const env = { ...api.env, RUNNER_TEMP: mkdtempSync(join(tmpdir(), 'commit-status-')) };
      const inputs = { 'max-attempts': '0', 'commit-status': 'backup/orders' };
      await using first = await exporting.run(inputs, { env });
      assertSucceeded(first);
      await using post = await exporting.run(inputs, { postOf: first, env });
      assert.deepEqual(post.warnings, []);
      assert.deepEqual(statesOf(api), ['pending', 'pending']);
      assert.match(api.statuses[1]?.description ?? '', /^DynamoDB is exporting the table\./);
      await exporting.service.settle();
      const later = { ...inputs, 'max-attempts': '5', 'github-token': GITHUB_TOKEN };
      await using run = await exporting.run(later, { env: { ...env, GITHUB_ACTION: 'backup_2' } });
      await exporting.copyOf(run);
      assert.equal(exporting.calls('ExportTableToPointInTime').length, 1);
      assert.deepEqual(statesOf(api).slice(2), ['pending', 'success']);
      rmSync(env.RUNNER_TEMP, { recursive: true });
    },
  );
});

async function fill(items: number): Promise<string> {
  await using source = await openSource();
  return await source.createTable(largeItems(items));
}
