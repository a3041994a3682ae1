import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { ServerClock } from '../aws/server-clock.ts';
import type { DataFile } from '../backup/manifests.ts';
import { CopyError, type ErrorCode } from '../errors.ts';
import type { Narrator } from '../narrator.ts';
import type { Bucket } from '../s3/bucket.ts';
import { findEarlierAttempt } from './adopt.ts';
import { type DescribedExport, exportIdOf } from './described-export.ts';
import {
  type CompleteExport,
  ExportProgress,
  type ExportState,
  type ExportView,
  type StartedExport,
} from './export-progress.ts';
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

/** An export step that was started. */
export interface ExportRun {
  readonly progress: ExportView;
  /**
   * Resolves to a complete export, to a started one that this step does not wait for, or to one that is not started
   * because there is nothing to export yet.
   */
  readonly result: Promise<ExportState>;
}

/**
 * Copies a table by DynamoDB's own export: starts it, or finds the one that was started, waits, and verifies what was
 * written.
 *
 * @param onStarted called as soon as the export is known, which may be hours before the end
 */
export function runExport(
  request: ExportRequest,
  onStarted: (started: StartedExport) => void,
  narrator: Narrator,
  signal: AbortSignal,
): ExportRun {
  const progress = new ExportProgress();
  return { progress, result: exportTable(request, progress, onStarted, narrator, signal) };
}

async function exportTable(
  request: ExportRequest,
  progress: ExportProgress,
  onStarted: (started: StartedExport) => void,
  narrator: Narrator,
  signal: AbortSignal,
): Promise<ExportState> {
  const { waiting, handover } = request;
  const found = await findOrStart(request, narrator, signal);
  if (found === 'too early') {
    narrator.notice(
      'Since the last export there are less than 15 minutes to export: there is nothing to export yet, and no export is made.',
    );
    return progress.state;
  }
  const started = progress.start(found);
  onStarted(started);
  // Also one that is complete, as an earlier attempt's may be: the later step would start another.
  if (waiting.maxAttempts === 0 && found.ExportStatus !== 'FAILED') handover.leave(started.exportArn);
  if (waiting.maxAttempts === 0 && found.ExportStatus === 'IN_PROGRESS') {
    narrator.notice('max-attempts is 0: the export goes on, and this step does not wait for it.');
    return started;
  }
  const complete = await seeItThrough(request, found, progress, narrator, signal);
  if (complete.itemCount === 0 && request.ifEmpty === 'error') {
    throw new CopyError(
      'EMPTY_COPY',
      'The export is complete and holds no item, and if-empty is error.',
      'Check the table and, where there is one, the filter. The export stays in the bucket; set if-empty to warn where an empty one is fine.',
    );
  }
  return complete;
}

async function seeItThrough(
  { client, bucket, waiting, handover, wanted, resume }: ExportRequest,
  found: DescribedExport,
  progress: ExportProgress,
  narrator: Narrator,
  signal: AbortSignal,
): Promise<CompleteExport> {
  const after = { resume, ownToken: wanted.parameters.request.ClientToken !== undefined };
  // The step that is to wait for it is yet to come.
  const close = () => waiting.maxAttempts > 0 && handover.close(found.ExportArn);
  try {
    const completed = await waitForExport(client, found, waiting, after, narrator, signal);
    const started = progress.start(completed);
    const onManifestsRead = (files: readonly DataFile[]) => progress.manifestsRead(started, files);
    const verified = await verifyExport(bucket, completed, started.layout, onManifestsRead, narrator, signal);
    const complete = progress.complete(started, verified);
    close();
    return complete;
  } catch (error) {
    if (error instanceof CopyError && FINAL.has(error.code)) close();
    throw error;
  }
}

/** What no further step can make good: it needs an export of its own. */
const FINAL: ReadonlySet<ErrorCode> = new Set(['EXPORT_FAILED', 'EXPORT_MANIFEST_INVALID']);

async function findOrStart(
  request: ExportRequest,
  narrator: Narrator,
  signal: AbortSignal,
): Promise<DescribedExport | 'too early'> {
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
    const type = wanted.parameters.window ? 'INCREMENTAL_EXPORT' : 'FULL_EXPORT';
    const earlier = await findEarlierAttempt(
      client,
      { of: wanted.table, type, identity: attempts, fixedTime },
      narrator,
      signal,
    );
    if (earlier) {
      narrator.notice(
        `An earlier attempt of this step started export ${exportIdOf(earlier.ExportArn)}: it is taken over, not paid for again.`,
      );
      return earlier;
    }
  }
  if ('gone' in wanted.table) throw wanted.table.gone;
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
