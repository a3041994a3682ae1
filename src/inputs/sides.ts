/**
 * First words of the inputs for one side of an Action: `source-aws-region` is the Region of the table of a copy. An
 * Action that does not always read the table calls the sides by their names. An Action without a bucket has no inputs
 * for one side.
 */
export interface Sides {
  readonly table: 'source' | 'table' | undefined;
  readonly bucket: 'dest' | 'bucket' | undefined;
  /** Input with the name or ARN of the table; undefined if the step accesses no table. */
  readonly tableInput: 'dynamodb-table-name' | 'compare-with' | undefined;
}

export const COPY_SIDES: Sides = { table: 'source', bucket: 'dest', tableInput: 'dynamodb-table-name' };

export const RESTORE_SIDES: Sides = { table: 'table', bucket: 'bucket', tableInput: 'dynamodb-table-name' };

/** Sides of a verification that compares the copy with a table, and of one that does not. */
export const COMPARE_SIDES: Sides = { table: 'table', bucket: 'bucket', tableInput: 'compare-with' };
export const VERIFY_SIDES: Sides = { ...COMPARE_SIDES, tableInput: undefined };

/** The only side of list-tables: the tables of an account in one Region. */
export const LIST_SIDES: Sides = { table: undefined, bucket: undefined, tableInput: undefined };
