import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { JobFailure } from '../../emulators/dynamodb-service/s3-failures.ts';
import { description, type ExportSetting, openExportSetting } from '../../emulators/export-service/export-calls.ts';
import { policyDenial } from '../../emulators/export-service/export-failures.ts';

const EXPORT = 'ExportTableToPointInTime';
const KEY = 'arn:aws:kms:us-east-1:123456789012:key/3b1a7419-d170-49d4-9a64-59dee41e3eea';
const KEY_IN_OTHER_REGION = KEY.replace('us-east-1', 'eu-west-1');

/** Starts an export, lets it end, and returns its description. */
async function outcome(setting: ExportSetting, more: object): Promise<Readonly<Record<string, unknown>>> {
  const { service } = setting;
  const accepted = await description(service, EXPORT, setting.request(more));
  assert.equal(accepted['ExportStatus'], 'IN_PROGRESS', 'the export must be accepted before it fails');
  await service.settle();
  const described = await description(service, 'DescribeExport', { ExportArn: accepted['ExportArn'] });
  assert.ok(described['EndTime'] === undefined || Number(described['EndTime']) >= Number(described['StartTime']));
  return described;
}

const FAILURES: readonly {
  readonly what: string;
  readonly more: object;
  readonly code: string;
  readonly message: RegExp;
}[] = [
  {
    what: 'a bucket that does not exist',
    more: { S3Bucket: 'nobody-has-it' },
    code: 'S3NoSuchBucket',
    message:
      /^The specified bucket does not exist \(Service: Amazon S3; Status Code: 404; Error Code: NoSuchBucket; Request ID: [0-9A-F]{16}; S3 Extended Request ID: [A-Za-z0-9+/]{74,75}={1,2}; Proxy: null\)$/,
  },
  {
    what: 'a bucket of another account without S3BucketOwner',
    more: { S3Bucket: 'theirs' },
    code: 'S3AccessDenied',
    message: /^Access Denied \(Service: Amazon S3; Status Code: 403; Error Code: AccessDenied; /,
  },
  {
    what: 'an S3BucketOwner that does not own the bucket',
    more: { S3BucketOwner: '210987654321' },
    code: 'S3AccessDenied',
    message: /^Access Denied/,
  },
  {
    what: 'a KMS key that does not exist',
    more: { S3SseAlgorithm: 'KMS', S3SseKmsKeyId: `${KEY}0` },
    code: 'KmsNotFoundException',
    message:
      /^Key 'arn:aws:kms:us-east-1:123456789012:key\/[-0-9a-f]+0' does not exist \(Service: Amazon S3; Status Code: 400; Error Code: KMS\.NotFoundException; /,
  },
  {
    what: 'a KMS key in another Region',
    more: { S3SseAlgorithm: 'KMS', S3SseKmsKeyId: KEY_IN_OTHER_REGION },
    code: 'KmsNotFoundException',
    message: /^Invalid arn eu-west-1 \(Service: Amazon S3; Status Code: 400; Error Code: KMS\.NotFoundException; /,
  },
];

const SUCCESSES: readonly { readonly what: string; readonly more: object }[] = [
  {
    what: 'a bucket of another account with its S3BucketOwner',
    more: { S3Bucket: 'theirs', S3BucketOwner: '210987654321' },
  },
  { what: 'an existing KMS key', more: { S3SseAlgorithm: 'KMS', S3SseKmsKeyId: KEY } },
];

suite('emulated exports to various buckets and with various keys', () => {
  let setting: ExportSetting;
  before(async () => {
    setting = await openExportSetting({
      bucketOwners: { theirs: '210987654321' },
      kmsKeys: [KEY, KEY_IN_OTHER_REGION],
    });
    // The bucket may exist from an earlier run with the same store.
    await setting.store.createBucket('theirs').catch(() => undefined);
  });
  after(() => setting[Symbol.asyncDispose]());

  for (const { what, more, code, message } of FAILURES) {
    test(`an emulated export is accepted, but fails later because of ${what}`, async () => {
      const described = await outcome(setting, more);
      assert.equal(described['ExportStatus'], 'FAILED', JSON.stringify(described));
      assert.equal(described['FailureCode'], code);
      assert.match(String(described['FailureMessage']), message);
      assert.equal(described['ExportManifest'], undefined);
      assert.equal(described['ItemCount'], undefined);
      assert.notEqual(described['EndTime'], undefined);
    });
  }
  for (const { what, more } of SUCCESSES) {
    test(`an emulated export completes with ${what}`, async () => {
      const described = await outcome(setting, more);
      assert.equal(described['ExportStatus'], 'COMPLETED', JSON.stringify(described));
      assert.equal(described['FailureCode'], undefined);
      assert.equal(described['FailureMessage'], undefined);
      assert.notEqual(described['ExportManifest'], undefined);
      assert.notEqual(described['ItemCount'], undefined);
      assert.notEqual(described['EndTime'], undefined);
    });
  }
});

/** Returns the keys in the bucket, relative to the folder of their export. */
async function keysIn({ store, bucket }: ExportSetting): Promise<string[]> {
  return (await store.list(bucket)).map(({ key }) => key.replace(/^AWSDynamoDB\/[^/]+\//, ''));
}

test('an emulated export that is set to fail writes nothing and reports the given failure', async () => {
  await using setting = await openExportSetting();
  setting.service.decide(() => ({ FailureCode: 'SomethingNew', FailureMessage: 'never heard of' }));
  const failed = await outcome(setting, {});
  assert.deepEqual([failed['FailureCode'], failed['FailureMessage']], ['SomethingNew', 'never heard of']);
  assert.deepEqual(await keysIn(setting), []);

  setting.service.decide(() => failureOfTable(setting.table));
  assert.equal((await outcome(setting, {}))['FailureCode'], 'TableNotFoundException');
});

test('an emulated export that is set to fail after its data writes everything except manifests', async () => {
  await using setting = await openExportSetting();
  const denial = policyDenial({ account: '123456789012', region: 'us-east-1' }, setting.bucket);
  setting.service.decide(() => ({ ...denial, after: 'data' }));
  const failed = await outcome(setting, {});
  assert.equal(failed['after'], undefined);
  assert.match(
    String(failed['FailureMessage']),
    /^User: arn:aws:sts::123456789012:assumed-role\/.* is not authorized to perform: s3:PutObject on resource: "arn:aws:s3:::/,
  );
  assert.deepEqual(
    (await keysIn(setting)).map((key) => key.slice(0, 5)),
    ['_star', 'data/', 'data/', 'data/', 'data/'],
  );
});

test('an emulated export that is set to never end stays in progress, and others complete without settle', async () => {
  await using setting = await openExportSetting({ settleAfterMs: 30 });
  const { service } = setting;
  service.decide(({ ClientToken }) => (ClientToken === 'forever' ? 'never' : undefined));
  assert.equal((await outcome(setting, { ClientToken: 'forever' }))['ExportStatus'], 'IN_PROGRESS');
  const { ExportArn } = await description(service, EXPORT, setting.request());
  let described = await description(service, 'DescribeExport', { ExportArn });
  for (const deadline = Date.now() + 5_000; described['ExportStatus'] === 'IN_PROGRESS' && Date.now() < deadline; ) {
    await sleep(10);
    described = await description(service, 'DescribeExport', { ExportArn });
  }
  assert.equal(described['ExportStatus'], 'COMPLETED');
});

/** Returns a failure such as that of a table that is deleted during the export. */
function failureOfTable(table: string): JobFailure {
  return { FailureCode: 'TableNotFoundException', FailureMessage: `Table not found: ${table}` };
}
