import assert from 'node:assert/strict';
import type { IncomingHttpHeaders } from 'node:http';
import { suite, test } from 'node:test';
import type { Fault } from '../emulators/faults.ts';
import { openSource } from '../emulators/source.ts';
import { dynamoDbDenies, emptyResponse, s3Denies } from '../fixtures/aws-errors.ts';
import { assertFailed, largeItems, openPair, type Pair, startServers } from '../fixtures/pair.ts';
import { fewOf, slowTest } from '../run/effort.ts';

await startServers();

/** Large enough for a multipart upload as a single uncompressed object. */
const table = await fill();
const MULTIPART = { 'dynamodb-table-name': table, compression: 'none', 'total-segments': '1' };

const DYNAMODB_PERMISSIONS = ['DescribeTable', 'Scan'];

/** Operations that s3:PutObject and s3:AbortMultipartUpload allow. */
const S3_OPERATIONS = [
  'PutObject',
  'CreateMultipartUpload',
  'UploadPart',
  'CompleteMultipartUpload',
  'AbortMultipartUpload',
];

suite('the permissions DescribeTable, Scan, PutObject and AbortMultipartUpload', { concurrency: 2 }, () => {
  test('are sufficient to complete a copy without warnings', async () => {
    await using pair = await openPair();
    denyOtherOperations(pair, emptyResponse(403));
    await using run = await pair.run(MULTIPART);
    const copy = await pair.copyOf(run);
    assert.equal(copy.summary.itemCount, 60);
    assert.deepEqual(run.warnings, []);
    assert.ok(
      pair.store.requests.some((request) => request.status === 403),
      'control: at least one request was denied',
    );
    assert.ok(pair.store.uploads.completed().length > 0);
  });

  slowTest('are sufficient for a copy with resume: true, which reports that a re-run starts over', async () => {
    await using pair = await openPair();
    denyOtherOperations(pair, emptyResponse(403));
    await using run = await pair.run({ ...MULTIPART, resume: 'true' });
    const copy = await pair.copyOf(run);
    assert.equal(copy.summary.itemCount, 60);
    assert.deepEqual(run.warnings, []);
    assert.equal(run.notices.length, 2, run.notices.join('\n'));
    assert.match(run.notices[0] ?? '', /A re-run starts over/);
    assert.match(run.notices[1] ?? '', /could not list the data objects .* s3:ListBucket/);
  });

  slowTest('are sufficient to abort the multipart upload after a failure', async () => {
    await using pair = await openPair();
    denyOtherOperations(pair, emptyResponse(403), (operation, nth) =>
      operation === 'UploadPart' && nth === 1 ? s3Denies('kms:GenerateDataKey') : undefined,
    );
    await using run = await pair.run(MULTIPART);
    await assertFailed(run, pair, 'ACCESS_DENIED');
    assert.equal(pair.store.uploads.aborted().length, 1);
  });
});

suite('Region of the bucket', { concurrency: 2 }, () => {
  for (const [reason, response] of fewOf(
    Object.entries({
      '403 (s3:ListBucket is denied)': emptyResponse(403, { 'x-amz-bucket-region': 'us-east-1' }),
      '301 (the bucket is in another Region)': emptyResponse(301, { 'x-amz-bucket-region': 'us-east-1' }),
      '400 (the signature is for another Region)': emptyResponse(400, { 'x-amz-bucket-region': 'us-east-1' }),
    }),
    1,
  )) {
    test(`is read from x-amz-bucket-region if HeadBucket returns ${reason}`, async () => {
      await using pair = await openPair();
      denyOtherOperations(pair, response);
      await using run = await pair.run(MULTIPART, { env: { AWS_REGION: 'eu-west-1' } });
      await pair.copyOf(run);
      assert.match(run.log, /Region us-east-1\. The table is in eu-west-1/);
      assert.deepEqual(regionsSignedFor(pair.source.requests), ['eu-west-1']);
      const [head, ...rest] = pair.store.requests;
      assert.deepEqual(regionsSignedFor(head ? [head] : []), ['eu-west-1']);
      assert.deepEqual(regionsSignedFor(rest), ['us-east-1']);
    });
  }

  slowTest('is dest-aws-region if that is set, regardless of x-amz-bucket-region', async () => {
    await using pair = await openPair();
    denyOtherOperations(pair, emptyResponse(403, { 'x-amz-bucket-region': 'ap-south-1' }));
    await using run = await pair.run(
      { ...MULTIPART, 'dest-aws-region': 'us-east-1' },
      { env: { AWS_REGION: 'eu-west-1' } },
    );
    await pair.copyOf(run);
    assert.deepEqual(regionsSignedFor(pair.store.requests), ['us-east-1']);
  });
});

test('if S3 denies the write of _started, the copy fails with ACCESS_DENIED and reads no items', async () => {
  await using pair = await openPair();
  pair.store.inject(({ operation, key }) =>
    operation === 'PutObject' && key.endsWith('/_started') ? s3Denies('s3:PutObject') : undefined,
  );
  await using run = await pair.run(MULTIPART);
  await assertFailed(run, pair, 'ACCESS_DENIED');
  assert.deepEqual(
    pair.source.requests.map((request) => request.operation),
    ['DescribeTable'],
  );
  assert.deepEqual(
    pair.store.requests.map((request) => request.operation),
    ['HeadBucket', 'PutObject'],
  );
});

function denyOtherOperations(
  { source, store }: Pair,
  headBucket: Fault,
  more: (operation: string, nth: number) => Fault | undefined = () => undefined,
): void {
  source.inject(({ operation }) =>
    DYNAMODB_PERMISSIONS.includes(operation) ? undefined : dynamoDbDenies(`dynamodb:${operation}`),
  );
  store.inject(({ operation }, nth) => {
    if (S3_OPERATIONS.includes(operation)) return more(operation, nth);
    return operation === 'HeadBucket' ? headBucket : s3Denies(`s3:${operation}`);
  });
}

/** Returns the Regions of the signatures, for example of `Credential=KEY/20260101/us-east-1/s3/aws4_request`. */
function regionsSignedFor(requests: readonly { readonly headers: IncomingHttpHeaders }[]): string[] {
  const regions = requests.map(({ headers }) => headers.authorization?.split('/')[2] ?? 'unsigned');
  return [...new Set(regions)];
}

async function fill(): Promise<string> {
  await using source = await openSource();
  return await source.createTable(largeItems(60));
}
