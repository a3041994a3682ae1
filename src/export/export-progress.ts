import type { CopyIdentity } from '../backup/copy-identity.ts';
import { layout } from '../backup/layout.ts';
import type { DataFile } from '../backup/manifests.ts';
import { type DescribedExport, exportIdOf } from './described-export.ts';

/** The copy that an export makes. */
interface ExportIdentity extends CopyIdentity {
  readonly engine: 'export';
  readonly exportArn: string;
  /** Time that the copy represents; undefined if DynamoDB did not return it. */
  readonly snapshotTime: Date | undefined;
}

/** An export that is not verified: it is in progress, or it or its verification has failed. */
export interface StartedExport extends ExportIdentity {
  readonly stage: 'started';
  readonly files: readonly DataFile[] | 'not read';
}

/** What the bucket shows of a complete export, as far as the role is authorized to read it. */
export interface VerifiedExport {
  /** Key of manifest-summary.json. */
  readonly manifestKey: string;
  readonly itemCount: number;
  /** Data objects that the manifests name. */
  readonly files: readonly DataFile[] | 'not authorized';
  /** Bytes of `files`, as S3 stores them. */
  readonly sizeBytes: number | 'not authorized';
}

/** An export that DynamoDB has completed and this step has verified. */
export interface CompleteExport extends ExportIdentity, VerifiedExport {
  readonly stage: 'complete';
}

/** What is known of an export. */
export type ExportState = { readonly engine: 'export'; readonly stage: 'not started' } | StartedExport | CompleteExport;

/** Progress of an export, for everything outside of the engine. */
export interface ExportView {
  /** The state at the time of the access. */
  readonly state: ExportState;
}

/** Progress of an export, which the engine alone updates. */
export class ExportProgress implements ExportView {
  private current: ExportState = { engine: 'export', stage: 'not started' };

  get state(): ExportState {
    return this.current;
  }

  /** Notes the export that this step has started or found, with the prefix and time that DynamoDB returned. */
  start(description: DescribedExport): StartedExport {
    const started: StartedExport = { ...identityOf(description), stage: 'started', files: 'not read' };
    this.current = started;
    return started;
  }

  /** Notes the data objects that the manifests name, before it is known whether they exist. */
  manifestsRead(started: StartedExport, files: readonly DataFile[]): void {
    this.current = { ...started, files };
  }

  /** Notes what was verified, and returns the result of the export. */
  complete(started: StartedExport, verified: VerifiedExport): CompleteExport {
    const complete: CompleteExport = { ...started, ...verified, stage: 'complete' };
    this.current = complete;
    return complete;
  }
}

/** Its own prefix and times count: those of an export that was found may differ from the inputs. */
function identityOf(description: DescribedExport): ExportIdentity {
  // DynamoDB omits the prefix if the request had none.
  const { ExportArn: exportArn, S3Prefix = '', IncrementalExportSpecification: increment } = description;
  const exportId = exportIdOf(exportArn);
  const prefix = S3Prefix.replace(/\/$/, '');
  const keys = layout(prefix, exportId);
  // The data of all incremental exports under a prefix lie in one folder, beside those of the exports' own.
  const data = increment ? `${prefix === '' ? '' : `${prefix}/`}AWSDynamoDB/data/` : keys.data;
  return {
    engine: 'export',
    exportArn,
    exportId,
    layout: { ...keys, data },
    snapshotTime: increment ? increment.ExportToTime : description.ExportTime,
  };
}
