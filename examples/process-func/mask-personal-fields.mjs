/**
 * Writes every item as a line of JSON, with names and email addresses masked and phone numbers removed, at any depth.
 * Use it to give developers a copy of a production table.
 *
 * Has no dependencies. Copy this file to your repository, edit the lists below, and set process-func in the workflow:
 *
 *     permissions:
 *       id-token: write
 *       contents: read
 *     steps:
 *       - uses: actions/checkout@v7
 *       - uses: OWNER/dynamodb-to-s3@v1
 *         with:
 *           dynamodb-table-name: customers
 *           s3-bucket-name: my-test-data
 *           aws-region: eu-central-1
 *           role-to-assume: arn:aws:iam::123456789012:role/table-backup
 *           process-func: scripts/mask-personal-fields.mjs
 */

/** Attribute names in lower case, without `-`, `_` and spaces: `firstname` matches `First-Name` and `first_name`. */
const MASKED = new Set(['name', 'firstname', 'lastname', 'fullname', 'surname', 'email', 'emailaddress', 'mail']);
const REMOVED = new Set(['phone', 'phonenumber', 'telephone', 'mobile', 'mobilephone', 'fax']);

/** File extension of the data objects: `<26 characters>.jsonl.gz` */
export const extension = 'jsonl';

export default function maskPersonalFields(item, { NumberValue }) {
  return `${JSON.stringify(masked(item, NumberValue))}\n`;
}

function masked(value, NumberValue) {
  // JavaScript would round this number. rawJSON keeps every digit.
  if (value instanceof NumberValue) return JSON.rawJSON(value.toString());
  if (value instanceof Uint8Array) return Buffer.from(value).toString('base64');
  if (value instanceof Set || Array.isArray(value)) return Array.from(value, (inner) => masked(inner, NumberValue));
  if (typeof value !== 'object' || value === null) return value;
  const kept = Object.entries(value).filter(([name]) => !REMOVED.has(plain(name)));
  return Object.fromEntries(
    kept.map(([name, inner]) => [name, MASKED.has(plain(name)) ? '***' : masked(inner, NumberValue)]),
  );
}

function plain(name) {
  return name.toLowerCase().replace(/[-_ ]/g, '');
}
