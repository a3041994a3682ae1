import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { dynamoDbError, jsonResponse } from '../emulators/faults.ts';
import { assertRefused, attempt, type ExportPair, HOUR, iso, MINUTE, openExportPair } from '../fixtures/export-pair.ts';
import { type Inputs, startServers } from '../fixtures/pair.ts';

await startServers();

const EXPORT = 'ExportTableToPointInTime';

/**
 * Steps with the same names on GitHub: the steps of one composite action, and the jobs that call one reusable workflow.
 * Their environments are identical.
 */
suite('two steps with identical environments', { concurrency: 3 }, () => {
  for (const [exportTime, inputs] of [
    ['not set', {}],
    ['-PT1H', { 'export-time': '-PT1H' }],
  ] as const) {
    test(`start two exports with different snapshot times if export-time is ${exportTime}`, async () => {
      await using exporting = await openExportPair();
      const { service } = exporting;
      await using before = await exporting.run(inputs);
      await exporting.copyOf(before);
      service.clock.advance(5 * MINUTE);
      await using after = await exporting.run(inputs);
      await exporting.copyOf(after);
      assert.equal(service.exports().length, 2);
      assert.notEqual(after.outputs['export-arn'], before.outputs['export-arn']);
      const gap = Date.parse(after.outputs['snapshot-time'] ?? '') - Date.parse(before.outputs['snapshot-time'] ?? '');
      assert.ok(gap >= 5 * MINUTE - 1_000, `${gap} ms between the snapshots`);
    });
  }

  test('share an export if export-time is a fixed time', async () => {
    await using exporting = await openExportPair();
    const inputs = { 'export-time': iso(exporting.service.clock.now() - HOUR) };
    await using first = await exporting.run(inputs);
    exporting.service.clock.advance(5 * MINUTE);
    await using second = await exporting.run(inputs);
    await exporting.copyOf(first);
    await exporting.copyOf(second);
    assert.match(second.notices.join(), /Using export \S+, which another step started for the same time/);
    assert.equal(exporting.service.exports().length, 1);
  });

  test('do not share an export that failed', async () => {
    await using exporting = await openExportPair();
    const { service } = exporting;
    const inputs = { 'export-time': iso(service.clock.now() - HOUR) };
    service.decide(() => ({ FailureCode: 'S3AccessDenied', FailureMessage: 'Access Denied' }));
    await using first = await exporting.run(inputs);
    assertRefused(first, 'EXPORT_FAILED');
    service.decide();
    service.clock.advance(5 * MINUTE);
    await using second = await exporting.run(inputs);
    await exporting.copyOf(second);
  });

  test('do not use exports that their own run attempt started', async () => {
    await using exporting = await openExportPair({ settleAfterMs: 'manual' });
    await runUntilGivenUp(exporting, 2);
    exporting.service.clock.advance(5 * MINUTE);
    await runUntilGivenUp(exporting, 2);
    assert.equal(exporting.service.exports().length, 2);
  });

  test('start a new export on a re-run, because the exports cannot be assigned to the steps', async () => {
    await using exporting = await openExportPair({ settleAfterMs: 'manual' });
    await runUntilGivenUp(exporting, 1);
    exporting.service.clock.advance(5 * MINUTE);
    await runUntilGivenUp(exporting, 1);
    exporting.service.clock.advance(5 * MINUTE);
    await using run = await exporting.run({ 'max-attempts': '1' }, attempt(2));
    assertRefused(run, 'EXPORT_IN_PROGRESS');
    assert.match(run.notices.join(), /Several steps of this run cannot be distinguished/);
    assert.equal(exporting.service.exports().length, 3);
  });

  test('start a new export on a re-run if only one of the exports is still in progress', async () => {
    await using exporting = await openExportPair({ settleAfterMs: 'manual' });
    await runUntilGivenUp(exporting, 1);
    exporting.service.clock.advance(5 * MINUTE);
    await runUntilGivenUp(exporting, 1);
    await exporting.service.settle(String(exporting.service.exports()[1]?.['ExportArn']));
    await using run = await exporting.run({ 'max-attempts': '1' }, attempt(2));
    assertRefused(run, 'EXPORT_IN_PROGRESS');
    assert.match(run.notices.join(), /Several steps of this run cannot be distinguished/);
    assert.equal(exporting.service.exports().length, 3);
  });

  test('start at most two exports if the StartTime of DynamoDB is an hour behind', async () => {
    await using exporting = await openExportPair();
    exporting.service.inject(({ operation }) =>
      operation === EXPORT
        ? jsonResponse<{ ExportDescription: { StartTime: number } }>(({ ExportDescription }) => ({
            ExportDescription: { ...ExportDescription, StartTime: ExportDescription.StartTime - 3_600 },
          }))
        : undefined,
    );
    await using run = await exporting.run();
    await exporting.copyOf(run);
    assert.equal(exporting.service.exports().length, 2);
  });

  test('fail with EXPORT_REJECTED after 10 conflicts of their ClientTokens', async () => {
    await using exporting = await openExportPair();
    exporting.service.inject(({ operation }) =>
      operation === EXPORT ? dynamoDbError('ExportConflictException') : undefined,
    );
    await using run = await exporting.run();
    assert.match(
      assertRefused(run, 'EXPORT_REJECTED'),
      /10 exports of this run attempt already use the ClientTokens of this step/,
    );
    assert.equal(exporting.calls(EXPORT).length, 10);
  });
});

suite('a ClientToken in export-table-to-point-in-time-kwargs', { concurrency: 2 }, () => {
  test('returns the existing export, with a notice', async () => {
    await using exporting = await openExportPair();
    await using first = await exporting.run(token('nightly'));
    exporting.service.clock.advance(HOUR);
    await using second = await exporting.run(token('nightly'), { env: { GITHUB_RUN_ID: '2' } });
    await exporting.copyOf(first);
    await exporting.copyOf(second);
    assert.deepEqual(first.notices, []);
    assert.match(second.notices.join(), /DynamoDB started no new export\. It returned export/);
    assert.equal(exporting.service.exports().length, 1);
  });

  test('fails the step with EXPORT_REJECTED if it was used with other parameters', async () => {
    await using exporting = await openExportPair();
    await using first = await exporting.run(token('nightly'));
    await exporting.copyOf(first);
    await using second = await exporting.run({ ...token('nightly'), 's3-key-prefix': 'elsewhere' });
    const message = assertRefused(second, 'EXPORT_REJECTED');
    assert.match(message, /same ClientToken but other parameters.*\nLeave ClientToken out/s);
    assert.equal(exporting.calls(EXPORT).length, 2);
    assert.equal(second.outputs['export-arn'], undefined);
  });

  test('fails the step again, with the advice to change it, if its export failed', async () => {
    await using exporting = await openExportPair();
    exporting.service.decide(() => ({ FailureCode: 'S3AccessDenied', FailureMessage: 'Access Denied' }));
    for (const number of [1, 2]) {
      await using run = await exporting.run(token('nightly'), attempt(number));
      const message = assertRefused(run, 'EXPORT_FAILED');
      assert.match(message, /Change ClientToken as well/);
      assert.doesNotMatch(message, /A re-run starts a new export/);
    }
    assert.equal(exporting.service.exports().length, 1);
  });
});

function token(ClientToken: string): Inputs {
  return { 'export-table-to-point-in-time-kwargs': JSON.stringify({ ClientToken }) };
}

/** Runs an attempt that ends with EXPORT_IN_PROGRESS after one status check. */
async function runUntilGivenUp(exporting: ExportPair, number: number): Promise<void> {
  await using run = await exporting.run({ 'max-attempts': '1' }, attempt(number));
  assertRefused(run, 'EXPORT_IN_PROGRESS');
}
