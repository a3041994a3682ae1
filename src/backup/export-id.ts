import { randomBytes } from 'node:crypto';

/**
 * The id of a copy in the shape of DynamoDB's own: the start in milliseconds as 14 digits, and 8 hexadecimal digits.
 * Ids sort by time.
 */
export function newExportId(start: Date): string {
  return `${String(start.getTime()).padStart(14, '0')}-${randomBytes(4).toString('hex')}`;
}

const BASE32 = 'abcdefghijklmnopqrstuvwxyz234567';

/** A name for a data object: 128 random bits as 26 characters of base32 without padding, as DynamoDB names its own. */
export function newDataName(): string {
  let bits = 0n;
  for (const byte of randomBytes(16)) bits = (bits << 8n) | BigInt(byte);
  // 128 bits are 25 characters of 5 bits and one of 3, which base32 fills up with zeros.
  bits <<= 2n;
  let name = '';
  for (let i = 25; i >= 0; i -= 1) name += BASE32[Number((bits >> BigInt(i * 5)) & 31n)];
  return name;
}
