/** Maximum number of segments in a Scan. */
export const MAX_SEGMENTS = 1_000_000;

/** DynamoDB ends a page of a Scan at 1 MB. */
export const MAX_PAGE_BYTES = 1024 * 1024;

/**
 * Maximum size of an item in bytes.
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html
 */
export const MAX_ITEM_BYTES = 400 * 1024;

/** Maximum size of the name of an attribute, or of a member of a map, in bytes. A name is not empty. */
export const MAX_NAME_BYTES = 65_535;

/** Maximum depth of a value: an attribute has depth 1, and an element of a list in it has depth 2. */
export const MAX_VALUE_DEPTH = 32;

/** Maximum sizes of the values of the partition key and of the sort key in bytes. */
export const MAX_PARTITION_KEY_BYTES = 2048;
export const MAX_SORT_KEY_BYTES = 1024;
