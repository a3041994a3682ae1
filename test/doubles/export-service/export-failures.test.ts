import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { description, type ExportSetting, openExportSetting } from '../../emulators/export-service/export-calls.ts';
import { type failureOfS3, policyDenial } from '../../emulators/export-service/export-failures.ts';

const EXPORT = 'ExportTableToPointInTime';
const KEY = 'arn:aws:kms:us-east-1:123456789012:key/3b1a7419-d170-49d4-9a64-59dee41e3eea';
const FOREIGN_KEY = KEY.replace('us-east-1', 'eu-west-1');

async function outcome(setting: ExportSetting, more: object): Promise<Readonly<Record<string, unknown>>> {
  const { service } = setting;
  const accepted = await description(service, EXPORT, setting.request(more));
  assert.equal(accepted['ExportStatus'], 'IN_PROGRESS', 'nothing of it is told at once');
  await service.settle();
  return await description(service, 'DescribeExport', { ExportArn: accepted['ExportArn'] });
}

/** What is asked for, and how it fails. */
const CASES: readonly {
  readonly what: string;
  readonly more: object;
  readonly code?: string;
  readonly text?: RegExp;
}[] = [
  {
    what: 'a bucket that is not there',
    more: { S3Bucket: 'nobody-has-it' },
    code: 'S3NoSuchBucket',
    text: /^The specified bucket does not exist \(Service: Amazon S3; Status Code: 404; Error Code: NoSuchBucket; Request ID: [0-9A-F]{16}; S3 Extended Request ID: [A-Za-z0-9+/]{74,75}={1,2}; Proxy: null\)$/,
  },
  {
    what: "another account's bucket, as one's own",
    more: { S3Bucket: 'theirs' },
    code: 'S3AccessDenied',
    text: /^Access Denied \(Service: Amazon S3; Status Code: 403; Error Code: AccessDenied; /,
  },
  { what: "another account's bucket, as theirs", more: { S3Bucket: 'theirs', S3BucketOwner: '210987654321' } },
  {
    what: 'the own bucket as theirs',
    more: { S3BucketOwner: '210987654321' },
    code: 'S3AccessDenied',
    text: /^Access Denied/,
  },
  { what: 'a known key', more: { S3SseAlgorithm: 'KMS', S3SseKmsKeyId: KEY } },
  {
    what: 'an unknown key',
    more: { S3SseAlgorithm: 'KMS', S3SseKmsKeyId: `${KEY}0` },
    code: 'KmsNotFoundException',
    text: /^Key 'arn:aws:kms:us-east-1:123456789012:key\/[-0-9a-f]+0' does not exist \(Service: Amazon S3; Status Code: 400; Error Code: KMS\.NotFoundException; /,
  },
  {
    what: 'a key of another region',
    more: { S3SseAlgorithm: 'KMS', S3SseKmsKeyId: FOREIGN_KEY },
    code: 'KmsNotFoundException',
    text: /^Invalid arn eu-west-1 \(Service: Amazon S3; Status Code: 400; Error Code: KMS\.NotFoundException; /,
  },
];

test('what is wrong with the bucket or the key is told in the end', async (t) => {
  await using setting = await openExportSetting({
    bucketOwners: { theirs: '210987654321' },
    kmsKeys: [KEY, FOREIGN_KEY],
  });
  // Unless it is left over from another run against the same store.
  await setting.store.createBucket('theirs').catch(() => undefined);
  for (const { what, more, code, text } of CASES) {
    await t.test(what, async () => {
      const described = await outcome(setting, more);
      assert.equal(described['ExportStatus'], code === undefined ? 'COMPLETED' : 'FAILED', JSON.stringify(described));
      assert.equal(described['FailureCode'], code);
      assert.match(String(described['FailureMessage']), text ?? /^undefined$/);
      assert.equal(described['ExportManifest'] === undefined, code !== undefined);
      assert.equal(described['ItemCount'] === undefined, code !== undefined);
      assert.ok(Number(described['EndTime']) >= Number(described['StartTime']));
    });
  }
});

test('a test decides how an export ends', async () => {
  await using setting = await openExportSetting({ settleAfterMs: 30 });
  const { service, store, bucket, table } = setting;
  const keys = async (): Promise<string[]> =>
    (await store.list(bucket)).map(({ key }) => key.replace(/^AWSDynamoDB\/[^/]+\//, ''));

  service.decide(() => ({ FailureCode: 'SomethingNew', FailureMessage: 'never heard of' }));
  const failed = await outcome(setting, {});
  assert.deepEqual([failed['FailureCode'], failed['FailureMessage']], ['SomethingNew', 'never heard of']);
  assert.deepEqual(await keys(), []);

  service.decide(() => ({ ...policyDenial({ account: '123456789012', region: 'us-east-1' }, bucket), after: 'data' }));
  const revoked = await outcome(setting, {});
  assert.equal(revoked['after'], undefined);
  assert.match(
    String(revoked['FailureMessage']),
    /^User: arn:aws:sts::123456789012:assumed-role\/.* is not authorized to perform: s3:PutObject on resource: "arn:aws:s3:::/,
  );
  assert.deepEqual(
    (await keys()).map((key) => key.slice(0, 5)),
    ['_star', 'data/', 'data/', 'data/', 'data/'],
  );

  service.decide(({ ClientToken }) => (ClientToken === 'forever' ? 'never' : undefined));
  assert.equal((await outcome(setting, { ClientToken: 'forever' }))['ExportStatus'], 'IN_PROGRESS');
  const { ExportArn } = await description(service, EXPORT, setting.request());
  let described = await description(service, 'DescribeExport', { ExportArn });
  for (const deadline = Date.now() + 5_000; described['ExportStatus'] === 'IN_PROGRESS' && Date.now() < deadline; ) {
    await sleep(10);
    described = await description(service, 'DescribeExport', { ExportArn });
  }
  assert.equal(described['ExportStatus'], 'COMPLETED', 'by itself, after a while');

  service.decide(() => failureOfTable(table));
  assert.equal((await outcome(setting, {}))['FailureCode'], 'TableNotFoundException');
});

/** As it might be of a table that is deleted in the middle. */
function failureOfTable(table: string): ReturnType<typeof failureOfS3> {
  return { FailureCode: 'TableNotFoundException', FailureMessage: `Table not found: ${table}` };
}
