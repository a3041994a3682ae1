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
