import { CopyError } from '../../errors.ts';
import { MalformedPage } from '../../format/malformed-page.ts';
import { quote } from '../../message-text.ts';
import { remedies } from '../../remedies.ts';
import { isInvalidCompression } from '../../s3/decompression.ts';
import { ObjectChanged } from '../../s3/object-download.ts';

/** A data object is not what the manifests describe. */
export class DamagedObject extends Error {
  override readonly name = 'DamagedObject';

  /** @param problem completes a sentence that begins with the name of the object */
  constructor(key: string, problem: string, options?: { readonly cause?: unknown }) {
    super(`The data object ${quote(key.split('/').at(-1) ?? '')} ${problem}.`, options);
  }
}

/**
 * Returns the error for a failure while an object was read.
 *
 * @param line number of the last line that was read
 */
export function readFailure(error: unknown, key: string, line: number): unknown {
  const options = { cause: error };
  if (error instanceof MalformedPage)
    return new DamagedObject(key, `is damaged: it is not valid near line ${line}`, options);
  if (isInvalidCompression(error)) return new DamagedObject(key, 'is damaged: it cannot be decompressed', options);
  if (error instanceof ObjectChanged) return new DamagedObject(key, 'is missing or was replaced', options);
  return error;
}

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
