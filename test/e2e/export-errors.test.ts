import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { Fate } from '../emulators/export-service/export-lifecycle.ts';
import { dynamoDbError, jsonResponse } from '../emulators/faults.ts';
import { startSts } from '../fixtures/caller-account.ts';
import { assertRefused, type ExportPair, openExportPair } from '../fixtures/export-pair.ts';
import { type Inputs, preload, startServers } from '../fixtures/pair.ts';
import { fewOf, slowTest } from '../run/effort.ts';

await startServers();

const EXPORT = 'ExportTableToPointInTime';
const KEY = 'arn:aws:kms:us-east-1:123456789012:key/3b1a7419-d170-49d4-9a64-59dee41e3eea';

const PITR_IS_DISABLED = {
  ContinuousBackupsDescription: {
    ContinuousBackupsStatus: 'ENABLED',
    PointInTimeRecoveryDescription: { PointInTimeRecoveryStatus: 'DISABLED' },
  },
};

suite('PITR of exports', { concurrency: 3 }, () => {
  test('an export fails and shows the command that enables PITR if PITR is disabled', async () => {
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

  test('an export enables PITR if enable-point-in-time-recovery is true', async () => {
    await using exporting = await openExportPair({ recovery: { enabled: false } });
    await using run = await exporting.run({ 'enable-point-in-time-recovery': 'true' });
    await exporting.copyOf(run);
    assert.match(run.notices.join(), /Enabled point-in-time recovery for .*\. It remains enabled, and AWS charges/);
  });

  slowTest('an export does not enable PITR again if it is enabled', async () => {
    await using exporting = await openExportPair();
    await using run = await exporting.run({ 'enable-point-in-time-recovery': 'true' });
    await exporting.copyOf(run);
    assert.equal(exporting.calls('UpdateContinuousBackups').length, 0);
  });

  slowTest('an export retries enabling PITR while the backups of a new table are unavailable', async () => {
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

  slowTest('an export fails if PITR cannot be enabled because backups stay unavailable', async () => {
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

  slowTest(
    'an export waits until PITR is enabled and retries requests that DynamoDB rejects in the meantime',
    async () => {
      await using exporting = await openExportPair({ recovery: { enabled: false } });
      const { service } = exporting;
      const results: string[] = [];
      service.inject(({ operation }, nth) => {
        // The step sends the first request before it enables PITR.
        if (operation === 'DescribeContinuousBackups' && nth <= 4) return jsonResponse(() => PITR_IS_DISABLED);
        if (operation !== EXPORT) return undefined;
        results.push(nth <= 3 ? 'rejected' : 'accepted');
        return nth <= 3 ? dynamoDbError('PointInTimeRecoveryUnavailableException') : undefined;
      });
      const inputs = { 'enable-point-in-time-recovery': 'true' };
      await using run = await exporting.run(inputs, { env: { DYNAMODB_TO_S3_TIME_SCALE: '0.05' } });
      await exporting.copyOf(run);
      assert.equal(exporting.calls('UpdateContinuousBackups').length, 1);
      // The last one is for manifest-table.json.
      assert.equal(exporting.calls('DescribeContinuousBackups').length, 6);
      assert.deepEqual(results, ['rejected', 'rejected', 'rejected', 'accepted']);
      assert.equal(new Set(exporting.calls(EXPORT).map(({ parameters }) => parameters['ClientToken'])).size, 1);
      assert.equal(service.exports().length, 1);
    },
  );

  slowTest('an export fails before its request if PITR is not enabled 10 minutes after enabling it', async () => {
    await using exporting = await openExportPair({ recovery: { enabled: false } });
    exporting.service.inject(({ operation }) =>
      operation === 'DescribeContinuousBackups' ? jsonResponse(() => PITR_IS_DISABLED) : undefined,
    );
    const inputs = { 'enable-point-in-time-recovery': 'true' };
    await using run = await exporting.run(inputs, preload('fast-clock.ts'));
    const message = assertRefused(run, 'PITR_DISABLED');
    assert.match(message, /Point-in-time recovery for .* is still not enabled 10 minutes after .*\nRe-run the job/s);
    assert.ok(exporting.calls('DescribeContinuousBackups').length > 2);
    assert.equal(exporting.calls(EXPORT).length, 0);
  });

  slowTest('an export succeeds with a warning if the role is not authorized to read the PITR status', async () => {
    await using exporting = await openExportPair();
    exporting.service.deny('DescribeContinuousBackups');
    await using run = await exporting.run();
    await exporting.copyOf(run);
    assert.match(run.warnings.join(), /not authorized to perform dynamodb:DescribeContinuousBackups/);
  });

  slowTest('an export fails without a retry if DynamoDB reports that PITR is disabled', async () => {
    await using exporting = await openExportPair({ recovery: { enabled: false } });
    exporting.service.deny('DescribeContinuousBackups');
    await using run = await exporting.run();
    assert.match(assertRefused(run, 'PITR_DISABLED'), /enable-point-in-time-recovery: true/);
    assert.equal(exporting.calls(EXPORT).length, 1, 'the step did not enable PITR and does not wait for it');
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

suite('failed exports', { concurrency: 3 }, () => {
  for (const { code, remedy, inputs, fate } of fewOf(FAILURES, 1)) {
    test(`explains an export that failed with ${code}`, async () => {
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

slowTest('an export fails and names the limit if the account has too many exports in progress', async () => {
  await using exporting = await openExportPair();
  exporting.service.inject(({ operation }) =>
    operation === EXPORT ? dynamoDbError('LimitExceededException', 'secret-limit-text') : undefined,
  );
  await using run = await exporting.run({}, preload('fast-clock.ts'));
  const message = assertRefused(run, 'EXPORT_REJECTED');
  assert.match(message, /\(300, or 100 TB\).*\nRe-run the job when some of them are complete/s);
  assert.doesNotMatch(run.log + run.summary, /secret-limit-text/);
  // The step retries for 10 minutes because another export can end in the meantime.
  assert.ok(exporting.calls(EXPORT).length > 1);
  const tokens = exporting.calls(EXPORT).map(({ parameters }) => parameters['ClientToken']);
  assert.equal(new Set(tokens).size, 1);
});

suite('invalid inputs of exports', { concurrency: 3 }, () => {
  const window = '{ExportType: INCREMENTAL_EXPORT, IncrementalExportSpecification: {ExportFromTime: last}}';
  for (const [what, inputs, problem] of fewOf(
    [
      ['total-segments for an export', { 'total-segments': '4' }, /total-segments: applies only to scans/],
      ['read-capacity for an export', { 'read-capacity': '25%' }, /read-capacity: applies only to scans/],
      ['compression for an export', { compression: 'zstd' }, /compression: applies only to scans/],
      ['file-size for an export', { 'file-size': '1MiB' }, /file-size: applies only to scans/],
      [
        'scan parameters for an export',
        { 'dynamodb-scan-kwargs': 'Limit: 10' },
        /dynamodb-scan-kwargs: applies only to scans/,
      ],
      [
        'PutObject parameters for an export',
        { 's3-put-object-kwargs': 'ACL: private' },
        /s3-put-object-kwargs: applies only to scans/,
      ],
      ['export-format: JSON for an export', { 'export-format': 'JSON' }, /export-format: applies only to scans/],
      [
        'export-time for an incremental export',
        { 'export-time': '-PT1H', 'export-table-to-point-in-time-kwargs': window },
        /export-time: applies only to full exports/,
      ],
      [
        'export-time with point-in-time-export: false',
        { 'point-in-time-export': 'false', 'export-time': '-PT1H' },
        /point-in-time-export: is false, but export-time/,
      ],
      [
        'export parameters with point-in-time-export: auto',
        { 'point-in-time-export': 'auto', 'export-table-to-point-in-time-kwargs': window },
        /point-in-time-export: is auto, but/,
      ],
      ['an invalid bucket name for an export', { 's3-bucket-name': 's3://backups' }, /s3-bucket-name: /],
      ['a prefix that is too long for an export', { 's3-key-prefix': 'x'.repeat(1_000) }, /s3-key-prefix: /],
      ['an invalid s3-bucket-owner for an export', { 's3-bucket-owner': '12345' }, /s3-bucket-owner: .*12-digit/],
      [
        'an invalid S3BucketOwner for an export',
        { 'export-table-to-point-in-time-kwargs': 'S3BucketOwner: "12345"' },
        /S3BucketOwner: must be a 12-digit account ID/,
      ],
      [
        'an unknown export parameter',
        { 'export-table-to-point-in-time-kwargs': 'ExportTyp: FULL_EXPORT' },
        /ExportTyp: is not a supported parameter/,
      ],
      [
        'max-attempts with point-in-time-export: false',
        { 'point-in-time-export': 'false', 'max-attempts': '5' },
        /so .*max-attempts.* has no effect/,
      ],
    ] as const,
    2,
  )) {
    test(`rejects ${what} before the first request to DynamoDB`, async () => {
      await using exporting = await openExportPair();
      await using run = await exporting.run({ 'check-interval': '30', ...inputs });
      assert.match(assertRefused(run, 'INVALID_INPUT'), problem);
      assert.equal(exporting.service.requests.length, 0);
    });
  }
});

slowTest('an export fails before its request if the bucket does not exist', async () => {
  await using exporting = await openExportPair();
  await using run = await exporting.run({ 's3-bucket-name': 'nobody-has-it' });
  assertRefused(run, 'BUCKET_NOT_FOUND');
  assert.equal(exporting.calls(EXPORT).length, 0);
});

suite('exports of table ARNs', { concurrency: 2 }, () => {
  slowTest('an export of a table ARN succeeds with a role of the account that owns the table', async () => {
    await using exporting = await openExportPair();
    await using sts = await startSts('123456789012');
    await using run = await exporting.run(inputsWithArn(exporting), { env: { AWS_ENDPOINT_URL_STS: sts.endpoint } });
    await exporting.copyOf(run);
  });

  test('an export of a table ARN fails with a role of another account', async () => {
    await using exporting = await openExportPair();
    await using sts = await startSts('210987654321');
    await using run = await exporting.run(inputsWithArn(exporting), { env: { AWS_ENDPOINT_URL_STS: sts.endpoint } });
    assert.match(
      assertRefused(run, 'EXPORT_REJECTED'),
      /belongs to account 123456789012, but the role of this step belongs to account 2/,
    );
    assert.equal(exporting.calls(EXPORT).length, 0);
  });

  function inputsWithArn({ service, table }: ExportPair): Inputs {
    return { 'dynamodb-table-name': service.tableArn(table) };
  }
});
