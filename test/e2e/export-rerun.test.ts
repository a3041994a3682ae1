import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { PutObjectCommand } from '@aws-sdk/client-s3';
import { assertRefused, attempt, type ExportPair, HOUR, iso, openExportPair } from '../fixtures/export-pair.ts';
import { assertSucceeded, type Inputs, startServers } from '../fixtures/pair.ts';
import { fewOf, slowTest } from '../run/effort.ts';

await startServers();

const EXPORT = 'ExportTableToPointInTime';

/** Runs a first attempt that starts an export and stops waiting for it. */
async function stopWaiting(exporting: ExportPair, inputs: Inputs = {}, advice = /Re-run the job/): Promise<void> {
  await using run = await exporting.run({ ...inputs, 'max-attempts': '1' });
  const message = assertRefused(run, 'EXPORT_IN_PROGRESS');
  assert.match(message, /It continues in DynamoDB/);
  assert.match(message, advice);
  assert.equal(run.outputs['export-arn'], exporting.service.exports().at(-1)?.['ExportArn']);
  assert.equal(run.outputs['manifest-key'], undefined);
  assert.doesNotMatch(run.summary, /does not count as a copy/);
}

/**
 * Completes the export before the response to one of the DescribeExport requests. Attempt 1 sends one; attempt 2 sends
 * one for each earlier export, then those of its status checks.
 */
function settleAtDescribeExport({ service }: ExportPair, describeNumber: number): void {
  service.inject(async ({ operation }, nth) => {
    if (operation === 'DescribeExport' && nth === describeNumber) await service.settle();
    return undefined;
  });
}

/** Resolves when a step sends its first DescribeExport request. */
function firstStatusCheck({ service }: ExportPair): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  service.inject(({ operation }) => {
    if (operation === 'DescribeExport') resolve();
    return undefined;
  });
  return promise;
}

suite('exports of earlier attempts', { concurrency: 3 }, () => {
  test('a re-run continues with the export in progress if export-time is not set', async () => {
    await using exporting = await openExportPair({ settleAfterMs: 'manual' });
    await stopWaiting(exporting);
    settleAtDescribeExport(exporting, 3);
    await using run = await exporting.run({ 'max-attempts': '1' }, attempt(2));
    await exporting.copyOf(run);
    assert.match(run.notices.join(), /Reusing export \S+, which an earlier attempt of this step started/);
    assert.equal(exporting.calls(EXPORT).length, 1);
  });

  slowTest('a re-run uses the complete export of an earlier attempt if export-time is fixed', async () => {
    await using exporting = await openExportPair({ settleAfterMs: 'manual' });
    const inputs = { 'export-time': iso(exporting.service.clock.now() - HOUR), 'max-attempts': '1' };
    await stopWaiting(exporting, inputs);
    await exporting.service.settle();
    await using run = await exporting.run(inputs, attempt(3));
    await exporting.copyOf(run);
    assert.equal(exporting.calls(EXPORT).length, 1);
    assert.equal(
      exporting.calls('DescribeContinuousBackups').length,
      3,
      'the re-run does not check PITR for an existing export; each attempt reads it for manifest-table.json',
    );
  });

  for (const [exportTime, inputs] of fewOf(
    [
      ['not set', {}],
      ['relative', { 'export-time': '-PT1H' }],
    ] as const,
    1,
  )) {
    test(`a re-run starts another export if the earlier one is complete and export-time is ${exportTime}`, async () => {
      await using exporting = await openExportPair({ settleAfterMs: 'manual' });
      await stopWaiting(exporting, inputs);
      await exporting.service.settle();
      settleAtDescribeExport(exporting, 3);
      await using run = await exporting.run({ ...inputs, 'max-attempts': '1' }, attempt(2));
      await exporting.copyOf(run);
      assert.deepEqual(exporting.service.exports().length, 2);
    });
  }

  slowTest('a re-run starts another export with a new token after a failed export', async () => {
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

  slowTest('a re-run starts another export if the manifests of the first export are corrupted', async () => {
    await using exporting = await openExportPair();
    const { service, pair } = exporting;
    let isIntact = true;
    service.inject(async ({ operation }) => {
      if (!isIntact || operation !== 'DescribeExport') return undefined;
      isIntact = false;
      await service.settle();
      const Key = String(service.exports()[0]?.['ExportManifest']);
      await pair.store.client.send(new PutObjectCommand({ Bucket: pair.bucket, Key, Body: '{}' }));
      return undefined;
    });
    await using failed = await exporting.run();
    assertRefused(failed, 'EXPORT_MANIFEST_INVALID');
    await using run = await exporting.run({}, attempt(2));
    await exporting.copyOf(run);
    assert.equal(exporting.calls(EXPORT).length, 2);
  });

  slowTest('a re-run continues with the export in progress after max-attempts and check-interval changed', async () => {
    await using exporting = await openExportPair({ settleAfterMs: 'manual' });
    await stopWaiting(exporting);
    const step = exporting.start({ 'max-attempts': '2000', 'check-interval': '2' }, attempt(2));
    await step.printed(/Reusing export/);
    await exporting.service.settle();
    await using run = await step.result;
    await exporting.copyOf(run);
    assert.equal(exporting.calls(EXPORT).length, 1);
  });

  for (const [what, runFirst, code] of fewOf(
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
        'was not authorized to perform dynamodb:DescribeExport',
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
    slowTest(`a re-run continues with the export of an attempt that ${what}`, async () => {
      await using exporting = await openExportPair({ settleAfterMs: 'manual' });
      await using failed = await runFirst(exporting);
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

  slowTest(
    'a re-run starts no other export if neither attempt is authorized to perform dynamodb:DescribeExport',
    async () => {
      await using exporting = await openExportPair();
      exporting.service.deny('DescribeExport');
      for (const number of [1, 2]) {
        await using run = await exporting.run({}, attempt(number));
        assert.match(assertRefused(run, 'ACCESS_DENIED'), /dynamodb:DescribeExport/);
      }
      assert.equal(exporting.calls(EXPORT).length, 1);
    },
  );

  slowTest('a re-run continues with the export of a killed step', async () => {
    await using exporting = await openExportPair({ settleAfterMs: 'manual' });
    const killed = exporting.start();
    // After "Started export" in the log, the step still has to set the output. With its first status check it waits.
    await firstStatusCheck(exporting);
    killed.kill('SIGKILL');
    await using first = await killed.result;
    assert.ok(first.outputs['export-arn'], 'the step sets the output export-arn before it waits');
    const step = exporting.start({}, attempt(2));
    await step.printed(/Reusing export/);
    await exporting.service.settle();
    await using run = await step.result;
    await exporting.copyOf(run);
    assert.equal(exporting.calls(EXPORT).length, 1);
  });

  slowTest('a re-run starts another export if resume is false', async () => {
    await using exporting = await openExportPair({ settleAfterMs: 'manual' });
    const inputs = { resume: 'false', 'max-attempts': '1' };
    await stopWaiting(exporting, inputs, /a re-run starts another export/);
    await using run = await exporting.run(inputs, attempt(2));
    assertRefused(run, 'EXPORT_IN_PROGRESS');
    assert.equal(exporting.service.exports().length, 2);
    assert.equal(exporting.calls('ListExports').length, 0);
  });

  slowTest('a re-run starts another export if the role is not authorized to perform dynamodb:ListExports', async () => {
    await using exporting = await openExportPair({ settleAfterMs: 'manual' });
    await stopWaiting(exporting);
    exporting.service.deny('ListExports');
    settleAtDescribeExport(exporting, 2);
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
      ['another job of the matrix', {}, { table: 'b' }],
    ] as const,
    1,
  )) {
    slowTest(`a re-run does not continue with the export of ${what}`, async () => {
      await using exporting = await openExportPair({ settleAfterMs: 'manual' });
      await stopWaiting(exporting);
      const options = { ...attempt(2, env), ...(matrix && { matrix }) };
      await using run = await exporting.run({ 'max-attempts': '1' }, options);
      assertRefused(run, 'EXPORT_IN_PROGRESS');
      assert.equal(exporting.service.exports().length, 2);
    });
  }
});

suite('several exports of a table', { concurrency: 2 }, () => {
  slowTest('each of two concurrent workflow runs starts an export', async () => {
    await using exporting = await openExportPair();
    const [one, two] = await Promise.all([exporting.run(), exporting.run({}, { env: { GITHUB_RUN_ID: '4711' } })]);
    await using first = one;
    await using second = two;
    await exporting.copyOf(first);
    await exporting.copyOf(second);
    assert.notEqual(first.outputs['export-arn'], second.outputs['export-arn']);
  });

  slowTest('every attempt sends the ClientToken of the user unchanged', async () => {
    await using exporting = await openExportPair();
    const inputs = { 'export-table-to-point-in-time-kwargs': 'ClientToken: nightly' };
    await using first = await exporting.run(inputs);
    await using second = await exporting.run(inputs, attempt(2));
    assertSucceeded(first);
    assertSucceeded(second);
    assert.equal(exporting.service.exports().length, 1);
    assert.equal(exporting.calls('ListExports').length, 0);
  });

  slowTest('a retry after a lost response sends the same token and starts no other export', async () => {
    await using exporting = await openExportPair();
    exporting.service.inject(({ operation }, nth) =>
      operation === EXPORT && nth <= 2 ? 'lose-httpResponse' : undefined,
    );
    await using run = await exporting.run({ 'export-time': '-PT1H' });
    await exporting.copyOf(run);
    const sent = exporting.calls(EXPORT).map(({ parameters }) => JSON.stringify(parameters));
    assert.equal(sent.length, 3);
    assert.equal(new Set(sent).size, 1);
    assert.equal(exporting.service.exports().length, 1);
  });
});
