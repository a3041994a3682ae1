import type { ReplayShape } from '../test/emulators/replay-items.ts';
import type { Protocol } from '../test/fixtures/local-certificate.ts';

export type ClientName =
  | 'reading'
  | 'floor'
  | 'action'
  | 'baseline'
  | 'sdk-objects'
  | 'shelf'
  | 'airflow'
  | RestoreClientName
  | 'verify-data'
  | CompareClientName;
export type RestoreClientName = 'restore-loader' | 'restore-floor' | 'restore-sdk' | 'restore-bodies';
export type CompareClientName = 'compare-table' | 'compare-copy' | 'compare-sides';
export type Compression = 'none' | 'zstd' | 'gzip';
export type FormatName = 'DYNAMODB_JSON' | 'JSON' | 'ION';

/** One row of the results: a client, its settings, and its data. */
export interface Row {
  /** ID of the row, used by figures and `--only`. */
  readonly id: string;
  readonly label: string;
  readonly client: ClientName;
  readonly shape: ReplayShape;
  /** MiB of responses that the client reads, or of lines that it loads. */
  readonly mib: number;
  readonly compression: Compression;
  readonly format?: FormatName;
  /** `auto`: the default of the Action, which depends on the size of the table. */
  readonly segments: number | 'auto';
  /** Number of pages of the table. Default: as many as `mib` requires. */
  readonly pages?: number;
  readonly pageBytes?: number;
  readonly latencyMs?: number;
  /** Protocol of both servers. Default: HTTPS, which all users use. */
  readonly protocol?: Protocol;
  /** True if the table has half of the items of the copy with which it is compared. */
  readonly isDifferent?: boolean;
  /** True if the client is expected to fail. The report then shows the error. */
  readonly fails?: boolean;
}

/** Rows that are measured together: in each round, every row runs once, in sequence. */
export interface Group {
  readonly title: string;
  readonly about: string;
  readonly rows: readonly Row[];
  readonly rounds: number;
  /** True if the report shows seconds instead of MB per second, because the runs are short. */
  readonly isShort?: boolean;
}

/** Number of segments of a row, unless it compares numbers of segments. */
export const SEGMENTS = 16;

export function floor(shape: ReplayShape, mib: number, compression: Compression): Row {
  const id = `${shape}/floor/${compression}`;
  return { id, label: 'Floor', client: 'floor', shape, mib, compression, segments: SEGMENTS };
}

export function action(shape: ReplayShape, mib: number, format: FormatName, compression: Compression): Row {
  const id = `${shape}/action/${format}/${compression}`;
  return { id, label: `This Action, ${format}`, client: 'action', shape, mib, compression, format, segments: SEGMENTS };
}

/** Returns the row of the baseline that is compared with a row of the Action. */
export function baseline(row: Row): Row {
  return { ...row, id: idOfBaseline(row.id), label: 'Baseline', client: 'baseline' };
}

/** Returns the ID of the row of the baseline that is compared with a row of the Action. */
export function idOfBaseline(id: string): string {
  return id.replace('/action/', '/baseline/');
}

/** Returns the ID of the same row over HTTP. */
export function idOverHttp(id: string): string {
  return `${id}/http`;
}

export function overHttp(row: Row): Row {
  return { ...row, id: idOverHttp(row.id), protocol: 'http' };
}
