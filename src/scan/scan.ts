import type { DynamoDBClient, TableDescription } from '@aws-sdk/client-dynamodb';
import type { CopyRecord } from '../backup/copy-record.ts';
import { newExportId } from '../backup/export-id.ts';
import { type Layout, layout } from '../backup/layout.ts';
import type { FormatName } from '../format/formats.ts';
import type { Narrator } from '../narrator.ts';
import type { ProcessModule } from '../process-func/load.ts';
import type { Bucket } from '../s3/bucket.ts';
import type { Compression } from '../s3/compression.ts';
import type { ObjectKind } from '../s3/object-options.ts';
import { type ObjectParameters, putObject } from '../s3/put-object.ts';
import { copyItems } from './copy-items.ts';
import { finish } from './finish.ts';
import type { ReadCapacitySetting } from './pacing/read-cap.ts';
import type { ScanParameters } from './parameters.ts';
import { type ResumeRequest, Resumption } from './resume/resumption.ts';
import { Waits, watchForStall } from './stall-watchdog.ts';
import type { ScanTarget } from './table.ts';

/** Everything the scan engine needs to know; made from the inputs and from what AWS says of table and bucket. */
export interface ScanRequest {
  readonly client: DynamoDBClient;
  /** Name or ARN, as the user gave it: only an ARN reaches a table of another account. */
  readonly tableName: string;
  readonly table: TableDescription;
  readonly target: ScanTarget;
  readonly scan: ScanParameters;
  readonly totalSegments: number | 'auto';
  readonly readCapacity: ReadCapacitySetting;
  /** Uncompressed bytes after which an object ends. */
  readonly fileSize: number;
  readonly format: FormatName;
  /** Makes the objects' bytes of the items, instead of the format. */
  readonly processModule?: ProcessModule | undefined;
  readonly compression: Compression;
  readonly bucket: Bucket;
  /** Without a slash at its end; '' for none. */
  readonly prefix: string;
  readonly parametersOf: (kind: ObjectKind) => ObjectParameters;
  readonly ifEmpty: 'warn' | 'error' | 'ignore';
  readonly cores: number;
  /** The workflow run's, for the process-func; '' outside of one. */
  readonly runId: string;
  /** Where the run can be looked at; for manifest-copy.json. */
  readonly runUrl: string | undefined;
  /** How a re-run finds what this run leaves; undefined where it is to leave nothing. */
  readonly resume?: ResumeRequest | undefined;
}

/**
 * Copies a table by scanning it: marker, data objects, manifests. Goes on with the copy of an earlier attempt where there
 * is one. Fills `record` as it goes.
 *
 * @throws the first failure, after every open upload was aborted; there is no manifest-summary.json then
 */
export async function runScan(
  wanted: ScanRequest,
  record: CopyRecord,
  narrator: Narrator,
  signal: AbortSignal,
): Promise<void> {
  const waits = new Waits();
  await watchForStall(waits, signal, (stoppable) => copyTable(wanted, record, waits, narrator, stoppable));
}

async function copyTable(
  wanted: ScanRequest,
  record: CopyRecord,
  waits: Waits,
  narrator: Narrator,
  signal: AbortSignal,
): Promise<void> {
  const { bucket, table } = wanted;
  const parameters = wanted.parametersOf('checkpoint');
  const resumption = new Resumption(wanted.resume, { bucket, table, parameters, narrator, signal });
  await waits.during('S3 to tell of checkpoints', resumption.find());

  const { run } = resumption.earlier ?? {};
  // Its placeholders were filled in by the attempt that began the copy.
  const request = run ? { ...wanted, prefix: run.prefix } : wanted;
  const startTime = run ? new Date(run.startTime) : new Date();
  const exportId = run?.exportId ?? newExportId(startTime);
  const keys = layout(request.prefix, exportId);
  Object.assign(record, { exportId, layout: keys, snapshotTime: startTime });

  // The one real test of write access: rights on the bucket as a whole prove nothing for the keys below a prefix.
  const putting = putObject(bucket, keys.started, Buffer.alloc(0), request.parametersOf('marker'), signal);
  const marker = await waits.during('S3 to take the marker', putting);

  await copyHeedingStrayErrors(request, keys, record, resumption, waits, narrator, signal);
  await waits.during('the manifests', finish(request, keys, record, resumption, marker, signal));
  await waits.during('S3 to remove checkpoints', resumption.end());
}

/**
 * An error that the code of a process-func leaves to nobody may have cost an item, so it fails the copy. Once all items
 * are stored it cannot have.
 */
async function copyHeedingStrayErrors(
  request: ScanRequest,
  keys: Layout,
  record: CopyRecord,
  resumption: Resumption,
  waits: Waits,
  narrator: Narrator,
  signal: AbortSignal,
): Promise<void> {
  const stray = request.processModule?.strayErrors;
  if (!stray) return copyItems(request, keys, record, resumption, waits, narrator, signal);
  try {
    await copyItems(request, keys, record, resumption, waits, narrator, AbortSignal.any([signal, stray]));
  } catch (error) {
    throw stray.aborted && (error as Error).name === 'AbortError' ? stray.reason : error;
  }
  stray.throwIfAborted();
  stray.addEventListener('abort', () => {
    narrator.warning(`${(stray.reason as Error).message} All items were stored by then.`);
  });
}
