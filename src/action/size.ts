const KIB = 1024;
const UNITS = { b: 1, kib: KIB, mib: KIB ** 2, gib: KIB ** 3 };

/**
 * The bytes that a size such as `134217728`, `128MiB` or `128 MiB` means; undefined for anything else.
 *
 * Fractions are refused, for few of them are whole bytes, and so are KB, MB and GB, which mean 1,000 to some and
 * 1,024 to others. Upper and lower case mean the same.
 */
export function parseSize(text: string): number | undefined {
  const [, digits = '', unit = 'b'] = /^(\d{1,15}) ?(b|kib|mib|gib)?$/i.exec(text) ?? [];
  if (digits === '') return undefined;
  return Number(digits) * UNITS[unit.toLowerCase() as keyof typeof UNITS];
}

/** Below, an object is smaller than a page of the scan; above, it nears the 5 GB that an import takes an object. */
export const SMALLEST_FILE_SIZE = 64 * KIB;
export const LARGEST_FILE_SIZE = 4 * KIB ** 3;

export const DEFAULT_FILE_SIZE = 128 * KIB ** 2;

export const FILE_SIZE_ALLOWED =
  'a whole number of bytes, KiB, MiB or GiB from 64KiB to 4GiB, such as 134217728 or 128MiB';

/** A size that an object of the copy may have. */
export function parseFileSize(text: string): number | undefined {
  const size = parseSize(text);
  return size !== undefined && size >= SMALLEST_FILE_SIZE && size <= LARGEST_FILE_SIZE ? size : undefined;
}
