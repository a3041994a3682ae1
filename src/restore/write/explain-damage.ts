import { DamagedObject } from '../../data-objects/damaged-object.ts';
import { CopyError } from '../../errors.ts';
import { remedies } from '../../remedies.ts';

/**
 * Returns the error to report to the user for a damaged object. Other errors are returned unchanged.
 *
 * @param hasStarted true if a request to write items was sent
 */
export function explainDamage(error: unknown, tableName: string, hasStarted: boolean): unknown {
  if (!(error instanceof DamagedObject)) return error;
  const consequence = hasStarted
    ? `The table ${tableName} is partial: a part of the items of the copy was written, and items of the damaged object can be wrong.`
    : `No item was written to the table ${tableName}.`;
  return new CopyError('COPY_DAMAGED', `${error.message} ${consequence}`, remedies.restoreAnotherCopy(hasStarted), {
    cause: error,
  });
}
