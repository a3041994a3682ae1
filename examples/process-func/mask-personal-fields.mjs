/**
 * Replaces names and email addresses by pseudonyms and removes phone numbers, at any depth, so that the copy can be loaded
 * into a table for tests. The same text gets the same pseudonym in every item, table and copy while MASKING_KEY stays the
 * same. Different texts get different ones, so masked key attributes stay unique.
 *
 * Has no dependencies. Copy this file to your repository, edit the lists below, and set process-func in the workflow.
 * examples/workflows/refresh-staging.yml copies a table with it and restores the copy:
 *
 *     permissions:
 *       id-token: write
 *       contents: read
 *     steps:
 *       - uses: actions/checkout@v7
 *       - uses: OWNER/dynamodb-to-s3@v1
 *         with:
 *           dynamodb-table-name: customers
 *           s3-bucket-name: my-staging-data
 *           aws-region: eu-central-1
 *           role-to-assume: arn:aws:iam::123456789012:role/masked-copy
 *           process-func: scripts/mask-personal-fields.mjs
 *         env:
 *           MASKING_KEY: ${{ secrets.MASKING_KEY }}
 */
import { createHmac } from 'node:crypto';

/** Attribute names in lower case, without `-`, `_` and spaces: `firstname` matches `First-Name` and `first_name`. */
const MASKED = new Set(['name', 'firstname', 'lastname', 'fullname', 'surname', 'email', 'emailaddress', 'mail']);
const REMOVED = new Set(['phone', 'phonenumber', 'telephone', 'mobile', 'mobilephone', 'fax']);

/** Returns items, which are written in export-format. */
export const output = 'item';

const key = process.env.MASKING_KEY ?? '';
// Anyone who can guess the key can find out which name a pseudonym stands for.
if (key.length < 32) throw new Error('the environment variable MASKING_KEY must have at least 32 characters');

export default function maskPersonalFields(item) {
  return masked(item, false);
}

/** @param isPersonal true inside an attribute to mask */
function masked(value, isPersonal) {
  if (typeof value === 'string') return isPersonal ? pseudonym(value) : value;
  if (Array.isArray(value)) return value.map((inner) => masked(inner, isPersonal));
  if (isMap(value)) {
    const kept = Object.entries(value).filter(([name]) => !REMOVED.has(plain(name)));
    return Object.fromEntries(
      kept.map(([name, inner]) => [name, masked(inner, isPersonal || MASKED.has(plain(name)))]),
    );
  }
  if (!isPersonal || typeof value === 'boolean') return value;
  // Numbers and binary values do not stay useful when they are masked.
  return isStringSet(value) ? new Set([...value].map(pseudonym)) : null;
}

function pseudonym(text) {
  if (text === '') return text;
  const hash = createHmac('sha256', key).update(text).digest('hex').slice(0, 24);
  return text.includes('@') ? `${hash}@example.com` : hash;
}

/** Items and maps have no prototype, unlike numbers that JavaScript would round, sets and binary values. */
function isMap(value) {
  return typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === null;
}

function isStringSet(value) {
  return value instanceof Set && [...value].every((element) => typeof element === 'string');
}

function plain(name) {
  return name.toLowerCase().replace(/[-_ ]/g, '');
}
