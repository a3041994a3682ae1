/** Maximum number of segments in a Scan. */
export const MAX_SEGMENTS = 1_000_000;

/** DynamoDB ends a page of a Scan at 1 MB. */
export const MAX_PAGE_BYTES = 1024 * 1024;
