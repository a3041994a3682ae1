import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, suite, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { assertRefused, attempt, type ExportPair, openExportPair } from './export-pair.ts';
import { assertSucceeded, startServers } from './pair.ts';

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

  test('leaves its export once: after that a step with the same inputs makes its own', async () => {
    await using exporting = await openExportPair();
    const env = { RUNNER_TEMP: temporaryFolder() };
    await startOnly(exporting, env);
    for (const step of ['backup_2', 'backup_3']) {
      await using run = await exporting.run({}, { env: { ...env, GITHUB_ACTION: step } });
      await exporting.copyOf(run);
    }
    assert.equal(exporting.calls(EXPORT).length, 2);
  });

  test('leaves nothing to a step with other inputs', async () => {
    await using exporting = await openExportPair();
    const env = { RUNNER_TEMP: temporaryFolder() };
    await startOnly(exporting, env);
    await using run = await exporting.run({ 's3-key-prefix': 'other' }, { env: { ...env, GITHUB_ACTION: 'backup_2' } });
    await exporting.copyOf(run);
    assert.equal(exporting.calls(EXPORT).length, 2);
  });

  test('leaves what it finds complete on a re-run, too', async () => {
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

  test('does not outlast a denial', async () => {
    await using exporting = await openExportPair();
    exporting.service.deny('DescribeExport');
    await using run = await exporting.run();
    assert.match(assertRefused(run, 'ACCESS_DENIED'), /dynamodb:DescribeExport/);
    assert.equal(exporting.calls('DescribeExport').length, 1);
    assert.ok(run.outputs['export-arn'], 'what goes on is known all the same');
  });

  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    test(`ends soon after ${signal}, and says that the export goes on`, async () => {
      await using exporting = await openExportPair({ settleAfterMs: 'manual' });
      const step = exporting.start({ 'check-interval': '3600' });
      await step.printed(/Export \S+ has started/);
      const asked = performance.now();
      step.kill(signal);
      await using run = await step.result;
      assert.ok(performance.now() - asked < 5_000);
      const message = assertRefused(run, 'CANCELLED');
      assert.ok(message.includes(`The export ${run.outputs['export-id']} goes on`), message);
      assert.doesNotMatch(run.summary, /counts as no copy/);
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
  assert.match(assertRefused(run, 'CANCELLED'), /One that it had asked for goes on.*\nRe-run the job/s);
});

async function startOnly(exporting: ExportPair, env: Readonly<Record<string, string>>, inputs = {}): Promise<void> {
  await using run = await exporting.run({ ...inputs, 'max-attempts': '0' }, { env });
  assertSucceeded(run);
  const { ExportArn } = exporting.service.exports().at(-1) ?? {};
  assert.equal(run.outputs['export-arn'], ExportArn);
  assert.equal(run.outputs['export-id'], String(ExportArn).split('/').at(-1));
  assert.equal(run.outputs['manifest-key'], undefined);
  assert.equal(run.outputs['item-count'], undefined);
  assert.match(run.notices.join(), /does not wait/);
  assert.match(run.summary, /^### ⏳ .* is being exported to S3, and this step did not wait for it/);
  assert.doesNotMatch(run.summary, /Read units|Segments|Items/);
}

/** Outlives its step, as on a runner. */
function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'runner-temp-'));
  after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}
