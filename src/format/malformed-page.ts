/**
 * The bytes of a page are not a Scan response: cut short, damaged, or no DynamoDB JSON. Its message says where and
 * what was expected, never what was there: that could be somebody's data.
 */
export class MalformedPage extends Error {
  override readonly name = 'MalformedPage';
  readonly expected: string;
  /** Index into the page's bytes; undefined where the check does not know it. */
  readonly at: number | undefined;

  constructor(expected: string, at?: number) {
    super(`expected ${expected} ${at === undefined ? 'in' : `at byte ${at} of`} the response`);
    this.expected = expected;
    this.at = at;
  }
}
