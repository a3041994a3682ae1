/**
 * An item that Ion cannot hold: half a surrogate pair, which DynamoDB JSON can spell as an escape and no Unicode text
 * may contain. The page is sound and another attempt reads the same, so this fails the run. Names no data.
 */
export class NotIon extends Error {
  override readonly name = 'NotIon';
  readonly remedy = 'Use export-format DYNAMODB_JSON or JSON, which keep such a string as it is, or repair the item.';

  constructor() {
    super('An item holds half of a surrogate pair, which is no Unicode text and cannot be written as Ion.');
  }
}
