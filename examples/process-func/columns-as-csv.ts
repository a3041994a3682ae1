/**
 * Writes selected attributes of each item as columns of a CSV file, for example for a spreadsheet or a data warehouse.
 *
 * Requires the package csv-stringify: run `npm install csv-stringify` in your repository, and `npm ci` in the job. Copy
 * this file to your repository, edit COLUMNS, and set process-func in the workflow. Node strips the types:
 *
 *     permissions:
 *       id-token: write
 *       contents: read
 *     steps:
 *       - uses: actions/checkout@v7
 *       - run: npm ci
 *       - uses: OWNER/dynamodb-to-s3@v1
 *         with:
 *           dynamodb-table-name: orders
 *           s3-bucket-name: my-warehouse
 *           aws-region: eu-central-1
 *           role-to-assume: arn:aws:iam::123456789012:role/table-backup
 *           dynamodb-scan-kwargs: '{"ProjectionExpression": "id, customer, amount"}'
 *           process-func: scripts/columns-as-csv.ts
 */
import { stringify } from 'csv-stringify/sync';

const COLUMNS = ['id', 'customer', 'amount'];

/** File extension of the data objects: `<26 characters>.csv.gz` */
export const extension = 'csv';

/** First line of every data object. */
export const header = stringify([COLUMNS]);

/** Returns the CSV line of an item. To leave an item out, return null. */
export default function columnsAsCsv(item: Record<string, unknown>): string {
  return stringify([COLUMNS.map((column) => text(item[column]))]);
}

/**
 * Returns the text of a cell.
 *
 * Numbers that JavaScript would round are objects. Their toString() returns all digits.
 */
function text(value: unknown): string {
  if (value === undefined || value === null) return '';
  if (value instanceof Set) return [...value].map(text).join(' ');
  if (value instanceof Uint8Array) return Buffer.from(value).toString('base64');
  if (Array.isArray(value) || (typeof value === 'object' && Object.getPrototypeOf(value) === null)) {
    throw new TypeError('lists and maps cannot be written to a CSV cell');
  }
  return String(value);
}
