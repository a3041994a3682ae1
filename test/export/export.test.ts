// Sets the time scale, so it comes first.
import './no-waits.ts';
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { ExportDescription } from '@aws-sdk/client-dynamodb';
import { ServerClock } from '../../src/aws/client-middleware.ts';
import { type ExportRequest, runExport } from '../../src/export/export.ts';
import { AnsweringClient } from './answering-client.ts';
import { exportOf, OF } from './listed-exports.ts';

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

/** Starts an export without waiting for it, where an export of attempt 1 is in progress; resolves to the operations. */
async function operationsOf(
  attempt: number | undefined,
  more: { readonly resume?: boolean; readonly ClientToken?: string } = {},
): Promise<readonly string[]> {
  const started: ExportDescription = { ...EARLIER, StartTime: new Date() };
  const answers: Readonly<Record<string, object>> = {
    ListExports: { ExportSummaries: [EARLIER] },
    DescribeExport: { ExportDescription: EARLIER },
    DescribeContinuousBackups: ENABLED,
    ExportTableToPointInTime: { ExportDescription: started },
  };
  const client = new AnsweringClient(({ operation }) => answers[operation] ?? assert.fail(operation));
  const { resume = true, ClientToken } = more;
  const request: Omit<ExportRequest, 'bucket'> = {
    client,
    clock: new ServerClock(client),
    tableName: 'orders',
    wanted: {
      table: OF,
      bucket: 'backups',
      prefix: 'nightly',
      format: 'DYNAMODB_JSON',
      exportTime: undefined,
      parameters: { request: { ...(ClientToken !== undefined && { ClientToken }) } },
      bucketOwner: undefined,
      encryption: undefined,
    },
    enableRecovery: false,
    waiting: { checkIntervalMs: 1, maxAttempts: 0 },
    ifEmpty: 'warn',
    identity: attempt === undefined ? undefined : { tokenStart: 'step-', attempt },
    resume,
    handover: { leave: () => {}, find: () => undefined, close: assert.fail },
  };
  const logger = { info: () => {}, notice: () => {}, warning: assert.fail };
  // A step that does not wait reads no manifests, so that it needs no bucket.
  const withoutBucket = request as ExportRequest;
  const { result } = runExport(withoutBucket, () => {}, logger, AbortSignal.timeout(10_000));
  assert.equal((await result).stage, 'started');
  return client.sent.map(({ operation }) => operation);
}

const STARTS = ['DescribeContinuousBackups', 'ExportTableToPointInTime'];

describe('an export step', () => {
  it('starts an export in the first attempt, and does not look for an earlier one', async () => {
    assert.deepEqual(await operationsOf(1), STARTS);
  });

  it('takes over the export of the first attempt in the second', async () => {
    assert.deepEqual(await operationsOf(2), ['ListExports', 'DescribeExport']);
  });

  it('starts an export in the second attempt if resume is false', async () => {
    assert.deepEqual(await operationsOf(2, { resume: false }), STARTS);
  });

  it('starts an export in the second attempt if the user gave a ClientToken', async () => {
    assert.deepEqual(await operationsOf(2, { ClientToken: 'nightly' }), STARTS);
  });

  it('starts an export outside of a workflow', async () => {
    assert.deepEqual(await operationsOf(undefined), STARTS);
  });
});
