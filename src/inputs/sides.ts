/**
 * First words of the inputs for one side of an Action: `source-aws-region` is the Region of the table of a copy. An
 * Action that does not always read the table calls the sides by their names.
 */
export interface Sides {
  readonly table: 'source' | 'table';
  readonly bucket: 'dest' | 'bucket';
}

export const COPY_SIDES: Sides = { table: 'source', bucket: 'dest' };

export const RESTORE_SIDES: Sides = { table: 'table', bucket: 'bucket' };
