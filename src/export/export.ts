import type { DynamoDBClient, ExportDescription } from '@aws-sdk/client-dynamodb';
import type { ServerClock } from '../aws/server-clock.ts';
import type { CopyRecord } from '../backup/copy-record.ts';
import { layout } from '../backup/layout.ts';
import { CopyError } from '../errors.ts';
import type { Narrator } from '../narrator.ts';
import type { Bucket } from '../s3/bucket.ts';
import { findEarlierAttempt } from './adopt.ts';
import { describeExport } from './find-exports.ts';
import { ensureRecovery } from './recovery.ts';
import { exportRequest, fixesItsTime, startExport, type WantedExport } from './start.ts';
import { verifyExport } from './verify.ts';
import { type Waiting, waitForExport } from './wait.ts';

/** Everything the export engine needs to know. */
export interface ExportRequest {
  readonly client: DynamoDBClient;
  readonly clock: ServerClock;
  readonly tableName: string;
  readonly wanted: WantedExport;
  /** Where the manifests are read; DynamoDB itself writes with the source's rights. */
  readonly bucket: Bucket;
  readonly enableRecovery: boolean;
  readonly waiting: Waiting;
  readonly ifEmpty: 'warn' | 'error' | 'ignore';
  /** Who asks, so that an attempt finds what an earlier one started; undefined outside of a workflow run. */
  readonly identity: { readonly tokenStart: string; readonly attempt: number } | undefined;
  readonly resume: boolean;
  readonly handover: Handover;
}

/** How a step that does not wait leaves its export to a later step of the job with the same inputs. */
export interface Handover {
  /** The ARN that was left, which is then taken from there. */
  take(): string | undefined;
  leave(exportArn: string): void;
}

/** How an export step ended well. */
export type ExportOutcome = 'completed' | 'not waited for' | 'nothing to export yet';

/**
 * Copies a table by DynamoDB's own export: starts it, or finds the one that was started, waits, and verifies what was
 * written.
 *
 * @param onStarted called as soon as the record knows the export, which may be hours before the end
 */
export async function runExport(
  request: ExportRequest,
  record: CopyRecord,
  onStarted: () => void,
  narrator: Narrator,
  signal: AbortSignal,
): Promise<ExportOutcome> {
  const { client, waiting, handover } = request;
  const found = await findOrStart(request, narrator, signal);
  if (found === 'too early') {
    narrator.notice(
      'The last export ended less than 15 minutes ago: there is nothing to export yet, and no export is made.',
    );
    return 'nothing to export yet';
  }
  noteExport(record, found);
  onStarted();
  // Also one that is complete, as an earlier attempt's may be: the later step would start another.
  if (waiting.maxAttempts === 0) handover.leave(found.ExportArn ?? '');
  if (waiting.maxAttempts === 0 && found.ExportStatus === 'IN_PROGRESS') {
    narrator.notice('max-attempts is 0: the export goes on, and this step does not wait for it.');
    return 'not waited for';
  }
  const completed = await waitForExport(client, found, waiting, narrator, signal);
  noteExport(record, completed);
  await verifyExport(request.bucket, completed, record, narrator, signal);
  if (record.itemCount === 0 && request.ifEmpty === 'error') {
    throw new CopyError(
      'EMPTY_COPY',
      'The export is complete and holds no item, and if-empty is error.',
      'Check the table and, where there is one, the filter. The export stays in the bucket; set if-empty to warn where an empty one is fine.',
    );
  }
  return 'completed';
}

async function findOrStart(
  request: ExportRequest,
  narrator: Narrator,
  signal: AbortSignal,
): Promise<ExportDescription | 'too early'> {
  const { client, wanted, identity, resume, handover } = request;
  // A step that does not wait itself is never the one that an export was left to.
  const left = request.waiting.maxAttempts === 0 ? undefined : handover.take();
  if (left !== undefined) {
    narrator.info('An earlier step of this job started this export and did not wait for it.');
    return describeExport(client, left, signal);
  }
  const ownToken = wanted.parameters.request.ClientToken;
  const attempts = ownToken === undefined ? identity : undefined;
  if (attempts && resume && attempts.attempt > 1) {
    const fixed = fixesItsTime(wanted);
    const earlier = await findEarlierAttempt(client, wanted.tableArn, attempts.tokenStart, fixed, narrator, signal);
    if (earlier) {
      narrator.notice(
        `An earlier attempt of this step started export ${earlier.ExportArn?.split('/').at(-1)}: it is taken over, not paid for again.`,
      );
      return earlier;
    }
  }
  const recovery = await ensureRecovery(client, request.tableName, request.enableRecovery, narrator, signal);
  const toSend = await exportRequest(client, wanted, recovery, request.clock.now(), signal);
  if (toSend === 'too early') return toSend;
  const token = attempts && { ClientToken: `${attempts.tokenStart}${attempts.attempt}` };
  return startExport(client, { ...toSend, ...token }, narrator, signal);
}

/** Takes over what DynamoDB says of an export; its own prefix and times, which an adopted one may have others of. */
function noteExport(record: CopyRecord, description: ExportDescription): void {
  const { ExportArn = '', S3Prefix = '', IncrementalExportSpecification: increment } = description;
  const exportId = ExportArn.split('/').at(-1) ?? '';
  const prefix = S3Prefix.replace(/\/$/, '');
  const keys = layout(prefix, exportId);
  // The data of all incremental exports under a prefix lie in one folder, beside those of the exports' own.
  const data = increment ? `${prefix === '' ? '' : `${prefix}/`}AWSDynamoDB/data/` : keys.data;
  record.exportArn = ExportArn;
  record.exportId = exportId;
  record.layout = { ...keys, data };
  record.itemCount = description.ItemCount ?? 0;
  const time = increment ? increment.ExportToTime : description.ExportTime;
  if (time) record.snapshotTime = time;
}
