/** Maximum number of segments in a Scan. */
export const MAX_SEGMENTS = 1_000_000;

/**
 * Maximum size of an item.
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html
 */
export const MAX_ITEM_BYTES = 400 * 1024;

/** DynamoDB ends a page of a Scan at 1 MB. */
export const MAX_PAGE_BYTES = 1024 * 1024;
