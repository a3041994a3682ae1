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

suite('a step that does not wait', { concurrency: 3 }, () => {
  test('ends well, and a later step with the same inputs waits and verifies', async () => {
    await using exporting = await openExportPair({ settleAfterMs: 'manual' });
    const env = { RUNNER_TEMP: temporaryFolder() };
    await startOnly(exporting, env);
    await exporting.service.settle();
    await using run = await exporting.run({ 'max-attempts': '5' }, { env: { ...env, GITHUB_ACTION: 'backup_2' } });
    await exporting.copyOf(run);
    assert.equal(exporting.calls(EXPORT).length, 1);
  });

  slowTest('leaves its export once: after that a step with the same inputs makes its own', async () => {
    await using exporting = await openExportPair();
    const env = { RUNNER_TEMP: temporaryFolder() };
    await startOnly(exporting, env);
    for (const step of ['backup_2', 'backup_3']) {
      await using run = await exporting.run({}, { env: { ...env, GITHUB_ACTION: step } });
      await exporting.copyOf(run);
    }
    assert.equal(exporting.calls(EXPORT).length, 2);
  });

  for (const [what, giveUp] of fewOf(
    [
      [
        'gives up',
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
        'may not look',
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
    test(`leaves its export to a further step where the one that waits ${what}`, async () => {
      await using exporting = await openExportPair({ settleAfterMs: 'manual' });
      const env = { RUNNER_TEMP: temporaryFolder() };
      await startOnly(exporting, env);
      await giveUp(exporting, { ...env, GITHUB_ACTION: 'backup_2' });
      await exporting.service.settle();
      await using run = await exporting.run({}, { env: { ...env, GITHUB_ACTION: 'backup_3' } });
      await exporting.copyOf(run);
      assert.equal(exporting.calls(EXPORT).length, 1);
    });
  }

  slowTest('leaves none that failed: a further step makes its own', async () => {
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

  slowTest('leaves nothing to a step with other inputs', async () => {
    await using exporting = await openExportPair();
    const env = { RUNNER_TEMP: temporaryFolder() };
    await startOnly(exporting, env);
    await using run = await exporting.run({ 's3-key-prefix': 'other' }, { env: { ...env, GITHUB_ACTION: 'backup_2' } });
    await exporting.copyOf(run);
    assert.equal(exporting.calls(EXPORT).length, 2);
  });

  slowTest('leaves what it finds complete on a re-run, too', async () => {
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

suite('waiting', { concurrency: 3 }, () => {
  test('survives throttles in bursts, and answers that are lost or faulty', async () => {
    await using exporting = await openExportPair({
      settleAfterMs: 4_000,
      rates: { DescribeExport: { burst: 1, perSecond: 0.5 } },
    });
    exporting.service.inject(({ operation }, nth) =>
      operation === 'DescribeExport' && nth === 2 ? 'lose-answer' : undefined,
    );
    await using run = await exporting.run();
    await exporting.copyOf(run);
    assert.ok(exporting.calls('DescribeExport').some(({ status }) => status === 400));
    assert.equal(exporting.calls(EXPORT).length, 1);
  });

  for (const [what, fault] of fewOf(
    [
      ['server errors', dynamoDbError('InternalServerError', 'secret', 500)],
      ['a service that is down', dynamoDbError('ServiceUnavailable', 'secret', 503)],
      ['connections that break', 'drop'],
      ['answers that are cut off', 'cut'],
    ] as const,
    1,
  )) {
    test(`survives ${what}`, async () => {
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

  test('tells how it goes', async () => {
    await using exporting = await openExportPair({ settleAfterMs: 'manual' });
    const inputs = { 'max-attempts': '20' };
    const step = exporting.start(inputs, { env: { DYNAMODB_TO_S3_TIME_SCALE: '0.05' } });
    await step.printed(/Export in progress: 0 min elapsed, status check 2 of 20\./);
    await exporting.service.settle();
    await using run = await step.result;
    await exporting.copyOf(run);
  });

  test('is given up without a promise that a re-run would not keep', async () => {
    await using exporting = await openExportPair({ settleAfterMs: 'manual' });
    await using run = await exporting.run({ 'max-attempts': '1', resume: 'false' });
    const message = assertRefused(run, 'EXPORT_IN_PROGRESS');
    assert.match(message, /With resume: false, a re-run starts another export/);
    assert.doesNotMatch(message, /continue waiting for this export/);
  });

  test('does not outlast a denial', async () => {
    await using exporting = await openExportPair();
    exporting.service.deny('DescribeExport');
    await using run = await exporting.run();
    assert.match(assertRefused(run, 'ACCESS_DENIED'), /dynamodb:DescribeExport/);
    assert.equal(exporting.calls('DescribeExport').length, 1);
    assert.ok(run.outputs['export-arn'], 'what goes on is known all the same');
  });

  for (const signal of fewOf(['SIGINT', 'SIGTERM'] as const, 1)) {
    test(`ends soon after ${signal}, and says that the export goes on`, async () => {
      await using exporting = await openExportPair({ settleAfterMs: 'manual' });
      const step = exporting.start({ 'check-interval': '3600' });
      await step.printed(/Started export \S+/);
      const asked = performance.now();
      step.kill(signal);
      await using run = await step.result;
      assert.ok(performance.now() - asked < 5_000);
      const message = assertRefused(run, 'CANCELLED');
      assert.ok(message.includes(`The export ${run.outputs['export-id']} continues`), message);
      assert.doesNotMatch(run.summary, /does not count as a copy/);
    });
  }
});

test('a cancellation before the answer says that an export may go on', async () => {
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

async function startOnly(exporting: ExportPair, env: Readonly<Record<string, string>>, inputs = {}): Promise<void> {
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

/** Outlives its step, as on a runner. */
function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'runner-temp-'));
  after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}
