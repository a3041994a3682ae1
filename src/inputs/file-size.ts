const KIB = 1024;
const UNITS = { b: 1, kib: KIB, mib: KIB ** 2, gib: KIB ** 3 };

/**
 * Parses a size such as `134217728`, `128MiB` or `128 MiB`. Units are not case-sensitive.
 *
 * Fractions are invalid, because most of them are not whole bytes. KB, MB and GB are invalid, because they can mean
 * powers of 1,000 or of 1,024.
 *
 * @returns bytes; undefined if the text is invalid
 */
export function parseSize(text: string): number | undefined {
  const [, digits = '', unit = 'b'] = /^(\d{1,15}) ?(b|kib|mib|gib)?$/i.exec(text) ?? [];
  if (digits === '') return undefined;
  return Number(digits) * UNITS[unit.toLowerCase() as keyof typeof UNITS];
}

/**
 * Range of file-size. A smaller object would hold less than a page of the scan; a larger one would be close to the
 * import limit of 5 GB per object.
 */
export const SMALLEST_FILE_SIZE = 64 * KIB;
export const LARGEST_FILE_SIZE = 4 * KIB ** 3;

export const DEFAULT_FILE_SIZE = 128 * KIB ** 2;

export const FILE_SIZE_ALLOWED =
  'a whole number of bytes, KiB, MiB or GiB from 64KiB to 4GiB, such as 134217728 or 128MiB';

/**
 * Parses the input file-size.
 *
 * @returns bytes; undefined if the text is invalid or the size is out of range
 */
export function parseFileSize(text: string): number | undefined {
  const size = parseSize(text);
  return size !== undefined && size >= SMALLEST_FILE_SIZE && size <= LARGEST_FILE_SIZE ? size : undefined;
}
