import { createHash, randomBytes } from 'node:crypto';

/** Step and attempt that start a copy. */
export interface CopyStarter {
  /** Unique to a step and the same for all of its attempts. */
  readonly step: string;
  readonly attempt: number;
}

/**
 * Returns an ID for a copy in the format of DynamoDB export IDs: the start time in milliseconds as 14 digits, and 8
 * hexadecimal digits. IDs sort by time.
 *
 * @param starter encoded in the ID, so that no checkpoint can assign the copy to another step; undefined for a copy
 *   without checkpoints
 */
export function newExportId(start: Date, starter?: CopyStarter): string {
  const time = String(start.getTime()).padStart(14, '0');
  if (!starter) return `${time}-${randomBytes(4).toString('hex')}`;
  // Two steps with the same identity may start in the same millisecond.
  const salt = randomBytes(1).toString('hex');
  return `${time}-${salt}${digest(time, salt, starter)}`;
}

/** Returns whether this attempt of this step created the ID. */
export function isExportIdOf(exportId: string, starter: CopyStarter): boolean {
  const [, time = '', salt = '', tail] = /^(\d{14})-([\da-f]{2})([\da-f]{6})$/.exec(exportId) ?? [];
  return tail !== undefined && tail === digest(time, salt, starter);
}

/** Returns the start time of a copy in milliseconds since 1970. */
export function startTimeOf(exportId: string): number {
  return Number(exportId.slice(0, 14));
}

/** Returns six hexadecimal digits. A forged ID matches a given earlier attempt with a chance of 1 in 16 million. */
function digest(time: string, salt: string, { step, attempt }: CopyStarter): string {
  return createHash('sha256')
    .update(JSON.stringify([time, salt, step, attempt]))
    .digest('hex')
    .slice(0, 6);
}

const BASE32 = 'abcdefghijklmnopqrstuvwxyz234567';

/**
 * Returns the two characters with which the names of a shard's data objects begin. The jobs of a copy write into one
 * folder, and each lists, replaces and deletes only the objects whose names begin with its own characters.
 *
 * @param index 1 for the first shard, at most 1,024
 */
export function shardNames(index: number): string {
  const position = index - 1;
  return `${BASE32.charAt(position >> 5)}${BASE32.charAt(position & 31)}`;
}

/**
 * Returns a data object name in DynamoDB's format: 128 bits as 26 characters of base32 without padding. They are random
 * apart from `start`.
 *
 * @param start first characters of the name, in base32: see `shardNames`
 */
export function newDataObjectName(start = ''): string {
  let bits = 0n;
  for (const byte of randomBytes(16)) bits = (bits << 8n) | BigInt(byte);
  // 128 bits are 25 characters of 5 bits and one of 3 bits, which base32 pads with zeros.
  bits <<= 2n;
  let name = '';
  for (let i = 25; i >= 0; i -= 1) name += BASE32[Number((bits >> BigInt(i * 5)) & 31n)];
  return `${start}${name.slice(start.length)}`;
}

/** Returns whether a name is in the format of `newDataObjectName`, with or without extensions. */
export function isDataObjectName(name: string): boolean {
  return /^[a-z2-7]{25}[aeimquy4](\.[\w.-]+)?$/.test(name);
}
