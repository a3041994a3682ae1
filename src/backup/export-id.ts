import { createHash, randomBytes } from 'node:crypto';

/** Which attempt of which step begins a copy. */
export interface Beginner {
  /** The same for all attempts of a step, and no other step's. */
  readonly step: string;
  readonly attempt: number;
}

/**
 * Returns an ID for a copy in the shape of DynamoDB's own: the start in milliseconds as 14 digits, and 8 hexadecimal
 * digits. IDs sort by time.
 *
 * @param beginner recorded in the ID, so that no checkpoint can claim the copy for another step; undefined for a copy
 *   without checkpoints
 */
export function newExportId(start: Date, beginner?: Beginner): string {
  const time = String(start.getTime()).padStart(14, '0');
  if (!beginner) return `${time}-${randomBytes(4).toString('hex')}`;
  // Two steps that look the same may start in the same millisecond.
  const salt = randomBytes(1).toString('hex');
  return `${time}-${salt}${digest(time, salt, beginner)}`;
}

/** Returns whether the ID is one that this attempt of this step gives to a copy. */
export function isExportIdOf(exportId: string, beginner: Beginner): boolean {
  const [, time = '', salt = '', tail] = /^(\d{14})-([\da-f]{2})([\da-f]{6})$/.exec(exportId) ?? [];
  return tail !== undefined && tail === digest(time, salt, beginner);
}

/** Returns the time at which a copy began, in milliseconds since 1970. */
export function startOf(exportId: string): number {
  return Number(exportId.slice(0, 14));
}

/** Six hexadecimal digits: a forger who wants a given ID has one chance in 16 million for each earlier attempt. */
function digest(time: string, salt: string, { step, attempt }: Beginner): string {
  return createHash('sha256')
    .update(JSON.stringify([time, salt, step, attempt]))
    .digest('hex')
    .slice(0, 6);
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

/** Returns whether a name is one of `newDataName`, followed by extensions. */
export function isDataName(name: string): boolean {
  return /^[a-z2-7]{25}[aeimquy4](\.[\w.-]+)?$/.test(name);
}
