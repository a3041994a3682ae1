/**
 * The bytes of a page are not a Scan response: cut short, damaged, or no DynamoDB JSON. Its message says where and
 * what was expected, never what was there: that could be somebody's data.
 */
export class MalformedPage extends Error {
  override readonly name = "MalformedPage";
  /** Index into the page's bytes. */
  readonly at: number;

  constructor(expected: string, at: number) {
    super(`expected ${expected} at byte ${at} of the response`);
    this.at = at;
  }
}
