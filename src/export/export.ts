import type { ServerClock } from '../aws/client-middleware.ts';
import { CopyError, type ErrorCode } from '../errors.ts';
import type { Logger } from '../logger.ts';
import type { DataFile } from '../manifest/manifests.ts';
import { remedies } from '../remedies.ts';
import type { StepIdentity } from './client-token.ts';
import { type DescribedExport, exportIdOf } from './described-export.ts';
import type { ExportContext } from './export-context.ts';
import {
  type CompleteExport,
  ExportProgress,
  type ExportState,
  type ExportStatus,
  type StartedExport,
} from './export-progress.ts';
import { absoluteTimeOf, type ExportSpecification, exportTableInput } from './export-request.ts';
import { findEarlierExport } from './find-earlier-export.ts';
import { describeExport } from './find-exports.ts';
import { ensurePitrEnabled } from './point-in-time-recovery-window.ts';
import { startExport } from './start-export.ts';
import { verifyExport } from './verify-export.ts';
import { type PollOptions, waitForExport } from './wait-for-export.ts';
import { type DefinitionRequest, writeDefinition } from './write-definition.ts';

/** Parameters of the export engine. */
export interface ExportRequest {
  readonly client: ExportContext['client'];
  readonly clock: ServerClock;
  /** Name or ARN of the table. */
  readonly tableName: string;
  readonly specification: ExportSpecification;
  readonly bucket: ExportContext['bucket'];
  /** Undefined if the table could not be described. The export then gets no manifest-table.json from this step. */
  readonly definition: DefinitionRequest | undefined;
  readonly enablePitr: boolean;
  readonly waiting: PollOptions;
  readonly ifEmpty: 'warn' | 'error' | 'ignore';
  /** Undefined outside of a workflow run. */
  readonly identity: StepIdentity | undefined;
  readonly resume: boolean;
  readonly handover: Handover;
}

/** Passes an export that a step does not wait for to a later step of the job with the same inputs. */
export interface Handover {
  /** Records an export for a later step. */
  record(exportArn: string): void;
  /** Returns the ARN of the first recorded export that is not closed; undefined if there is none. */
  find(): string | undefined;
  /** Removes an export once it has ended. A step that stops waiting earlier leaves it to the next step. */
  close(exportArn: string): void;
}

/** An export that is running. */
export interface ExportRun {
  readonly progress: ExportStatus;
  /**
   * Resolves to a complete export, to a started one if this step does not wait for it, or to one that is not started if
   * there is nothing to export yet.
   */
  readonly result: Promise<ExportState>;
}

/**
 * Copies a table with a DynamoDB export: starts the export or finds one that was started, waits for it, and verifies
 * the result.
 *
 * @param onStarted called as soon as the export is known, which may be hours before it ends
 */
export function runExport(
  request: ExportRequest,
  onStarted: (started: StartedExport) => void,
  logger: Logger,
  signal: AbortSignal,
): ExportRun {
  const progress = new ExportProgress();
  const context = { client: request.client, bucket: request.bucket, logger, signal };
  return { progress, result: exportTable(context, request, progress, onStarted) };
}

async function exportTable(
  context: ExportContext,
  request: ExportRequest,
  progress: ExportProgress,
  onStarted: (started: StartedExport) => void,
): Promise<ExportState> {
  const { logger } = context;
  const { waiting, handover } = request;
  const found = await findOrStart(context, request);
  if (found === 'window too short') {
    logger.notice(
      `Skipped: the previous export ended less than 15 minutes ${request.specification.parameters.window?.to ? 'before ExportToTime' : 'ago'}. An incremental export covers at least 15 minutes.`,
    );
    return progress.state;
  }
  const started = progress.start(found);
  onStarted(started);
  // Also if an earlier attempt has completed the export. Otherwise the later step would start another one.
  if (waiting.maxAttempts === 0 && found.ExportStatus !== 'FAILED') handover.record(started.exportArn);
  if (request.definition) await writeDefinition(context, request.definition, found, started);
  if (waiting.maxAttempts === 0 && found.ExportStatus === 'IN_PROGRESS') {
    logger.notice('This step does not wait for the export. It continues in DynamoDB.');
    return started;
  }
  const complete = await waitAndVerify(context, request, found, progress);
  if (complete.itemCount === 0 && request.ifEmpty === 'error') {
    throw new CopyError('EMPTY_COPY', 'The export contains no items.', remedies.allowEmptyExports);
  }
  return complete;
}

async function waitAndVerify(
  context: ExportContext,
  { waiting, handover, specification, resume }: ExportRequest,
  found: DescribedExport,
  progress: ExportProgress,
): Promise<CompleteExport> {
  const after = { resume, ownToken: specification.parameters.request.ClientToken !== undefined };
  // With max-attempts: 0, a later step waits for the export.
  const close = () => waiting.maxAttempts > 0 && handover.close(found.ExportArn);
  try {
    const completed = await waitForExport(context, found, waiting, after);
    const started = progress.start(completed);
    const onManifestsRead = (files: readonly DataFile[]) => progress.manifestsRead(started, files);
    const verified = await verifyExport(context, completed, started.layout, onManifestsRead);
    const complete = progress.complete(started, verified);
    close();
    return complete;
  } catch (error) {
    if (error instanceof CopyError && FINAL_ERRORS.has(error.code)) close();
    throw error;
  }
}

/** Errors that a later step cannot resolve with the same export. */
const FINAL_ERRORS: ReadonlySet<ErrorCode> = new Set(['EXPORT_FAILED', 'EXPORT_MANIFEST_INVALID']);

async function findOrStart(
  context: ExportContext,
  request: ExportRequest,
): Promise<DescribedExport | 'window too short'> {
  const { client, logger, signal } = context;
  const { specification, identity, resume, handover } = request;
  // A step that does not wait never continues the export of an earlier step.
  const left = request.waiting.maxAttempts === 0 ? undefined : handover.find();
  if (left !== undefined) {
    logger.info(`Continuing with export ${exportIdOf(left)}, which an earlier step of this job started.`);
    return describeExport(client, left, signal);
  }
  const ownToken = specification.parameters.request.ClientToken;
  const attempts = ownToken === undefined ? identity : undefined;
  const absoluteTime = absoluteTimeOf(specification);
  if (attempts && resume && attempts.attempt > 1) {
    const type = specification.parameters.window ? 'INCREMENTAL_EXPORT' : 'FULL_EXPORT';
    const earlier = await findEarlierExport(context, {
      of: specification.table,
      type,
      identity: attempts,
      absoluteTime,
    });
    if (earlier) {
      logger.notice(
        `Reusing export ${exportIdOf(earlier.ExportArn)}, which an earlier attempt of this step started. No new export is billed.`,
      );
      return earlier;
    }
  }
  if ('tableError' in specification.table) throw specification.table.tableError;
  const pitr = await ensurePitrEnabled(context, request.tableName, request.enablePitr);
  const toSend = await exportTableInput(context, specification, pitr.window, request.clock.now());
  if (toSend === 'window too short') return toSend;
  const starting = {
    identity: attempts,
    isTimeAbsolute: absoluteTime !== undefined,
    now: request.clock.now(),
    pitrSettlesUntil: pitr.settlesUntil,
  };
  return startExport(context, toSend, starting);
}
