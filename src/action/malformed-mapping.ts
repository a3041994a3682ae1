/**
 * Levels of nesting a mapping may have. DynamoDB takes 32 levels of lists and maps, which written with their types are
 * 64; the readers are recursive, so that there must be an end.
 */
export const DEEPEST_NESTING = 100;

export const DUPLICATE_KEY = 'the same key is there twice';
export const TOO_DEEP = 'values are nested too deeply';

/** A text is no mapping that can be used. Its message says what is wrong and never what is written there. */
export class MalformedMapping extends Error {
  override readonly name = 'MalformedMapping';
  /** Index into the text. */
  readonly at: number;

  constructor(what: string, at: number) {
    super(what);
    this.at = at;
  }
}
