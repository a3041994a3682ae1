/**
 * Writes a few attributes of each item as the columns of a CSV file, for a spreadsheet or a warehouse.
 *
 * Needs the package csv-stringify in your repository (`npm install csv-stringify`), and a step that installs it. Copy this
 * file there, make COLUMNS yours, and name it in the workflow; Node strips the types by itself:
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

/** Of the names of the objects: `<26 characters>.csv.gz` */
export const extension = 'csv';

/** The first line of every object. */
export const header = stringify([COLUMNS]);

/** Called with each item as plain JavaScript. Answers its line; null would leave the item out. */
export default function columnsAsCsv(item: Record<string, unknown>): string {
  return stringify([COLUMNS.map((column) => text(item[column]))]);
}

/** A cell. Numbers that JavaScript would round are objects whose toString gives all their digits. */
function text(value: unknown): string {
  if (value === undefined || value === null) return '';
  if (value instanceof Set) return [...value].map(text).join(' ');
  if (value instanceof Uint8Array) return Buffer.from(value).toString('base64');
  if (Array.isArray(value) || (typeof value === 'object' && Object.getPrototypeOf(value) === null)) {
    throw new TypeError('a list or a map does not fit into a cell');
  }
  return String(value);
}
