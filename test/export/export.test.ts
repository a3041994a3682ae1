// Import this first: it sets the time scale.
import './no-waits.ts';
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { ExportDescription } from '@aws-sdk/client-dynamodb';
import { ServerClock } from '../../src/aws/client-middleware.ts';
import { type ExportRequest, runExport } from '../../src/export/export.ts';
import { exportOf, TABLE } from './listed-exports.ts';
import { RespondingClient } from './responding-client.ts';

const EARLIER = exportOf(0, { ExportStatus: 'IN_PROGRESS', ClientToken: 'step-1', S3Prefix: 'nightly' });
const ENABLED = {
  ContinuousBackupsDescription: {
    PointInTimeRecoveryDescription: {
      PointInTimeRecoveryStatus: 'ENABLED',
      EarliestRestorableDateTime: new Date(Date.now() - 86_400_000),
      LatestRestorableDateTime: new Date(),
    },
  },
};

/** Starts an export without waiting while an export of attempt 1 is in progress. Returns the names of the operations. */
async function operationsOf(
  attempt: number | undefined,
  more: { readonly resume?: boolean; readonly ClientToken?: string } = {},
): Promise<readonly string[]> {
  const started: ExportDescription = { ...EARLIER, StartTime: new Date() };
  const responses: Readonly<Record<string, object>> = {
    ListExports: { ExportSummaries: [EARLIER] },
    DescribeExport: { ExportDescription: EARLIER },
    DescribeContinuousBackups: ENABLED,
    ExportTableToPointInTime: { ExportDescription: started },
  };
  const client = new RespondingClient(({ operation }) => responses[operation] ?? assert.fail(operation));
  const { resume = true, ClientToken } = more;
  const request: Omit<ExportRequest, 'bucket'> = {
    client,
    clock: new ServerClock(client),
    tableName: 'orders',
    specification: {
      table: TABLE,
      bucket: 'backups',
      prefix: 'nightly',
      format: 'DYNAMODB_JSON',
      exportTime: undefined,
      parameters: { request: { ...(ClientToken !== undefined && { ClientToken }) } },
      bucketOwner: undefined,
      encryption: undefined,
    },
    definition: undefined,
    enablePitr: false,
    waiting: { checkIntervalMs: 1, maxAttempts: 0 },
    ifEmpty: 'warn',
    identity: attempt === undefined ? undefined : { tokenPrefix: 'step-', attempt },
    resume,
    handover: { record: () => {}, find: () => undefined, close: assert.fail },
  };
  const logger = { info: () => {}, notice: () => {}, warning: assert.fail };
  // A step that does not wait reads no manifests and needs no bucket.
  const withoutBucket = request as ExportRequest;
  const { result } = runExport(withoutBucket, () => {}, logger, AbortSignal.timeout(10_000));
  assert.equal((await result).stage, 'started');
  return client.sent.map(({ operation }) => operation);
}

const START_OPERATIONS = ['DescribeContinuousBackups', 'ExportTableToPointInTime'];

describe('an export step', () => {
  it('starts an export in the first attempt without searching for an earlier one', async () => {
    assert.deepEqual(await operationsOf(1), START_OPERATIONS);
  });

  it('resumes the export of the first attempt in the second', async () => {
    assert.deepEqual(await operationsOf(2), ['ListExports', 'DescribeExport']);
  });

  it('starts an export in the second attempt if resume is false', async () => {
    assert.deepEqual(await operationsOf(2, { resume: false }), START_OPERATIONS);
  });

  it('starts an export in the second attempt if ClientToken is set', async () => {
    assert.deepEqual(await operationsOf(2, { ClientToken: 'nightly' }), START_OPERATIONS);
  });

  it('starts an export outside of a workflow', async () => {
    assert.deepEqual(await operationsOf(undefined), START_OPERATIONS);
  });
});
