import { newExportId } from '../../../src/manifest/export-id.ts';
import { copyLayout } from '../../../src/manifest/layout.ts';
import type { DataFile } from '../../../src/manifest/manifests.ts';
import { Bucket } from '../../../src/s3/bucket.ts';
import { CheckpointStore } from '../../../src/scan/resume/checkpoint-store.ts';
import {
  type RunState,
  type SegmentState,
  START,
  sealedFilesJson,
  segmentJson,
} from '../../../src/scan/resume/resume-state.ts';
import { PendingWaits } from '../../../src/stall-watchdog.ts';
import { clientOfBucket } from '../../aws/clients-for-tests.ts';
import { openStore, type Store } from '../../emulators/store.ts';

const START_TIME = Date.now();
export const RUN: RunState = {
  attempts: [1, 2],
  request: 'r',
  tableId: null,
  tableCreated: null,
  exportId: newExportId(new Date(START_TIME), { step: 'step', attempt: 1 }),
  prefix: '',
  startTime: START_TIME,
  segments: { first: 0, count: 100, total: 100 },
  fileSize: 1,
  broken: false,
  proved: undefined,
};
export const KEYS = copyLayout(RUN.prefix, RUN.exportId);
export const EMPTY: SegmentState = {
  position: START,
  sealed: [],
  files: [],
  pending: undefined,
  late: [],
  upload: undefined,
};

class CountedWaits extends PendingWaits {
  progressNotes = 0;

  override noteProgress(): void {
    this.progressNotes += 1;
    super.noteProgress();
  }
}

export interface CheckpointFixture extends AsyncDisposable {
  readonly store: Store;
  readonly checkpoints: CheckpointStore;
  readonly waits: CountedWaits;
  readonly write: (attempt: number, index: number, state: SegmentState) => Promise<void>;
  readonly seal: (attempt: number, index: number, n: number, files: readonly Required<DataFile>[]) => Promise<void>;
}

export function file(key: string): Required<DataFile> {
  return { key, size: 1, md5: 'B2M2Y8AsgTpgAmY7PhCfqg==', sha256: 'a'.repeat(64), etag: 'e', itemCount: 1 };
}

export async function openCheckpoints(): Promise<CheckpointFixture> {
  await using stack = new AsyncDisposableStack();
  const store = stack.use(await openStore());
  const bucket = new Bucket({ client: stack.use(clientOfBucket(store.endpoint)), name: await store.createBucket() });
  const waits = new CountedWaits();
  const checkpoints = new CheckpointStore({
    bucket,
    prefix: '',
    step: 'step',
    parameters: {},
    waits,
    signal: new AbortController().signal,
  });
  const resources = stack.move();
  return {
    store,
    checkpoints,
    waits,
    write: (attempt, index, state) => checkpoints.writeSegment(attempt, index, segmentJson(RUN.exportId, state)),
    seal: (attempt, index, n, files) =>
      checkpoints.writeSealedFiles(attempt, index, n, sealedFilesJson(RUN.exportId, files)),
    [Symbol.asyncDispose]: () => resources.disposeAsync(),
  };
}
