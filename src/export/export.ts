import type { DynamoDBClient, ExportDescription } from '@aws-sdk/client-dynamodb';
import type { ServerClock } from '../aws/server-clock.ts';
import type { CopyRecord } from '../backup/copy-record.ts';
import { layout } from '../backup/layout.ts';
import { CopyError, type ErrorCode } from '../errors.ts';
import type { Narrator } from '../narrator.ts';
import type { Bucket } from '../s3/bucket.ts';
import { findEarlierAttempt } from './adopt.ts';
import { describeExport } from './find-exports.ts';
import { ensureRecovery } from './recovery.ts';
import { exportRequest, fixedTimeOf, type WantedExport } from './request.ts';
import { startExport } from './start.ts';
import type { StepIdentity } from './token.ts';
import { verifyExport } from './verify.ts';
import { type Waiting, waitForExport } from './wait.ts';

/** Everything the export engine needs to know. */
export interface ExportRequest {
  readonly client: DynamoDBClient;
  readonly clock: ServerClock;
  /** Or its ARN. */
  readonly tableName: string;
  /**
   * Why the table cannot be described, such as that it was deleted. An export that began before that goes on, and can
   * still be found; where there is none, the step fails with this.
   */
  readonly tableGone: Error | undefined;
  readonly wanted: WantedExport;
  /** Where the manifests are read; DynamoDB itself writes with the source's rights. */
  readonly bucket: Bucket;
  readonly enableRecovery: boolean;
  readonly waiting: Waiting;
  readonly ifEmpty: 'warn' | 'error' | 'ignore';
  /** Undefined outside of a workflow run. */
  readonly identity: StepIdentity | undefined;
  readonly resume: boolean;
  readonly handover: Handover;
}

/** How a step that does not wait leaves its export to a later step of the job with the same inputs. */
export interface Handover {
  leave(exportArn: string): void;
  /** The ARN that was left first and is not closed yet. */
  find(): string | undefined;
  /** Once an export has been waited for to its end: a step that gives up leaves it to the next one. */
  close(exportArn: string): void;
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
  const { waiting, handover } = request;
  const found = await findOrStart(request, narrator, signal);
  if (found === 'too early') {
    narrator.notice(
      'Since the last export there are less than 15 minutes to export: there is nothing to export yet, and no export is made.',
    );
    return 'nothing to export yet';
  }
  const { ExportArn = '' } = found;
  noteExport(record, found);
  onStarted();
  // Also one that is complete, as an earlier attempt's may be: the later step would start another.
  if (waiting.maxAttempts === 0 && found.ExportStatus !== 'FAILED') handover.leave(ExportArn);
  if (waiting.maxAttempts === 0 && found.ExportStatus === 'IN_PROGRESS') {
    narrator.notice('max-attempts is 0: the export goes on, and this step does not wait for it.');
    return 'not waited for';
  }
  await seeItThrough(request, found, record, narrator, signal);
  if (record.itemCount === 0 && request.ifEmpty === 'error') {
    throw new CopyError(
      'EMPTY_COPY',
      'The export is complete and holds no item, and if-empty is error.',
      'Check the table and, where there is one, the filter. The export stays in the bucket; set if-empty to warn where an empty one is fine.',
    );
  }
  return 'completed';
}

async function seeItThrough(
  { client, bucket, waiting, handover, wanted, resume }: ExportRequest,
  found: ExportDescription,
  record: CopyRecord,
  narrator: Narrator,
  signal: AbortSignal,
): Promise<void> {
  const after = { resume, ownToken: wanted.parameters.request.ClientToken !== undefined };
  // The step that is to wait for it is yet to come.
  const close = () => waiting.maxAttempts > 0 && handover.close(found.ExportArn ?? '');
  try {
    const completed = await waitForExport(client, found, waiting, after, narrator, signal);
    noteExport(record, completed);
    await verifyExport(bucket, completed, record, narrator, signal);
  } catch (error) {
    if (error instanceof CopyError && FINAL.has(error.code)) close();
    throw error;
  }
  close();
}

/** What no further step can make good: it needs an export of its own. */
const FINAL: ReadonlySet<ErrorCode> = new Set(['EXPORT_FAILED', 'EXPORT_MANIFEST_INVALID']);

async function findOrStart(
  request: ExportRequest,
  narrator: Narrator,
  signal: AbortSignal,
): Promise<ExportDescription | 'too early'> {
  const { client, wanted, identity, resume, handover } = request;
  // A step that does not wait itself is never the one that an export was left to.
  const left = request.waiting.maxAttempts === 0 ? undefined : handover.find();
  if (left !== undefined) {
    narrator.info('An earlier step of this job started this export and did not wait for it.');
    return describeExport(client, left, signal);
  }
  const ownToken = wanted.parameters.request.ClientToken;
  const attempts = ownToken === undefined ? identity : undefined;
  const fixedTime = fixedTimeOf(wanted);
  if (attempts && resume && attempts.attempt > 1) {
    const of =
      request.tableGone === undefined ? { tableArn: wanted.tableArn } : { nameOfGone: tableNameOf(request.tableName) };
    const type = wanted.parameters.window ? 'INCREMENTAL_EXPORT' : 'FULL_EXPORT';
    const earlier = await findEarlierAttempt(client, { of, type, identity: attempts, fixedTime }, narrator, signal);
    if (earlier) {
      narrator.notice(
        `An earlier attempt of this step started export ${earlier.ExportArn?.split('/').at(-1)}: it is taken over, not paid for again.`,
      );
      return earlier;
    }
  }
  if (request.tableGone !== undefined) throw request.tableGone;
  const recovery = await ensureRecovery(client, request.tableName, request.enableRecovery, narrator, signal);
  const toSend = await exportRequest(client, wanted, recovery.window, request.clock.now(), signal);
  if (toSend === 'too early') return toSend;
  const starting = {
    identity: attempts,
    timeIsFixed: fixedTime !== undefined,
    now: request.clock.now(),
    recoverySettlesUntil: recovery.settlesUntil,
  };
  return startExport(client, toSend, starting, narrator, signal);
}

function tableNameOf(nameOrArn: string): string {
  return nameOrArn.split('/').at(-1) ?? '';
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
