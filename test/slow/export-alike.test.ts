import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { dynamoDbError, jsonAnswer } from '../emulators/faults.ts';
import { assertRefused, attempt, type ExportPair, HOUR, iso, MINUTE, openExportPair } from '../fixtures/export-pair.ts';
import { type Inputs, startServers } from '../fixtures/pair.ts';

await startServers();

const EXPORT = 'ExportTableToPointInTime';

/**
 * Steps that GitHub gives the same names: those of one composite action, and the jobs that call one reusable workflow.
 * Nothing in their environments tells them apart.
 */
suite('two steps that look the same', { concurrency: 3 }, () => {
  for (const [what, inputs] of [
    ['now', {}],
    ['relative', { 'export-time': '-PT1H' }],
  ] as const) {
    test(`export twice where their time is ${what}: what was "before" never comes back as "after"`, async () => {
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
      assert.ok(gap >= 5 * MINUTE - 1_000, `${gap} ms lie between the snapshots`);
    });
  }

  test('share an export of one fixed time', async () => {
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

  test('share none that failed', async () => {
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

  test('take over nothing that their own attempt began', async () => {
    await using exporting = await openExportPair({ settleAfterMs: 'manual' });
    await giveUp(exporting, 2);
    exporting.service.clock.advance(5 * MINUTE);
    await giveUp(exporting, 2);
    assert.equal(exporting.service.exports().length, 2);
  });

  test('take over nothing on a re-run, as nobody can tell which is whose', async () => {
    await using exporting = await openExportPair({ settleAfterMs: 'manual' });
    await giveUp(exporting, 1);
    exporting.service.clock.advance(5 * MINUTE);
    await giveUp(exporting, 1);
    exporting.service.clock.advance(5 * MINUTE);
    await using run = await exporting.run({ 'max-attempts': '1' }, attempt(2));
    assertRefused(run, 'EXPORT_IN_PROGRESS');
    assert.match(run.notices.join(), /Several steps of this run cannot be distinguished/);
    assert.equal(exporting.service.exports().length, 3);
  });

  test('take over nothing on a re-run, also where only one of the exports is still in progress', async () => {
    await using exporting = await openExportPair({ settleAfterMs: 'manual' });
    await giveUp(exporting, 1);
    exporting.service.clock.advance(5 * MINUTE);
    await giveUp(exporting, 1);
    await exporting.service.settle(String(exporting.service.exports()[1]?.['ExportArn']));
    await using run = await exporting.run({ 'max-attempts': '1' }, attempt(2));
    assertRefused(run, 'EXPORT_IN_PROGRESS');
    assert.match(run.notices.join(), /Several steps of this run cannot be distinguished/);
    assert.equal(exporting.service.exports().length, 3);
  });

  test('pay for no third export where the clocks of AWS itself disagree', async () => {
    await using exporting = await openExportPair();
    exporting.service.inject(({ operation }) =>
      operation === EXPORT
        ? jsonAnswer<{ ExportDescription: { StartTime: number } }>(({ ExportDescription }) => ({
            ExportDescription: { ...ExportDescription, StartTime: ExportDescription.StartTime - 3_600 },
          }))
        : undefined,
    );
    await using run = await exporting.run();
    await exporting.copyOf(run);
    assert.equal(exporting.service.exports().length, 2);
  });

  test('are ten at the most', async () => {
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

suite('a ClientToken of the user', { concurrency: 2 }, () => {
  test('gives an export back that is there, and the log says so', async () => {
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

  test('that stands for another request is refused, with what to do', async () => {
    await using exporting = await openExportPair();
    await using first = await exporting.run(token('nightly'));
    await exporting.copyOf(first);
    await using second = await exporting.run({ ...token('nightly'), 's3-key-prefix': 'elsewhere' });
    const message = assertRefused(second, 'EXPORT_REJECTED');
    assert.match(message, /same ClientToken but other parameters.*\nLeave ClientToken out/s);
    assert.equal(exporting.calls(EXPORT).length, 2);
    assert.equal(second.outputs['export-arn'], undefined);
  });

  test('that stands for a failed export has to be changed', async () => {
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

async function giveUp(exporting: ExportPair, number: number): Promise<void> {
  await using run = await exporting.run({ 'max-attempts': '1' }, attempt(number));
  assertRefused(run, 'EXPORT_IN_PROGRESS');
}
