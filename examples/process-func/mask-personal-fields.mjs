/**
 * Writes every item as a line of JSON without what identifies a person: names and e-mail addresses are masked, phone
 * numbers left out, wherever in the item they are. For a copy of a production table that developers may load.
 *
 * Needs nothing but Node. Copy this file into your repository, make the lists below yours, and name it in the workflow:
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

/** Attribute names in lower case, without `-`, `_` and spaces: `First-Name` and `first_name` are `firstname`. */
const MASKED = new Set(['name', 'firstname', 'lastname', 'fullname', 'surname', 'email', 'emailaddress', 'mail']);
const LEFT_OUT = new Set(['phone', 'phonenumber', 'telephone', 'mobile', 'mobilephone', 'fax']);

/** Of the names of the objects: `<26 characters>.jsonl.gz` */
export const extension = 'jsonl';

export default function maskPersonalFields(item, { NumberValue }) {
  return `${JSON.stringify(masked(item, NumberValue))}\n`;
}

function masked(value, NumberValue) {
  // A number that JavaScript would round: written digit for digit.
  if (value instanceof NumberValue) return JSON.rawJSON(value.toString());
  if (value instanceof Uint8Array) return Buffer.from(value).toString('base64');
  if (value instanceof Set || Array.isArray(value)) return Array.from(value, (inner) => masked(inner, NumberValue));
  if (typeof value !== 'object' || value === null) return value;
  const kept = Object.entries(value).filter(([name]) => !LEFT_OUT.has(plain(name)));
  return Object.fromEntries(
    kept.map(([name, inner]) => [name, MASKED.has(plain(name)) ? '***' : masked(inner, NumberValue)]),
  );
}

function plain(name) {
  return name.toLowerCase().replace(/[-_ ]/g, '');
}
