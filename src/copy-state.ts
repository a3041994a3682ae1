import type { Scope } from './backup/copy-identity.ts';
import type { ExportState } from './export/export-progress.ts';
import type { ScanState } from './scan/scan-progress.ts';

/** What a step knows of its copy before an engine starts. */
export interface CopyFacts {
  readonly bucket: string;
  readonly scope: Scope;
  /** Why the Action chose this engine; undefined if the inputs choose it. */
  readonly engineReason: string | undefined;
}

/** What is known of a step's copy at some time, also after a failure. Outputs and summary are made of it. */
export type CopyState = CopyFacts & (ScanState | ExportState);
