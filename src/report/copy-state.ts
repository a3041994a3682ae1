import type { ExportState } from '../export/export-progress.ts';
import type { Scope } from '../manifest/layout.ts';
import type { ScanState } from '../scan/scan-state.ts';

/** Facts about the copy of a step that are known before an engine starts. */
export interface CopyFacts {
  readonly bucket: string;
  readonly scope: Scope;
  /** Name of the shard that the step copies, such as `3-of-8`; undefined if it copies the whole table. */
  readonly shard?: string | undefined;
  /** Why the Action chose this engine; undefined if the inputs specify it. */
  readonly engineReason: string | undefined;
}

/** State of the copy of a step, also after a failure. Outputs and summary are created from it. */
export type CopyState = CopyFacts & (ScanState | ExportState);
