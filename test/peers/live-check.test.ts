import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import {
  DescribeContinuousBackupsCommand,
  DynamoDBClient,
  ListTablesCommand,
  ScanCommand,
} from '@aws-sdk/client-dynamodb';
import {
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  ListMultipartUploadsCommand,
  ListObjectVersionsCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { prepareTable } from '../../scripts/live-check/prepare-table.ts';
import { ITEM_COUNT } from '../../scripts/live-check/table-items.ts';
import { respondWith } from '../emulators/dynamodb-service/responses.ts';
import { startRecordingProxy } from '../emulators/recording-proxy.ts';
import { spawnGuarded } from '../emulators/server-process.ts';
import { type DynamoDbDetails, describeDynamoDbRequest } from '../emulators/source.ts';
import { chosenStore } from '../emulators/store.ts';
import { CREDENTIALS, CREDENTIALS_ENV, REGION } from '../fixtures/credentials.ts';
import { startServers } from '../fixtures/pair.ts';
import { PROJECT } from '../run/folders.ts';

// moto is S3 and DynamoDB in one server, and the only test server with versions of objects.
const skip = chosenStore() !== 'moto' && 'requires TEST_STORE=moto, the only store with versions of objects';
if (!skip) {
  await startServers();
}

suite('the script of live-check.yml against moto', () => {
  test('creates a table with PITR, reports what it cannot see, and deletes everything it made', { skip }, async () => {
    const endpoint = process.env['TEST_STORE_ENDPOINT'] ?? '';
    await using proxy = await startRecordingProxy<DynamoDbDetails>({
      target: new URL(endpoint),
      describe: describeDynamoDbRequest,
      // moto does not implement this operation.
      serve: async ({ operation }, raw, pass) =>
        operation === 'ListImports' ? respondWith({ ImportSummaryList: [] }) : pass(raw),
    });
    const config = { endpoint, region: REGION, credentials: CREDENTIALS };
    const [dynamoDb, s3] = [new DynamoDBClient(config), new S3Client({ ...config, forcePathStyle: true })];
    const table = `live-check-${Date.now()}`;
    const bucket = `${table}-bucket`;

    const tables = { source: table, bulkPut: `${table}-bulk-put` };
    await prepareTable(dynamoDb, tables, async () => undefined, Date.now);
    const { Count } = await dynamoDb.send(new ScanCommand({ TableName: table, Select: 'COUNT' }));
    assert.equal(Count, ITEM_COUNT);
    const backups = await dynamoDb.send(new DescribeContinuousBackupsCommand({ TableName: table }));
    assert.match(JSON.stringify(backups), /"PointInTimeRecoveryStatus":"ENABLED"/);

    await s3.send(new CreateBucketCommand({ Bucket: bucket }));
    const VersioningConfiguration = { Status: 'Enabled' } as const;
    await s3.send(new PutBucketVersioningCommand({ Bucket: bucket, VersioningConfiguration }));
    const put = (Key: string) => s3.send(new PutObjectCommand({ Bucket: bucket, Key, Body: 'a' }));
    for (const key of ['scan/a', 'scan/a', 'export-json/b']) await put(`${table}/${key}`);
    await put('live-check-1/scan/of-another-run');
    await s3.send(new CreateMultipartUploadCommand({ Bucket: bucket, Key: `${table}/scan/c` }));

    const check = await runScript('check', table, bucket, {
      AWS_ENDPOINT_URL_S3: endpoint,
      AWS_ENDPOINT_URL_DYNAMODB: proxy.endpoint,
    });
    assert.equal(check.exitCode, 1, check.output);
    assert.match(check.summary, /### Live check failed/, check.output);
    assert.match(check.summary, /\| scan \| success \|\n\| finish \| success \|/);
    assert.match(check.summary, /\| Number 100 in ION \| `1d2` \| {2}\| not seen \|/);
    assert.match(check.summary, /\| Scans \(measured\) \| 5 RCU \| \$0\.00000/);

    const cleanup = await runScript('cleanup', table, bucket, {
      AWS_ENDPOINT_URL_S3: endpoint,
      AWS_ENDPOINT_URL_DYNAMODB: proxy.endpoint,
    });
    assert.equal(cleanup.exitCode, 0, cleanup.output);
    assert.match(cleanup.output, /Deleted 3 objects and versions/);
    const { TableNames = [] } = await dynamoDb.send(new ListTablesCommand({}));
    assert.deepEqual(
      TableNames.filter((name) => name.startsWith(table)),
      [],
    );
    const { Versions = [], DeleteMarkers = [] } = await s3.send(new ListObjectVersionsCommand({ Bucket: bucket }));
    assert.deepEqual(
      Versions.map(({ Key }) => Key),
      ['live-check-1/scan/of-another-run'],
    );
    assert.deepEqual(DeleteMarkers, []);
    const { Uploads = [] } = await s3.send(new ListMultipartUploadsCommand({ Bucket: bucket }));
    assert.deepEqual(Uploads, []);
    dynamoDb.destroy();
    s3.destroy();
  });

  test('deletes nothing if the name is not that of a live check', { skip }, async () => {
    const { exitCode, output } = await runScript('cleanup', 'live-check-', 'bucket', {});
    assert.equal(exitCode, 1);
    assert.match(output, /live-check- is not a name of a live check/);
  });
});

/** Runs a command of the script, with the results of two jobs. */
async function runScript(command: string, table: string, bucket: string, endpoints: NodeJS.ProcessEnv) {
  const folder = await mkdtemp(join(tmpdir(), 'live-check-'));
  const summary = join(folder, 'summary.md');
  const job = { result: 'success', outputs: { 'consumed-read-capacity': '2.5' } };
  await using script = spawnGuarded(process.execPath, ['scripts/live-check/main.ts', command], {
    cwd: PROJECT,
    env: {
      ...process.env,
      ...CREDENTIALS_ENV,
      ...endpoints,
      LIVE_CHECK_TABLE: table,
      LIVE_CHECK_BUCKET: bucket,
      NEEDS: JSON.stringify({ scan: job, finish: job }),
      GITHUB_STEP_SUMMARY: summary,
    },
  });
  const exitCode = await script.ended;
  const text = await readFile(summary, 'utf8').catch(() => '');
  await rm(folder, { recursive: true });
  return { exitCode, output: script.output(), summary: text };
}
