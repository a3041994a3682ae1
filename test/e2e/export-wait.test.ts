import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, suite, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { dynamoDbError } from '../emulators/faults.ts';
import { assertRefused, attempt, type ExportPair, openExportPair } from '../fixtures/export-pair.ts';
import { assertSucceeded, startServers } from '../fixtures/pair.ts';
import { fewOf, slowTest } from '../run/effort.ts';

await startServers();

const EXPORT = 'ExportTableToPointInTime';

suite('steps that start an export without waiting', { concurrency: 3 }, () => {
  test('a step with max-attempts: 0 succeeds, and a later step waits for its export and verifies it', async () => {
    await using exporting = await openExportPair({ settleAfterMs: 'manual' });
    const env = { RUNNER_TEMP: temporaryFolder() };
    await startOnly(exporting, env);
    await exporting.service.settle();
    await using run = await exporting.run({ 'max-attempts': '5' }, { env: { ...env, GITHUB_ACTION: 'backup_2' } });
    await exporting.copyOf(run);
    assert.equal(exporting.calls(EXPORT).length, 1);
  });

  slowTest('only one later step continues with the export of a step with max-attempts: 0', async () => {
    await using exporting = await openExportPair();
    const env = { RUNNER_TEMP: temporaryFolder() };
    await startOnly(exporting, env);
    for (const step of ['backup_2', 'backup_3']) {
      await using run = await exporting.run({}, { env: { ...env, GITHUB_ACTION: step } });
      await exporting.copyOf(run);
    }
    assert.equal(exporting.calls(EXPORT).length, 2);
  });

  for (const [what, stopWaiting] of fewOf(
    [
      [
        'reaches max-attempts',
        async (exporting: ExportPair, env: Env) => {
          await using run = await exporting.run({ 'max-attempts': '1' }, { env });
          assertRefused(run, 'EXPORT_IN_PROGRESS');
        },
      ],
      [
        'is cancelled',
        async (exporting: ExportPair, env: Env) => {
          const step = exporting.start({}, { env });
          await step.printed(/which an earlier step of this job started/);
          step.cancel();
          await using run = await step.result;
          assertRefused(run, 'CANCELLED');
        },
      ],
      [
        'is not authorized to perform dynamodb:DescribeExport',
        async (exporting: ExportPair, env: Env) => {
          exporting.service.deny('DescribeExport');
          await using run = await exporting.run({}, { env });
          assertRefused(run, 'ACCESS_DENIED');
          exporting.service.deny();
        },
      ],
    ] as const,
    1,
  )) {
    slowTest(`a third step continues with the export if the step that waits ${what}`, async () => {
      await using exporting = await openExportPair({ settleAfterMs: 'manual' });
      const env = { RUNNER_TEMP: temporaryFolder() };
      await startOnly(exporting, env);
      await stopWaiting(exporting, { ...env, GITHUB_ACTION: 'backup_2' });
      await exporting.service.settle();
      await using run = await exporting.run({}, { env: { ...env, GITHUB_ACTION: 'backup_3' } });
      await exporting.copyOf(run);
      assert.equal(exporting.calls(EXPORT).length, 1);
    });
  }

  slowTest('a third step starts another export if the first export failed', async () => {
    await using exporting = await openExportPair();
    const { service } = exporting;
    const env = { RUNNER_TEMP: temporaryFolder() };
    service.decide(() => ({ FailureCode: 'S3AccessDenied', FailureMessage: 'Access Denied' }));
    await startOnly(exporting, env);
    await using failed = await exporting.run({}, { env: { ...env, GITHUB_ACTION: 'backup_2' } });
    assertRefused(failed, 'EXPORT_FAILED');
    service.decide();
    await using run = await exporting.run({}, { env: { ...env, GITHUB_ACTION: 'backup_3' } });
    await exporting.copyOf(run);
    assert.equal(exporting.calls(EXPORT).length, 2);
  });

  slowTest('a later step with other inputs starts another export', async () => {
    await using exporting = await openExportPair();
    const env = { RUNNER_TEMP: temporaryFolder() };
    await startOnly(exporting, env);
    await using run = await exporting.run({ 's3-key-prefix': 'other' }, { env: { ...env, GITHUB_ACTION: 'backup_2' } });
    await exporting.copyOf(run);
    assert.equal(exporting.calls(EXPORT).length, 2);
  });

  slowTest('a later step of a re-run uses the complete export that the re-run found', async () => {
    await using exporting = await openExportPair({ settleAfterMs: 'manual' });
    const time = new Date(exporting.service.clock.now() - 3_600_000).toISOString();
    const inputs = { 'export-time': time };
    const first = { RUNNER_TEMP: temporaryFolder() };
    await startOnly(exporting, first, inputs);
    await exporting.service.settle();
    const second = { ...first, RUNNER_TEMP: temporaryFolder() };
    await using found = await exporting.run({ ...inputs, 'max-attempts': '0' }, attempt(2, second));
    await exporting.copyOf(found);
    await using run = await exporting.run(inputs, attempt(2, { ...second, GITHUB_ACTION: 'backup_2' }));
    await exporting.copyOf(run);
    assert.equal(exporting.calls(EXPORT).length, 1);
  });
});

suite('status checks of exports', { concurrency: 3 }, () => {
  slowTest('waits for an export despite throttled status checks and a lost response', async () => {
    await using exporting = await openExportPair({
      settleAfterMs: 4_000,
      rates: { DescribeExport: { burst: 1, perSecond: 0.5 } },
    });
    exporting.service.inject(({ operation }, nth) =>
      operation === 'DescribeExport' && nth === 2 ? 'lose-httpResponse' : undefined,
    );
    await using run = await exporting.run();
    await exporting.copyOf(run);
    assert.ok(exporting.calls('DescribeExport').some(({ status }) => status === 400));
    assert.equal(exporting.calls(EXPORT).length, 1);
  });

  for (const [what, fault] of fewOf(
    [
      ['server errors', dynamoDbError('InternalServerError', 'secret', 500)],
      ['an unavailable service', dynamoDbError('ServiceUnavailable', 'secret', 503)],
      ['closed connections', 'drop'],
      ['truncated responses', 'cut'],
    ] as const,
    1,
  )) {
    slowTest(`waits for an export despite ${what}`, async () => {
      await using exporting = await openExportPair();
      exporting.service.inject(({ operation }, nth) =>
        operation === 'DescribeExport' && nth <= 4 ? fault : undefined,
      );
      await using run = await exporting.run();
      await exporting.copyOf(run);
      assert.ok(exporting.calls('DescribeExport').length >= 5);
      assert.equal(exporting.calls(EXPORT).length, 1);
    });
  }

  slowTest('logs the elapsed time and the number of status checks of an export', async () => {
    await using exporting = await openExportPair({ settleAfterMs: 'manual' });
    const inputs = { 'max-attempts': '20' };
    const step = exporting.start(inputs, { env: { DYNAMODB_TO_S3_TIME_SCALE: '0.05' } });
    await step.printed(/Export in progress: 0 min elapsed, status check 2 of 20\./);
    await exporting.service.settle();
    await using run = await step.result;
    await exporting.copyOf(run);
  });

  test('reports at max-attempts that a re-run starts another export if resume is false', async () => {
    await using exporting = await openExportPair({ settleAfterMs: 'manual' });
    await using run = await exporting.run({ 'max-attempts': '1', resume: 'false' });
    const message = assertRefused(run, 'EXPORT_IN_PROGRESS');
    assert.match(message, /With resume: false, a re-run starts another export/);
    assert.doesNotMatch(message, /continue waiting for this export/);
  });

  slowTest('fails at the first status check if dynamodb:DescribeExport is denied', async () => {
    await using exporting = await openExportPair();
    exporting.service.deny('DescribeExport');
    await using run = await exporting.run();
    assert.match(assertRefused(run, 'ACCESS_DENIED'), /dynamodb:DescribeExport/);
    assert.equal(exporting.calls('DescribeExport').length, 1);
    assert.ok(run.outputs['export-arn'], 'the output export-arn is set although the step failed');
  });

  for (const signal of fewOf(['SIGINT', 'SIGTERM'] as const, 1)) {
    slowTest(`ends within 5 s of ${signal} and reports that the export continues`, async () => {
      await using exporting = await openExportPair({ settleAfterMs: 'manual' });
      const step = exporting.start({ 'check-interval': '3600' });
      await step.printed(/Started export \S+/);
      const cancelledAt = performance.now();
      step.kill(signal);
      await using run = await step.result;
      assert.ok(performance.now() - cancelledAt < 5_000);
      const message = assertRefused(run, 'CANCELLED');
      assert.ok(message.includes(`The export ${run.outputs['export-id']} continues`), message);
      assert.doesNotMatch(run.summary, /does not count as a copy/);
    });
  }
});

test('reports that an export can continue if the step is cancelled before DynamoDB responds', async () => {
  await using exporting = await openExportPair();
  exporting.service.inject(({ operation }) => (operation === EXPORT ? 'hang' : undefined));
  const step = exporting.start();
  while (exporting.calls(EXPORT).length === 0) await sleep(20);
  step.kill('SIGINT');
  await using run = await step.result;
  const message = assertRefused(run, 'CANCELLED');
  assert.match(message, /If DynamoDB received the request, the export continues.*\nRe-run the job/s);
});

type Env = Readonly<Record<string, string>>;

/** Runs a step that starts an export and does not wait for it. */
async function startOnly(exporting: ExportPair, env: Env, inputs = {}): Promise<void> {
  await using run = await exporting.run({ ...inputs, 'max-attempts': '0' }, { env });
  assertSucceeded(run);
  const { ExportArn } = exporting.service.exports().at(-1) ?? {};
  assert.equal(run.outputs['export-arn'], ExportArn);
  assert.equal(run.outputs['export-id'], String(ExportArn).split('/').at(-1));
  assert.equal(run.outputs['manifest-key'], undefined);
  assert.equal(run.outputs['item-count'], undefined);
  assert.match(run.notices.join(), /does not wait/);
  assert.match(run.summary, /^### ⏳ Export of .* to S3 is in progress\. This step did not wait for it/);
  assert.doesNotMatch(run.summary, /Read capacity units|Segments|Items/);
}

/** Creates a RUNNER_TEMP that remains after its step, as on a runner. */
function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'runner-temp-'));
  after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}
