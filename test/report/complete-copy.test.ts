import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { runContext } from '../../src/github/run-context.ts';
import { readInputs } from '../../src/inputs/inputs.ts';
import type { PreflightResult } from '../../src/preflight/preflight.ts';
import { describeCompleteCopy } from '../../src/report/complete-copy.ts';
import type { CopyState } from '../../src/report/copy-state.ts';
import { completeExport, completeScan, KEYS, notStarted, startedExport, startedScan } from '../fixtures/copy-states.ts';

function copyOf(
  inputs: Readonly<Record<string, string>>,
  env: NodeJS.ProcessEnv = {},
  state?: CopyState,
  outputFormat?: PreflightResult['outputFormat'],
) {
  const given = { 'dynamodb-table-name': 'orders', 's3-bucket-name': 'my-backups', ...inputs };
  const variables = Object.entries(given).map(([name, value]) => [`INPUT_${name.toUpperCase()}`, value]);
  const read = readInputs({ AWS_REGION: 'eu-central-1', ...Object.fromEntries(variables) }, runContext({}));
  const bucket = 'my-backups';
  const files = [{ itemCount: 1, md5: 'm', sha256: 's', etag: 'e', key: 'k', size: 1 }];
  const complete = read.engine === 'export' ? completeExport({ bucket }) : completeScan({ bucket, files });
  const prepared = {
    table: { TableName: 'orders' },
    bucketRegion: 'eu-west-1',
    outputFormat: outputFormat ?? read.format,
  } as PreflightResult;
  return describeCompleteCopy(read, prepared, state ?? complete, env);
}

test('describeCompleteCopy returns undefined for an incomplete copy', () => {
  for (const state of [notStarted('scan'), startedScan(), notStarted('export'), startedExport()]) {
    assert.equal(copyOf({}, {}, state), undefined);
  }
});

test('describeCompleteCopy returns the location and the format of a scan', () => {
  assert.deepEqual(copyOf({ 's3-bucket-owner': '012345678901', compression: 'zstd', 'export-format': 'ION' }), {
    table: { TableName: 'orders' },
    tableName: 'orders',
    region: 'eu-central-1',
    bucket: 'my-backups',
    bucketRegion: 'eu-west-1',
    bucketOwner: '012345678901',
    isOnAws: true,
    data: KEYS.data,
    root: KEYS.root,
    fileCount: 1,
    format: 'ION',
    compression: 'zstd',
    scope: 'table',
    hasWholeItems: true,
    isIncremental: false,
    isArchived: false,
    isRequesterPays: false,
  });
});

suite('hasWholeItems of a complete copy', () => {
  const filter = "FilterExpression: n > :n\nExpressionAttributeValues: {':n': 5}";
  const exportOf = (filterSpecification: object) => ({
    'export-table-to-point-in-time-kwargs': JSON.stringify({ FilterSpecification: filterSpecification }),
  });
  for (const [what, inputs, expected] of [
    ['a scan with a filter', { 'dynamodb-scan-kwargs': filter }, true],
    ['a shard of a scan', { 'dynamodb-scan-kwargs': 'Segment: 0\nTotalSegments: 4' }, true],
    ['a scan with a projection', { 'dynamodb-scan-kwargs': 'ProjectionExpression: pk' }, false],
    ['a scan of an index', { 'dynamodb-scan-kwargs': 'IndexName: by-status' }, false],
    ['a scan with process-func', { 'process-func': 'a.mjs' }, false],
    ['an export with a projection', exportOf({ ProjectionExpression: 'pk' }), false],
  ] as const) {
    test(`is ${expected} for ${what}`, () => assert.equal(copyOf(inputs)?.hasWholeItems, expected));
  }
});

test('describeCompleteCopy reports the format of the data objects, not of the inputs', () => {
  assert.equal(copyOf({ 'process-func': 'a.mjs' }, {}, undefined, 'CUSTOM')?.format, 'CUSTOM');
});

test('describeCompleteCopy reports gzip for exports and recognizes incremental exports', () => {
  const exported = copyOf({ 'point-in-time-export': 'true' });
  assert.deepEqual([exported?.compression, exported?.fileCount, exported?.isIncremental], ['gzip', 1, false]);
  const incremental = copyOf({
    'export-table-to-point-in-time-kwargs':
      '{"ExportType": "INCREMENTAL_EXPORT", "IncrementalExportSpecification": {"ExportFromTime": "last"}}',
  });
  assert.equal(incremental?.isIncremental, true);
});

test('describeCompleteCopy recognizes archive storage classes and requester-pays buckets', () => {
  assert.equal(copyOf({ 's3-put-object-kwargs': 'StorageClass: DEEP_ARCHIVE' })?.isArchived, true);
  assert.equal(copyOf({ 's3-put-object-kwargs': 'StorageClass: GLACIER_IR' })?.isArchived, false);
  assert.equal(copyOf({ 's3-put-object-kwargs': 'RequestPayer: requester' })?.isRequesterPays, true);
});

suite('isOnAws of a complete copy', () => {
  for (const [endpoint, expected] of [
    ['', true],
    ['https://bucket.vpce-1a2b3c4d-5e6f.s3.us-east-1.vpce.amazonaws.com', true],
    ['https://s3-fips.us-east-1.amazonaws.com/', true],
    ['https://s3.cn-north-1.amazonaws.com.cn', true],
    ['https://s3.eusc-de-east-1.amazonaws.eu', true],
    ['https://s3.us-iso-east-1.c2s.ic.gov', true],
    ['https://s3.us-isob-east-1.sc2s.sgov.gov:443/', true],
    ['https://s3.eu-isoe-west-1.cloud.adc-e.uk', true],
    ['https://s3.us-isof-south-1.csp.hci.ic.gov', true],
    ['https://s3.us-east-1.api.aws', true],
    ['http://127.0.0.1:9000', false],
    ['http://s3.us-east-1.amazonaws.com', false],
    ['https://s3.amazonaws.com:8443', false],
    ['https://amazonaws.eu.example.com', false],
    ['not a URL', false],
    ['https://minio.example.com', false],
    ['https://amazonaws.com.example.com', false],
    ['https://example.com/.amazonaws.com', false],
  ] as const) {
    test(`is ${expected} with ${endpoint || 'no endpoint'}`, () => {
      assert.equal(copyOf({}, { AWS_ENDPOINT_URL_S3: endpoint })?.isOnAws, expected);
      assert.equal(copyOf({}, { AWS_ENDPOINT_URL: endpoint })?.isOnAws, expected);
    });
  }
});
