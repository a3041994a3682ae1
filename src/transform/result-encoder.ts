import { types } from 'node:util';

/** Turns the results of a module into bytes. */
export interface ResultEncoder {
  /**
   * Returns the bytes of one result. Copies it, because the module may change it afterwards.
   *
   * @throws {InvalidResult} if the result cannot be written
   * @throws errors of the module, if it has getters
   */
  encode(result: unknown): Buffer;

  /** Returns the lines of a page, in the order of its encoded results; valid until the next call. */
  join(encoded: readonly Buffer[]): Buffer;
}

/** A result that cannot be written. The texts contain nothing of the result. */
export class InvalidResult extends Error {
  override readonly name = 'InvalidResult';
  /** What to do, as full sentences. */
  readonly remedy: string;

  /** @param what follows the name of the module: `returned ...` */
  constructor(what: string, remedy: string) {
    super(what);
    this.remedy = remedy;
  }
}

/** Ends the remedies of errors about an item. */
export const NOT_SHOWN = 'The item is not shown because it may contain data.';

const RETURN_TEXT = `Return a string, a Uint8Array, null to leave out the item, or a promise of one of these. ${NOT_SHOWN}`;
const RETURN_TEXT_OR_DECLARE = `To return items as objects, add the line \`export const output = 'item'\` to the module. ${RETURN_TEXT}`;
const WELL_FORMED = 'Call toWellFormed() on the string, or use JSON.stringify, which escapes unpaired surrogates.';

/** For modules whose results are the exact bytes to write. */
export const TEXT_RESULTS: ResultEncoder = {
  encode(result) {
    if (typeof result === 'string') {
      // In UTF-8, an unpaired surrogate would become another character.
      if (result.isWellFormed()) return Buffer.from(result);
      throw new InvalidResult(
        'returned a string with an unpaired surrogate, which is not valid Unicode text',
        WELL_FORMED,
      );
    }
    if (types.isUint8Array(result)) return Buffer.from(result);
    throw new InvalidResult(
      `returned ${result === undefined ? 'undefined' : `a value of type ${typeof result}`}`,
      typeof result === 'object' ? RETURN_TEXT_OR_DECLARE : RETURN_TEXT,
    );
  },
  join: (encoded) => Buffer.concat(encoded),
};
