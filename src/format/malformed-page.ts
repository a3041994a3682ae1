import { remedies } from '../remedies.ts';
/**
 * The bytes of a page are not a Scan response: incomplete, corrupted, or not DynamoDB JSON. The message contains the
 * position and what was expected. It never contains the bytes found there, which could be user data.
 */
export class MalformedPage extends Error {
  override readonly name = 'MalformedPage';
  readonly expected: string;
  /** Index in the bytes of the page; undefined if unknown. */
  readonly at: number | undefined;

  constructor(expected: string, at?: number) {
    super(`expected ${expected} ${at === undefined ? 'in' : `at byte ${at} of`} the response`);
    this.expected = expected;
    this.at = at;
  }
}

/**
 * An item cannot be written as Ion because a string contains half of a surrogate pair. DynamoDB JSON can represent it
 * as an escape sequence, but it is not valid Unicode text. The page is valid and a retry would return the same bytes,
 * so this error fails the run. Its texts contain no data.
 */
export class InvalidIonText extends Error {
  override readonly name = 'NotIon';
  readonly remedy = remedies.useAnotherFormat;

  constructor() {
    super('An item contains half of a surrogate pair, which is not valid Unicode and cannot be written as Ion.');
  }
}
