// Sets the time scale, so it comes first.
import './no-waits.ts';
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { ServerClock } from '../../src/aws/client-middleware.ts';
import { type ExportRequest, runExport } from '../../src/export/export.ts';
import { exportOf, NOW, TABLE } from './listed-exports.ts';
import { RespondingClient } from './responding-client.ts';

/** Runs an incremental export whose window ends at a fixed time; collects what it logs. */
function run(responses: Readonly<Record<string, object>>, handover: object, messages: string[]) {
  const client = new RespondingClient(({ operation }) => responses[operation] ?? assert.fail(operation));
  const window = { from: 'last', to: { kind: 'absolute', time: NOW }, viewType: undefined } as const;
  const request: ExportRequest = {
    client,
    clock: new ServerClock(client),
    bucket: undefined as unknown as ExportRequest['bucket'],
    tableName: 'orders',
    specification: {
      ...{ table: TABLE, bucket: 'backups', prefix: 'series', format: 'DYNAMODB_JSON', exportTime: undefined },
      ...{ parameters: { request: {}, window }, bucketOwner: undefined, encryption: undefined },
    },
    ...{ definition: undefined, enablePitr: false, ifEmpty: 'warn', identity: undefined, resume: true },
    waiting: { checkIntervalMs: 1, maxAttempts: 1 },
    handover: { record: () => {}, find: () => undefined, close: assert.fail, ...handover },
  };
  const log = (line: string) => void messages.push(line);
  const logger = { info: log, notice: log, warning: assert.fail };
  return runExport(request, () => {}, logger, AbortSignal.timeout(10_000));
}

it('a step continues with the export that an earlier step of the job started', async () => {
  const running = exportOf(0, { ExportStatus: 'IN_PROGRESS' });
  const infos: string[] = [];
  const { result } = run({ DescribeExport: { ExportDescription: running } }, { find: () => running.ExportArn }, infos);
  await assert.rejects(result, { code: 'EXPORT_IN_PROGRESS' });
  assert.match(infos.join(), /^Continuing with export \S+, which an earlier step of this job started\./);
});

it('an incremental export is skipped if the previous one ended at the end of its window', async () => {
  const previous = exportOf(0, { ExportTime: NOW });
  const pitr = {
    PointInTimeRecoveryStatus: 'ENABLED',
    EarliestRestorableDateTime: new Date(NOW.getTime() - 86_400_000),
    LatestRestorableDateTime: NOW,
  };
  const responses: Readonly<Record<string, object>> = {
    ListExports: { ExportSummaries: [previous] },
    DescribeExport: { ExportDescription: previous },
    DescribeContinuousBackups: { ContinuousBackupsDescription: { PointInTimeRecoveryDescription: pitr } },
  };
  const notices: string[] = [];
  const { result } = run(responses, {}, notices);
  assert.equal((await result).stage, 'not started');
  assert.match(notices.join(), /^Skipped: the previous export ended less than 15 minutes before ExportToTime\./);
});
