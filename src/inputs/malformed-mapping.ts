/**
 * Maximum nesting depth of a mapping. DynamoDB allows 32 levels of lists and maps, which are 64 levels when written
 * with types. The parsers are recursive and need a limit.
 */
export const DEEPEST_NESTING = 100;

export const DUPLICATE_KEY = 'this key is defined twice';
export const TOO_DEEP = 'values are nested too deeply';

/** Error for text that is not a valid mapping. The message never contains the text. */
export class MalformedMapping extends Error {
  override readonly name = 'MalformedMapping';
  /** Index of the problem in the text. */
  readonly at: number;

  constructor(reason: string, at: number) {
    super(reason);
    this.at = at;
  }
}
