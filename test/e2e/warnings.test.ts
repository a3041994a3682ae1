import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import { startGitHubApi } from '../emulators/github-api.ts';
import { s3Denies } from '../fixtures/aws-errors.ts';
import { assertRefused, attempt, openExportPair } from '../fixtures/export-pair.ts';
import { onS3 } from '../fixtures/fault-scripts.ts';
import { INDEXED, INDEXED_ITEMS } from '../fixtures/indexed-table.ts';
import { assertSucceeded, openPair, startServers } from '../fixtures/pair.ts';
import { messageTest } from '../run/effort.ts';
import { createStepFolder } from '../runner/runner-files.ts';

await startServers();

const OLDER_NODE = join(import.meta.dirname, '..', 'fixtures', 'older-node.ts');

suite('a step warns', { concurrency: 3 }, () => {
  test('if the data objects are archived, if an upload cannot be aborted, and if a proxy is not used', async () => {
    await using pair = await openPair();
    onS3('AbortMultipartUpload', 1, s3Denies('s3:AbortMultipartUpload'), 'from then on')(pair);
    const inputs = {
      'dynamodb-table-name': await pair.source.createTable(INDEXED_ITEMS, INDEXED),
      'dynamodb-scan-kwargs': '{"IndexName": "by-number", "Select": "ALL_PROJECTED_ATTRIBUTES"}',
      's3-put-object-kwargs': '{"StorageClass": "GLACIER"}',
      'export-format': 'JSON',
      'dry-run': 'true',
    };
    const env = { HTTPS_PROXY: 'http://127.0.0.1:9' };
    await using run = await pair.run(inputs, { nodeFlags: ['--import', OLDER_NODE], env });
    assertSucceeded(run);
    const warnings = run.warnings.join('\n');
    assert.match(warnings, /^StorageClass GLACIER archives the data objects\. They must be restored in S3/m);
    assert.match(warnings, /^Write access: The multipart upload of this check could not be aborted\./m);
    assert.match(warnings, /^HTTPS_PROXY is set, but Node 24\.4\.1/m);
    assert.match(run.log, /AWS cannot import export-format JSON into a table\./);
    assert.match(run.log, /Index: ok, the local index by-number/);
  });

  test('if the bucket is in another Region than the table', async () => {
    await using pair = await openPair();
    pair.store.inject(({ operation }) =>
      operation === 'HeadBucket'
        ? {
            rewriteHead: (response) => ({
              ...response,
              headers: { ...response.headers, 'x-amz-bucket-region': 'eu-west-3' },
            }),
          }
        : undefined,
    );
    const table = await pair.source.createTable(INDEXED_ITEMS.slice(0, 3), INDEXED);
    await using run = await pair.run({ 'dynamodb-table-name': table, 'dry-run': 'true' });
    assert.match(run.log, /Region eu-west-3\. The table is in us-east-1, so data is transferred between Regions\./);
  });

  messageTest('if the commit status cannot be set, because the event file is not valid JSON', async () => {
    await using api = await startGitHubApi();
    await using pair = await openPair();
    using folder = createStepFolder();
    const event = join(folder.path, 'event.json');
    writeFileSync(event, '{"pull_request": secret-of-the-event');
    const inputs = {
      'dynamodb-table-name': await pair.source.createTable(INDEXED_ITEMS, INDEXED),
      'commit-status': 'backup',
    };
    await using run = await pair.run(inputs, { env: { ...api.env, GITHUB_EVENT_PATH: event } });
    assertSucceeded(run);
    const cause = 'the client for GitHub could not be loaded (SyntaxError). This does not affect the copy.';
    assert.deepEqual(run.warnings, [
      `The commit status backup could not be set to pending: ${cause} The step tries again when it ends.`,
      `The commit status backup could not be set to success: ${cause} The post step tries again.`,
    ]);
    assert.doesNotMatch(run.log + run.stderr, /secret-of/);
  });

  test('if the table of an earlier export is not available', async () => {
    await using exporting = await openExportPair();
    await using run = await exporting.run({ 'dynamodb-table-name': 'no-such-table' }, attempt(2));
    assertRefused(run, 'TABLE_NOT_FOUND');
    assert.match(
      run.notices.join(),
      /^The table no-such-table is not available\. If an export of it was started before/,
    );
  });
});
