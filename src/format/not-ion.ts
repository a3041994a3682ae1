/**
 * An item cannot be written as Ion because a string contains half of a surrogate pair. DynamoDB JSON can represent it
 * as an escape sequence, but it is not valid Unicode text. The page is valid and a retry would return the same bytes,
 * so this error fails the run. Its texts contain no data.
 */
export class NotIon extends Error {
  override readonly name = 'NotIon';
  readonly remedy = 'Set export-format to DYNAMODB_JSON or JSON, which keep the string unchanged, or fix the item.';

  constructor() {
    super('An item contains half of a surrogate pair, which is not valid Unicode and cannot be written as Ion.');
  }
}
