/** Keys of a copy in the bucket, which are the same for scans and DynamoDB exports. */
export interface Layout {
  /** `[prefix/]AWSDynamoDB/<export id>/` */
  readonly root: string;
  /** Contains only data objects, because an import reads every object in it. */
  readonly data: string;
  readonly started: string;
  readonly manifestFiles: string;
  readonly manifestFilesMd5: string;
  readonly manifestCopy: string;
  /** The definition of the table. */
  readonly manifestTable: string;
  /** SHA-256 of every data object and of every other manifest. Exports have none. */
  readonly manifestChecksums: string;
  readonly manifestSummary: string;
  readonly manifestSummaryMd5: string;
}

/**
 * Returns whether a scan can write the key as a multipart upload: data objects, and the marker in the check of write
 * access.
 */
export function isUploadableKey(key: string): boolean {
  return /(?:^|\/)AWSDynamoDB\/\d{14}-[\da-f]{8}\/(?:_started|data\/[^/]+)$/.test(key);
}

/** Name of the manifest with the SHA-256 of every object of a copy. manifest-copy.json contains it too. */
export const CHECKSUMS_NAME = 'manifest-sha256.txt';

/** @param prefix without a trailing slash; '' for none */
export function copyLayout(prefix: string, exportId: string): Layout {
  const root = `${prefix === '' ? '' : `${prefix}/`}AWSDynamoDB/${exportId}/`;
  return {
    root,
    data: `${root}data/`,
    started: `${root}_started`,
    manifestFiles: `${root}manifest-files.json`,
    manifestFilesMd5: `${root}manifest-files.md5`,
    manifestCopy: `${root}manifest-copy.json`,
    manifestTable: `${root}manifest-table.json`,
    manifestChecksums: `${root}${CHECKSUMS_NAME}`,
    manifestSummary: `${root}manifest-summary.json`,
    manifestSummaryMd5: `${root}manifest-summary.md5`,
  };
}

/**
 * Returns the key of the folder with the checkpoints of a step or of a copy that several jobs write, with a slash at the
 * end. It is not in the folder of the copy, because tools read every object there.
 *
 * @param prefix without a trailing slash; '' for none
 */
export function checkpointFolder(prefix: string, step: string): string {
  return `${prefix === '' ? '' : `${prefix}/`}AWSDynamoDB/_resume/${step}/`;
}

/** Returns the path of an object relative to the folder of its copy, as in manifest-sha256.txt. */
export function pathInCopy({ root }: Layout, key: string): string {
  return key.slice(root.length);
}

/**
 * What a copy contains: the whole table; a subset because of a filter, projection, index, shard, start key or a module
 * that returns text; or items that a module of the user has changed or left out.
 */
export type Scope = (typeof SCOPES)[number];

export const SCOPES = ['table', 'subset', 'transformed'] as const;

/** Identifies a copy in its bucket. It is known before the first request. */
export interface CopyIdentity {
  readonly exportId: string;
  readonly layout: Layout;
}

/**
 * What a stored copy contains. Every copy that a module has written is `transformed`. `unknown`: an export of which
 * neither the copy nor DynamoDB states whether it was filtered.
 */
export type CopyScope = Scope | 'unknown';

/** Returns the location of a copy, for the key of its folder: `[prefix/]AWSDynamoDB/<export id>/`, with the slash. */
export function copyInFolder(folder: string): CopyIdentity | undefined {
  const [, prefix = '', exportId] = /^(?:(.+)\/)?AWSDynamoDB\/(\d{14}-[\da-f]{8})\/$/s.exec(folder) ?? [];
  return exportId === undefined ? undefined : { exportId, layout: copyLayout(prefix, exportId) };
}
