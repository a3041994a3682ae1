import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { Fate } from '../emulators/export-service/export-lifecycle.ts';
import { dynamoDbError, jsonAnswer } from '../emulators/faults.ts';
import { startSts } from '../fixtures/caller-account.ts';
import { assertRefused, openExportPair } from '../fixtures/export-pair.ts';
import { type Inputs, preload, startServers } from '../fixtures/pair.ts';
import { fewOf, slowTest } from '../run/effort.ts';

await startServers();

const EXPORT = 'ExportTableToPointInTime';
const KEY = 'arn:aws:kms:us-east-1:123456789012:key/3b1a7419-d170-49d4-9a64-59dee41e3eea';

const RECOVERY_DISABLED = {
  ContinuousBackupsDescription: {
    ContinuousBackupsStatus: 'ENABLED',
    PointInTimeRecoveryDescription: { PointInTimeRecoveryStatus: 'DISABLED' },
  },
};

suite('point-in-time recovery that is off', { concurrency: 3 }, () => {
  test('is an error with the command that turns it on', async () => {
    await using exporting = await openExportPair({ recovery: { enabled: false } });
    await using run = await exporting.run();
    const message = assertRefused(run, 'PITR_DISABLED');
    assert.ok(
      message.endsWith(
        ` aws dynamodb update-continuous-backups --region us-east-1 --table-name ${exporting.table} --point-in-time-recovery-specification PointInTimeRecoveryEnabled=true`,
      ),
      message,
    );
    assert.equal(exporting.calls(EXPORT).length, 0);
    assert.equal(exporting.calls('UpdateContinuousBackups').length, 0);
  });

  test('is turned on where the input says so', async () => {
    await using exporting = await openExportPair({ recovery: { enabled: false } });
    await using run = await exporting.run({ 'enable-point-in-time-recovery': 'true' });
    await exporting.copyOf(run);
    assert.match(run.notices.join(), /Enabled point-in-time recovery for .*\. It remains enabled, and AWS charges/);
  });

  slowTest('is not turned on again where it is on', async () => {
    await using exporting = await openExportPair();
    await using run = await exporting.run({ 'enable-point-in-time-recovery': 'true' });
    await exporting.copyOf(run);
    assert.equal(exporting.calls('UpdateContinuousBackups').length, 0);
  });

  slowTest('is turned on a moment after the table was made, too', async () => {
    await using exporting = await openExportPair({ recovery: { enabled: false } });
    exporting.service.inject(({ operation }, nth) =>
      operation === 'UpdateContinuousBackups' && nth <= 2
        ? dynamoDbError('ContinuousBackupsUnavailableException', 'Backups are being enabled for the table')
        : undefined,
    );
    const inputs = { 'enable-point-in-time-recovery': 'true' };
    await using run = await exporting.run(inputs, { env: { DYNAMODB_TO_S3_TIME_SCALE: '0.1' } });
    await exporting.copyOf(run);
    assert.equal(exporting.calls('UpdateContinuousBackups').length, 3);
  });

  slowTest('and cannot be turned on is an error with the remedy', async () => {
    await using exporting = await openExportPair({ recovery: { enabled: false } });
    exporting.service.inject(({ operation }) =>
      operation === 'UpdateContinuousBackups'
        ? dynamoDbError('ContinuousBackupsUnavailableException', 'Backups are being enabled for the table')
        : undefined,
    );
    const inputs = { 'enable-point-in-time-recovery': 'true' };
    await using run = await exporting.run(inputs, preload('fast-clock.ts'));
    assert.match(assertRefused(run, 'PITR_DISABLED'), /cannot be enabled .* yet.*\nRe-run the job in a minute/s);
    assert.equal(exporting.calls(EXPORT).length, 0);
  });

  test('is waited for after it was enabled, and an export that is refused meanwhile is requested again', async () => {
    await using exporting = await openExportPair({ recovery: { enabled: false } });
    const { service } = exporting;
    const statuses: string[] = [];
    service.inject(({ operation }, nth) => {
      // The first call is the one before it is enabled.
      if (operation === 'DescribeContinuousBackups' && nth <= 4) return jsonAnswer(() => RECOVERY_DISABLED);
      if (operation !== EXPORT) return undefined;
      statuses.push(nth <= 3 ? 'refused' : 'accepted');
      return nth <= 3 ? dynamoDbError('PointInTimeRecoveryUnavailableException') : undefined;
    });
    const inputs = { 'enable-point-in-time-recovery': 'true' };
    await using run = await exporting.run(inputs, { env: { DYNAMODB_TO_S3_TIME_SCALE: '0.05' } });
    await exporting.copyOf(run);
    assert.equal(exporting.calls('UpdateContinuousBackups').length, 1);
    assert.equal(exporting.calls('DescribeContinuousBackups').length, 5);
    assert.deepEqual(statuses, ['refused', 'refused', 'refused', 'accepted']);
    assert.equal(new Set(exporting.calls(EXPORT).map(({ parameters }) => parameters['ClientToken'])).size, 1);
    assert.equal(service.exports().length, 1);
  });

  slowTest('and not enabled after ten minutes is an error, and no export is requested', async () => {
    await using exporting = await openExportPair({ recovery: { enabled: false } });
    exporting.service.inject(({ operation }) =>
      operation === 'DescribeContinuousBackups' ? jsonAnswer(() => RECOVERY_DISABLED) : undefined,
    );
    const inputs = { 'enable-point-in-time-recovery': 'true' };
    await using run = await exporting.run(inputs, preload('fast-clock.ts'));
    const message = assertRefused(run, 'PITR_DISABLED');
    assert.match(message, /Point-in-time recovery for .* is still not enabled 10 minutes after .*\nRe-run the job/s);
    assert.ok(exporting.calls('DescribeContinuousBackups').length > 2);
    assert.equal(exporting.calls(EXPORT).length, 0);
  });

  slowTest('may be unknown: a warning, and on', async () => {
    await using exporting = await openExportPair();
    exporting.service.deny('DescribeContinuousBackups');
    await using run = await exporting.run();
    await exporting.copyOf(run);
    assert.match(run.warnings.join(), /not authorized to perform dynamodb:DescribeContinuousBackups/);
  });

  slowTest('and unknown is told by DynamoDB itself', async () => {
    await using exporting = await openExportPair({ recovery: { enabled: false } });
    exporting.service.deny('DescribeContinuousBackups');
    await using run = await exporting.run();
    assert.match(assertRefused(run, 'PITR_DISABLED'), /enable-point-in-time-recovery: true/);
    assert.equal(exporting.calls(EXPORT).length, 1, 'this step did not enable it, so there is nothing to wait for');
  });
});

const FAILURES: readonly {
  readonly code: string;
  readonly remedy: RegExp;
  readonly inputs?: Inputs;
  readonly fate?: Fate;
}[] = [
  {
    code: 'S3NoSuchBucket',
    remedy: /Bucket bucket-\w+ does not exist\. Check s3-bucket-name/,
    fate: { FailureCode: 'S3NoSuchBucket', FailureMessage: 'The specified bucket does not exist (Service: Amazon S3)' },
  },
  {
    code: 'S3AccessDenied',
    remedy:
      /s3:PutObject, s3:PutObjectAcl and s3:AbortMultipartUpload on arn:aws:s3:::bucket-\w+\/\* to the role\. .* bucket policy .* s3-bucket-owner .* encryption header, set s3-sse-algorithm/,
    fate: { FailureCode: 'S3AccessDenied', FailureMessage: 'is not authorized: secret-policy-text', after: 'data' },
  },
  {
    code: 'KmsNotFoundException',
    remedy: /Check s3-sse-kms-key-id/,
    inputs: { 's3-sse-algorithm': 'KMS', 's3-sse-kms-key-id': `${KEY}0` },
  },
  {
    code: 'SomethingNew',
    remedy: /aws dynamodb describe-export --export-arn/,
    fate: { FailureCode: 'SomethingNew', FailureMessage: 'secret-policy-text' },
  },
];

suite('a failed export is an error with the remedy', { concurrency: 3 }, () => {
  for (const { code, remedy, inputs, fate } of fewOf(FAILURES, 2)) {
    test(code, async () => {
      await using exporting = await openExportPair({ kmsKeys: [KEY] });
      exporting.service.decide(() => fate);
      await using run = await exporting.run(inputs);
      const message = assertRefused(run, 'EXPORT_FAILED');
      assert.ok(message.includes(`Export ${run.outputs['export-id']} failed with ${code}`), message);
      assert.match(message, remedy);
      assert.match(message, /A re-run starts a new export/);
      assert.doesNotMatch(run.log + run.summary, /secret-policy-text/);
      assert.equal(run.outputs['manifest-key'], undefined);
      assert.match(run.summary, /does not count as a copy/);
    });
  }
});

slowTest('an account with as many exports in progress as may be is an error that says so', async () => {
  await using exporting = await openExportPair();
  exporting.service.inject(({ operation }) =>
    operation === EXPORT ? dynamoDbError('LimitExceededException', 'secret-limit-text') : undefined,
  );
  await using run = await exporting.run({}, { env: { DYNAMODB_TO_S3_TIME_SCALE: '0.005' } });
  const message = assertRefused(run, 'EXPORT_REJECTED');
  assert.match(message, /\(300, or 100 TB\).*\nRe-run the job when some of them are complete/s);
  assert.doesNotMatch(run.log + run.summary, /secret-limit-text/);
  // For ten minutes, as another export may end meanwhile.
  assert.ok(exporting.calls(EXPORT).length > 1);
  const tokens = exporting.calls(EXPORT).map(({ parameters }) => parameters['ClientToken']);
  assert.equal(new Set(tokens).size, 1);
});

suite('before it is asked for, an export is refused', { concurrency: 3 }, () => {
  const window = '{ExportType: INCREMENTAL_EXPORT, IncrementalExportSpecification: {ExportFromTime: last}}';
  for (const [what, inputs, says] of fewOf(
    [
      ['with total-segments', { 'total-segments': '4' }, /total-segments: applies only to scans/],
      ['with read-capacity', { 'read-capacity': '25%' }, /read-capacity: applies only to scans/],
      ['with compression', { compression: 'zstd' }, /compression: applies only to scans/],
      ['with file-size', { 'file-size': '1MiB' }, /file-size: applies only to scans/],
      ['with scan parameters', { 'dynamodb-scan-kwargs': 'Limit: 10' }, /dynamodb-scan-kwargs: applies only to scans/],
      [
        'with PutObject parameters',
        { 's3-put-object-kwargs': 'ACL: private' },
        /s3-put-object-kwargs: applies only to scans/,
      ],
      ['as JSON', { 'export-format': 'JSON' }, /export-format: applies only to scans/],
      [
        'with a time, and increments',
        { 'export-time': '-PT1H', 'export-table-to-point-in-time-kwargs': window },
        /export-time: applies only to full exports/,
      ],
      [
        'with false and a time',
        { 'point-in-time-export': 'false', 'export-time': '-PT1H' },
        /point-in-time-export: is false, but export-time/,
      ],
      [
        'with auto and parameters of an export',
        { 'point-in-time-export': 'auto', 'export-table-to-point-in-time-kwargs': window },
        /point-in-time-export: is auto, but/,
      ],
      ['to a bucket whose name cannot be one', { 's3-bucket-name': 's3://backups' }, /s3-bucket-name: /],
      ['under a prefix that is too long', { 's3-key-prefix': 'x'.repeat(1_000) }, /s3-key-prefix: /],
      ['for an owner who is no account', { 's3-bucket-owner': '12345' }, /s3-bucket-owner: .*12-digit/],
      [
        'for another such owner',
        { 'export-table-to-point-in-time-kwargs': 'S3BucketOwner: "12345"' },
        /S3BucketOwner: must be a 12-digit account ID/,
      ],
      [
        'with a parameter that is none',
        { 'export-table-to-point-in-time-kwargs': 'ExportTyp: FULL_EXPORT' },
        /ExportTyp: is not a supported parameter/,
      ],
      [
        'with false and max-attempts',
        { 'point-in-time-export': 'false', 'max-attempts': '5' },
        /so .*max-attempts.* has no effect/,
      ],
    ] as const,
    2,
  )) {
    test(what, async () => {
      await using exporting = await openExportPair();
      await using run = await exporting.run({ 'check-interval': '30', ...inputs });
      assert.match(assertRefused(run, 'INVALID_INPUT'), says);
      assert.equal(exporting.service.requests.length, 0);
    });
  }
});

slowTest('to a bucket that is not there, an export is refused before it is asked for', async () => {
  await using exporting = await openExportPair();
  await using run = await exporting.run({ 's3-bucket-name': 'nobody-has-it' });
  assertRefused(run, 'BUCKET_NOT_FOUND');
  assert.equal(exporting.calls(EXPORT).length, 0);
});

suite('a table that an ARN names', { concurrency: 2 }, () => {
  for (const account of fewOf(['123456789012', '210987654321'], 1)) {
    test(`of account 123456789012, with a role of ${account}`, async () => {
      await using exporting = await openExportPair();
      await using sts = await startSts(account);
      const { service, table } = exporting;
      const env = { AWS_ENDPOINT_URL_STS: sts.endpoint };
      await using run = await exporting.run({ 'dynamodb-table-name': service.tableArn(table) }, { env });
      if (account === '123456789012') {
        await exporting.copyOf(run);
      } else {
        assert.match(
          assertRefused(run, 'EXPORT_REJECTED'),
          /belongs to account 123456789012, but the role of this step belongs to account 2/,
        );
        assert.equal(exporting.calls(EXPORT).length, 0);
      }
    });
  }
});
