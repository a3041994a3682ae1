/** The keys of one copy in the bucket: the same for a scan and for an export of DynamoDB's. */
export interface Layout {
  /** `[prefix/]AWSDynamoDB/<export id>/` */
  readonly root: string;
  /** Holds the data objects and nothing else, as an import reads everything that lies in it. */
  readonly data: string;
  readonly started: string;
  readonly manifestFiles: string;
  readonly manifestFilesMd5: string;
  readonly manifestCopy: string;
  readonly manifestSummary: string;
  readonly manifestSummaryMd5: string;
}

/** Returns true for the keys that a scan may write in parts: data objects, and the marker in a check of write access. */
export function mayBeUploaded(key: string): boolean {
  return /(?:^|\/)AWSDynamoDB\/\d{14}-[\da-f]{8}\/(?:_started|data\/[^/]+)$/.test(key);
}

/** @param prefix without a slash at its end; '' for none */
export function layout(prefix: string, exportId: string): Layout {
  const root = `${prefix === '' ? '' : `${prefix}/`}AWSDynamoDB/${exportId}/`;
  return {
    root,
    data: `${root}data/`,
    started: `${root}_started`,
    manifestFiles: `${root}manifest-files.json`,
    manifestFilesMd5: `${root}manifest-files.md5`,
    manifestCopy: `${root}manifest-copy.json`,
    manifestSummary: `${root}manifest-summary.json`,
    manifestSummaryMd5: `${root}manifest-summary.md5`,
  };
}
