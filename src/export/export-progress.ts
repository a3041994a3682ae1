import { type CopyIdentity, copyLayout } from '../manifest/layout.ts';
import type { DataFile } from '../manifest/manifests.ts';
import { type DescribedExport, exportIdOf } from './described-export.ts';

/** Identifies the copy that an export writes. */
interface ExportIdentity extends CopyIdentity {
  readonly engine: 'export';
  readonly exportArn: string;
  /** Point in time that the copy represents; undefined if DynamoDB did not return it. */
  readonly snapshotTime: Date | undefined;
}

/** An export that is not verified: it is in progress, or it or its verification has failed. */
export interface StartedExport extends ExportIdentity {
  readonly stage: 'started';
  readonly files: readonly DataFile[] | 'not read';
}

/** Objects of a complete export in the bucket, as far as the role is authorized to read them. */
export interface VerifiedExport {
  /** Key of manifest-summary.json. */
  readonly manifestKey: string;
  readonly itemCount: number;
  /** Data objects that the manifests list. */
  readonly files: readonly DataFile[] | 'not authorized';
  /** Bytes of `files`, as S3 stores them. */
  readonly sizeBytes: number | 'not authorized';
}

/** An export that DynamoDB has completed and this step has verified. */
export interface CompleteExport extends ExportIdentity, VerifiedExport {
  readonly stage: 'complete';
}

/** State of an export. */
export type ExportState = { readonly engine: 'export'; readonly stage: 'not started' } | StartedExport | CompleteExport;

/** Read-only progress of an export, for code outside the export engine. */
export interface ExportStatus {
  /** State at the time of the access. */
  readonly state: ExportState;
}

/** Progress of an export. Only the export engine updates it. */
export class ExportProgress implements ExportStatus {
  private current: ExportState = { engine: 'export', stage: 'not started' };

  get state(): ExportState {
    return this.current;
  }

  /** Records the export that this step has started or found, with the prefix and time that DynamoDB returned. */
  start(description: DescribedExport): StartedExport {
    const started: StartedExport = { ...identityOf(description), stage: 'started', files: 'not read' };
    this.current = started;
    return started;
  }

  /** Records the data objects that the manifests list, before they are checked. */
  manifestsRead(started: StartedExport, files: readonly DataFile[]): void {
    this.current = { ...started, files };
  }

  /** Records the verified facts and returns the result of the export. */
  complete(started: StartedExport, verified: VerifiedExport): CompleteExport {
    const complete: CompleteExport = { ...started, ...verified, stage: 'complete' };
    this.current = complete;
    return complete;
  }
}

/**
 * Uses the prefix and times of the description, because those of an export that was found may differ from the inputs.
 */
function identityOf(description: DescribedExport): ExportIdentity {
  // DynamoDB omits the prefix if the request had none.
  const { ExportArn: exportArn, S3Prefix = '', IncrementalExportSpecification: incremental } = description;
  const exportId = exportIdOf(exportArn);
  const prefix = S3Prefix.replace(/\/$/, '');
  const keys = copyLayout(prefix, exportId);
  // All incremental exports under a prefix store their data in one folder, next to the folders of the single exports.
  const data = incremental ? `${prefix === '' ? '' : `${prefix}/`}AWSDynamoDB/data/` : keys.data;
  return {
    engine: 'export',
    exportArn,
    exportId,
    layout: { ...keys, data },
    snapshotTime: incremental ? incremental.ExportToTime : description.ExportTime,
  };
}
