import { newExportId } from '../backup/export-id.ts';
import { layout } from '../backup/layout.ts';
import type { Narrator } from '../narrator.ts';
import type { Copy, ScanRequest } from './copy.ts';
import { copyItems } from './copy-items.ts';
import { finish } from './finish.ts';
import { putMarker } from './put-marker.ts';
import { Resumption } from './resume/resumption.ts';
import { type CompleteScan, type ScanIdentity, ScanProgress, type ScanView } from './scan-progress.ts';
import { Waits, watchForStall } from './stall-watchdog.ts';

/** A scan that was started. */
export interface ScanRun {
  readonly progress: ScanView;
  /** Rejects with the first failure, after every open upload was aborted; there is no manifest-summary.json then. */
  readonly result: Promise<CompleteScan>;
}

/**
 * Copies a table by scanning it: marker, data objects, manifests. Goes on with the copy of an earlier attempt where there
 * is one.
 */
export function runScan(wanted: ScanRequest, narrator: Narrator, signal: AbortSignal): ScanRun {
  const waits = new Waits();
  const progress = new ScanProgress();
  const result = watchForStall(waits, signal, (stoppable) => copyTable(wanted, progress, waits, narrator, stoppable));
  return { progress, result };
}

async function copyTable(
  wanted: ScanRequest,
  progress: ScanProgress,
  waits: Waits,
  narrator: Narrator,
  signal: AbortSignal,
): Promise<CompleteScan> {
  const { bucket, table } = wanted;
  const parameters = wanted.parametersOf('checkpoint');
  const resumption = new Resumption(wanted.resume, { bucket, table, parameters, waits, narrator, signal });
  try {
    const stoppable = AbortSignal.any([signal, resumption.lost]);
    return await copyOrResume(wanted, progress, resumption, waits, narrator, stoppable);
  } catch (error) {
    throw await resumption.fail(error);
  }
}

async function copyOrResume(
  wanted: ScanRequest,
  progress: ScanProgress,
  resumption: Resumption,
  waits: Waits,
  narrator: Narrator,
  signal: AbortSignal,
): Promise<CompleteScan> {
  const { bucket } = wanted;
  await waits.during('S3 to tell of checkpoints', resumption.find());

  const { run } = resumption.earlier ?? {};
  // Its placeholders were filled in by the attempt that began the copy.
  const request = run ? { ...wanted, prefix: run.prefix } : wanted;
  const snapshotTime = run ? new Date(run.startTime) : new Date();
  const exportId = run?.exportId ?? newExportId(snapshotTime, wanted.resume);
  const keys = layout(request.prefix, exportId);
  const identity: ScanIdentity = { exportId, layout: keys, snapshotTime };
  progress.start(identity);

  const putting = putMarker(bucket, keys.started, request.parametersOf('marker'), signal);
  const marker = await waits.during('S3 to take the marker', putting);

  const copy: Copy = { request, identity, progress, resumption, waits, narrator, signal };
  await copyHeedingStrayErrors(copy);
  const result = await waits.during('the manifests', finish(copy, marker));
  await waits.during('S3 to remove checkpoints', resumption.end());
  return result;
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
