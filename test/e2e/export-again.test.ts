import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { PutObjectCommand } from '@aws-sdk/client-s3';
import { assertRefused, attempt, type ExportPair, HOUR, iso, openExportPair } from '../fixtures/export-pair.ts';
import { assertSucceeded, type Inputs, startServers } from '../fixtures/pair.ts';
import { fewOf, slowTest } from '../run/effort.ts';

await startServers();

const EXPORT = 'ExportTableToPointInTime';

/** A first attempt that started an export and gave up waiting for it. */
async function giveUp(exporting: ExportPair, inputs: Inputs = {}): Promise<void> {
  await using run = await exporting.run({ ...inputs, 'max-attempts': '1' });
  const message = assertRefused(run, 'EXPORT_IN_PROGRESS');
  assert.match(message, /It continues in DynamoDB/);
  assert.match(message, inputs['resume'] === 'false' ? /a re-run starts another export/ : /Re-run the job/);
  assert.equal(run.outputs['export-arn'], exporting.service.exports().at(-1)?.['ExportArn']);
  assert.equal(run.outputs['manifest-key'], undefined);
  assert.doesNotMatch(run.summary, /does not count as a copy/);
}

/** The first attempt asks once; the second looks at what there is, then asks. */
function settleBeforeDescribe({ service }: ExportPair, nthOfAll: number): void {
  service.inject(async ({ operation }, nth) => {
    if (operation === 'DescribeExport' && nth === nthOfAll) await service.settle();
    return undefined;
  });
}

suite('a re-run', { concurrency: 3 }, () => {
  test('takes over what is in progress, even without a fixed time', async () => {
    await using exporting = await openExportPair({ settleAfterMs: 'manual' });
    await giveUp(exporting);
    settleBeforeDescribe(exporting, 3);
    await using run = await exporting.run({ 'max-attempts': '1' }, attempt(2));
    await exporting.copyOf(run);
    assert.match(run.notices.join(), /Reusing export \S+, which an earlier attempt of this step started/);
    assert.equal(exporting.calls(EXPORT).length, 1);
  });

  slowTest('takes over what is complete where the time is fixed', async () => {
    await using exporting = await openExportPair({ settleAfterMs: 'manual' });
    const inputs = { 'export-time': iso(exporting.service.clock.now() - HOUR), 'max-attempts': '1' };
    await giveUp(exporting, inputs);
    await exporting.service.settle();
    await using run = await exporting.run(inputs, attempt(3));
    await exporting.copyOf(run);
    assert.equal(exporting.calls(EXPORT).length, 1);
    assert.equal(exporting.calls('DescribeContinuousBackups').length, 1, 'nothing is checked of what is there');
  });

  for (const [what, inputs] of fewOf(
    [
      ['now', {}],
      ['relative', { 'export-time': '-PT1H' }],
    ] as const,
    1,
  )) {
    test(`exports anew where it is complete and its time is ${what}`, async () => {
      await using exporting = await openExportPair({ settleAfterMs: 'manual' });
      await giveUp(exporting, inputs);
      await exporting.service.settle();
      settleBeforeDescribe(exporting, 3);
      await using run = await exporting.run({ ...inputs, 'max-attempts': '1' }, attempt(2));
      await exporting.copyOf(run);
      assert.deepEqual(exporting.service.exports().length, 2);
    });
  }

  slowTest('passes over what failed, with a new token', async () => {
    await using exporting = await openExportPair();
    const { service } = exporting;
    service.decide(() => ({ FailureCode: 'S3AccessDenied', FailureMessage: 'Access Denied' }));
    await using failed = await exporting.run();
    assertRefused(failed, 'EXPORT_FAILED');
    service.decide();
    await using run = await exporting.run({}, attempt(2));
    await exporting.copyOf(run);
    const tokens = exporting.calls(EXPORT).map(({ parameters }) => String(parameters['ClientToken']));
    assert.equal(tokens.length, 2);
    assert.match(tokens[0] ?? '', /-1$/);
    assert.match(tokens[1] ?? '', /-2$/);
    assert.equal(tokens[0]?.slice(0, -1), tokens[1]?.slice(0, -1));
  });

  slowTest('exports anew where the manifests of the first export are damaged', async () => {
    await using exporting = await openExportPair();
    const { service, pair } = exporting;
    let damages = true;
    service.inject(async ({ operation }) => {
      if (!damages || operation !== 'DescribeExport') return undefined;
      damages = false;
      await service.settle();
      const Key = String(service.exports()[0]?.['ExportManifest']);
      await pair.store.client.send(new PutObjectCommand({ Bucket: pair.bucket, Key, Body: '{}' }));
      return undefined;
    });
    await using damaged = await exporting.run();
    assertRefused(damaged, 'EXPORT_MANIFEST_INVALID');
    await using run = await exporting.run({}, attempt(2));
    await exporting.copyOf(run);
    assert.equal(exporting.calls(EXPORT).length, 2);
  });

  slowTest('takes over what is in progress where somebody raised how long to wait', async () => {
    await using exporting = await openExportPair({ settleAfterMs: 'manual' });
    await giveUp(exporting);
    const step = exporting.start({ 'max-attempts': '2000', 'check-interval': '2' }, attempt(2));
    await step.printed(/Reusing export/);
    await exporting.service.settle();
    await using run = await step.result;
    await exporting.copyOf(run);
    assert.equal(exporting.calls(EXPORT).length, 1);
  });

  for (const [what, first, code] of fewOf(
    [
      [
        'was cancelled',
        async ({ start }: ExportPair) => {
          const step = start();
          await step.printed(/Started export/);
          step.cancel();
          return await step.result;
        },
        'CANCELLED',
      ],
      [
        'might not look at its export',
        async ({ run, service }: ExportPair) => {
          service.deny('DescribeExport');
          const result = await run();
          service.deny();
          return result;
        },
        'ACCESS_DENIED',
      ],
    ] as const,
    1,
  )) {
    test(`takes over what an attempt started that ${what}`, async () => {
      await using exporting = await openExportPair({ settleAfterMs: 'manual' });
      await using failed = await first(exporting);
      assertRefused(failed, code);
      const step = exporting.start({}, attempt(2));
      await step.printed(/Reusing export/);
      await exporting.service.settle();
      await using run = await step.result;
      await exporting.copyOf(run);
      assert.equal(exporting.calls(EXPORT).length, 1);
      assert.equal(run.outputs['export-arn'], failed.outputs['export-arn']);
    });
  }

  slowTest('pays for no other export where neither could be waited for', async () => {
    await using exporting = await openExportPair();
    exporting.service.deny('DescribeExport');
    for (const number of [1, 2]) {
      await using run = await exporting.run({}, attempt(number));
      assert.match(assertRefused(run, 'ACCESS_DENIED'), /dynamodb:DescribeExport/);
    }
    assert.equal(exporting.calls(EXPORT).length, 1);
  });

  slowTest('takes over what a killed runner left', async () => {
    await using exporting = await openExportPair({ settleAfterMs: 'manual' });
    const killed = exporting.start();
    await killed.printed(/Started export/);
    killed.kill('SIGKILL');
    await using first = await killed.result;
    assert.ok(first.outputs['export-arn'], 'the outputs are there before the wait');
    const step = exporting.start({}, attempt(2));
    await step.printed(/Reusing export/);
    await exporting.service.settle();
    await using run = await step.result;
    await exporting.copyOf(run);
    assert.equal(exporting.calls(EXPORT).length, 1);
  });

  test('exports anew with resume: false, and never with the same token', async () => {
    await using exporting = await openExportPair({ settleAfterMs: 'manual' });
    const inputs = { resume: 'false', 'max-attempts': '1' };
    await giveUp(exporting, inputs);
    await using run = await exporting.run(inputs, attempt(2));
    assertRefused(run, 'EXPORT_IN_PROGRESS');
    assert.equal(exporting.service.exports().length, 2);
    assert.equal(exporting.calls('ListExports').length, 0);
  });

  slowTest('without the right to look says so, and exports anew', async () => {
    await using exporting = await openExportPair({ settleAfterMs: 'manual' });
    await giveUp(exporting);
    exporting.service.deny('ListExports');
    settleBeforeDescribe(exporting, 2);
    await using run = await exporting.run({ 'max-attempts': '1' }, attempt(2));
    await exporting.copyOf(run);
    assert.match(run.notices.join('\n'), /not authorized to perform dynamodb:ListExports/);
    assert.equal(exporting.service.exports().length, 2);
  });

  for (const [what, env, matrix] of fewOf(
    [
      ['another step of the job', { GITHUB_ACTION: 'backup_2' }, undefined],
      ['another job', { GITHUB_JOB: 'weekly' }, undefined],
      ['another run', { GITHUB_RUN_ID: '7' }, undefined],
      ['another leg of the matrix', {}, { table: 'b' }],
    ] as const,
    1,
  )) {
    test(`takes nothing over from ${what}`, async () => {
      await using exporting = await openExportPair({ settleAfterMs: 'manual' });
      await giveUp(exporting);
      const options = { ...attempt(2, env), ...(matrix && { matrix }) };
      await using run = await exporting.run({ 'max-attempts': '1' }, options);
      assertRefused(run, 'EXPORT_IN_PROGRESS');
      assert.equal(exporting.service.exports().length, 2);
    });
  }
});

suite('two at once', { concurrency: 2 }, () => {
  slowTest('workflow runs export twice, each for itself', async () => {
    await using exporting = await openExportPair();
    const [one, two] = await Promise.all([exporting.run(), exporting.run({}, { env: { GITHUB_RUN_ID: '4711' } })]);
    await using first = one;
    await using second = two;
    await exporting.copyOf(first);
    await exporting.copyOf(second);
    assert.notEqual(first.outputs['export-arn'], second.outputs['export-arn']);
  });

  slowTest('a token of the user is sent as it is, in every attempt', async () => {
    await using exporting = await openExportPair();
    const inputs = { 'export-table-to-point-in-time-kwargs': 'ClientToken: nightly' };
    await using first = await exporting.run(inputs);
    await using second = await exporting.run(inputs, attempt(2));
    assertSucceeded(first);
    assertSucceeded(second);
    assert.equal(exporting.service.exports().length, 1);
    assert.equal(exporting.calls('ListExports').length, 0);
  });

  slowTest('an answer that was lost is asked for again with the same token: one export', async () => {
    await using exporting = await openExportPair();
    exporting.service.inject(({ operation }, nth) => (operation === EXPORT && nth <= 2 ? 'lose-answer' : undefined));
    await using run = await exporting.run({ 'export-time': '-PT1H' });
    await exporting.copyOf(run);
    const sent = exporting.calls(EXPORT).map(({ parameters }) => JSON.stringify(parameters));
    assert.equal(sent.length, 3);
    assert.equal(new Set(sent).size, 1);
    assert.equal(exporting.service.exports().length, 1);
  });
});
