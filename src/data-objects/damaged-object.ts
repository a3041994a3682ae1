import { MalformedPage } from '../format/malformed-page.ts';
import { quote } from '../message-text.ts';
import { isInvalidCompression } from '../s3/decompression.ts';
import { ObjectChanged } from '../s3/object-download.ts';

/**
 * What is wrong with a data object. `changed`: its size or ETag is not that of the manifest. `replaced`: it was written
 * again after it was listed.
 */
export type DamageKind =
  | 'missing'
  | 'unexpected'
  | 'changed'
  | 'replaced'
  | 'compression'
  | 'trailing bytes'
  | 'md5'
  | 'sha256'
  | 'line'
  | 'count';

/** A data object is not what the manifests describe. */
export class DamagedObject extends Error {
  override readonly name = 'DamagedObject';
  readonly kind: DamageKind;
  /** Number of a line near which the content is invalid. */
  readonly line: number | undefined;

  /** @param problem completes a sentence that begins with the name of the object */
  constructor(
    key: string,
    kind: DamageKind,
    problem: string,
    options?: { readonly cause?: unknown; readonly line?: number },
  ) {
    super(`The data object ${quote(key.split('/').at(-1) ?? '')} ${problem}.`, options);
    this.kind = kind;
    this.line = options?.line;
  }
}

/**
 * Returns the error for a failure while an object was read. Errors that do not show that the object is damaged are
 * returned unchanged.
 *
 * @param line number of the last line that was read
 */
export function readFailure(error: unknown, key: string, line: number): unknown {
  const options = { cause: error };
  if (error instanceof MalformedPage) {
    return new DamagedObject(key, 'line', `is damaged: it is not valid near line ${line}`, {
      ...options,
      line,
    });
  }
  if (isInvalidCompression(error)) {
    return new DamagedObject(key, 'compression', 'is damaged: it cannot be decompressed', options);
  }
  if (error instanceof ObjectChanged) {
    return error.isMissing
      ? new DamagedObject(key, 'missing', 'is missing', options)
      : new DamagedObject(key, 'replaced', 'was replaced', options);
  }
  return error;
}
