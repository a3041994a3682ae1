import type { CopyRecord } from '../backup/copy-record.ts';
import { newExportId } from '../backup/export-id.ts';
import { layout } from '../backup/layout.ts';
import type { Narrator } from '../narrator.ts';
import type { Copy, ScanRequest } from './copy.ts';
import { copyItems } from './copy-items.ts';
import { finish } from './finish.ts';
import { putMarker } from './put-marker.ts';
import { Resumption } from './resume/resumption.ts';
import { Waits, watchForStall } from './stall-watchdog.ts';

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
  const resumption = new Resumption(wanted.resume, { bucket, table, parameters, waits, narrator, signal });
  try {
    const stoppable = AbortSignal.any([signal, resumption.lost]);
    await copyOrResume(wanted, record, resumption, waits, narrator, stoppable);
  } catch (error) {
    throw await resumption.fail(error);
  }
}

async function copyOrResume(
  wanted: ScanRequest,
  record: CopyRecord,
  resumption: Resumption,
  waits: Waits,
  narrator: Narrator,
  signal: AbortSignal,
): Promise<void> {
  const { bucket } = wanted;
  await waits.during('S3 to tell of checkpoints', resumption.find());

  const { run } = resumption.earlier ?? {};
  // Its placeholders were filled in by the attempt that began the copy.
  const request = run ? { ...wanted, prefix: run.prefix } : wanted;
  const startTime = run ? new Date(run.startTime) : new Date();
  const exportId = run?.exportId ?? newExportId(startTime, wanted.resume);
  const keys = layout(request.prefix, exportId);
  Object.assign(record, { exportId, layout: keys, snapshotTime: startTime });

  const putting = putMarker(bucket, keys.started, request.parametersOf('marker'), signal);
  const marker = await waits.during('S3 to take the marker', putting);

  const copy: Copy = { request, keys, record, resumption, waits, narrator, signal };
  await copyHeedingStrayErrors(copy);
  await waits.during('the manifests', finish(copy, marker));
  await waits.during('S3 to remove checkpoints', resumption.end());
}

/**
 * An error that the code of a process-func leaves to nobody may have cost an item, so it fails the copy. Once all items
 * are stored it cannot have.
 */
async function copyHeedingStrayErrors(copy: Copy): Promise<void> {
  const stray = copy.request.processModule?.strayErrors;
  if (!stray) return copyItems(copy);
  try {
    await copyItems({ ...copy, signal: AbortSignal.any([copy.signal, stray]) });
  } catch (error) {
    throw stray.aborted && (error as Error).name === 'AbortError' ? stray.reason : error;
  }
  stray.throwIfAborted();
  stray.addEventListener('abort', () => {
    copy.narrator.warning(`${(stray.reason as Error).message} All items were stored by then.`);
  });
}
