import { MAX_SEGMENTS } from '../dynamodb-limits.ts';
import { formatCount } from '../message-text.ts';
import type { ReadCapacityInput } from '../scan/pacing/read-limit.ts';
import type { ScanParameters } from '../scan/scan-parameters.ts';
import { SEGMENTS_PER_SHARD } from '../scan/segments.ts';
import type { InputReader } from './input-reader.ts';

/** Reads total-segments: the number of segments of the table, or of the shard that `dynamodb-scan-kwargs` selects. */
export function readTotalSegments(reader: InputReader, { shard, startKey }: ScanParameters): number | 'auto' {
  const name = 'total-segments';
  const total = reader.parsed<number | 'auto'>(
    name,
    'auto',
    'auto, or a whole number from 1 to 1,000,000',
    parseTotalSegments,
  );
  const problems = reader.problems.at(name);
  if (startKey) {
    if (total !== 'auto' && total > 1) {
      problems.add(
        'cannot be set with dynamodb-scan-kwargs.ExclusiveStartKey, which reads a single segment. Leave one of them out',
      );
    }
  } else if (shard) {
    const perShard = total === 'auto' ? SEGMENTS_PER_SHARD : total;
    if (shard.totalSegments * perShard > MAX_SEGMENTS) {
      const max = Math.floor(MAX_SEGMENTS / shard.totalSegments);
      problems.add(
        `must be at most ${formatCount(max)} in every job of the matrix. With ` +
          `${formatCount(perShard)} segments per shard (dynamodb-scan-kwargs.TotalSegments), ` +
          'the table has more than 1,000,000 segments in total',
      );
    }
  }
  return total;
}

function parseTotalSegments(text: string): number | 'auto' | undefined {
  if (text === 'auto') return text;
  const total = /^\d{1,7}$/.test(text) ? Number(text) : 0;
  return total >= 1 && total <= MAX_SEGMENTS ? total : undefined;
}

export const READ_CAPACITY_ALLOWED =
  'auto, none, a whole number of read capacity units (RCU) per second from 1 to 100,000,000, or a percentage from 1% to 100%';

export const WRITE_CAPACITY_ALLOWED =
  'auto, none, a whole number of write capacity units (WCU) per second from 1 to 100,000,000, or a percentage from 1% to 100%';

const MAX_UNITS = 100_000_000;

/**
 * Parses the inputs read-capacity and write-capacity.
 *
 * @returns undefined if the text is not one of `READ_CAPACITY_ALLOWED`
 */
export function parseReadCapacity(text: string): ReadCapacityInput | undefined {
  if (text === 'auto' || text === 'none') return { kind: text };
  const [, digits, sign] = /^(\d{1,9})(%?)$/.exec(text) ?? [];
  const number = Number(digits ?? 0);
  const max = sign === '%' ? 100 : MAX_UNITS;
  if (number < 1 || number > max) return undefined;
  return sign === '%' ? { kind: 'percentage', fraction: number / 100 } : { kind: 'units', unitsPerSecond: number };
}

/** About one page: a copy with less could not read anything. */
const MIN_READ_BUDGET = 400;

const MAX_READ_BUDGET = 1e12;

/** Reads max-consumed-read-capacity, in read capacity units (RCU). */
export function readReadBudget(reader: InputReader): { readonly maxConsumedReadCapacity?: number } {
  const max = reader.parsed<number | undefined>(
    'max-consumed-read-capacity',
    undefined,
    'a whole number of read capacity units (RCU) from 400, about one page, to 1,000,000,000,000',
    (text) => {
      const units = /^\d{1,13}$/.test(text) ? Number(text) : 0;
      return units >= MIN_READ_BUDGET && units <= MAX_READ_BUDGET ? units : undefined;
    },
  );
  return max === undefined ? {} : { maxConsumedReadCapacity: max };
}

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
export const MIN_FILE_SIZE = 64 * KIB;
export const MAX_FILE_SIZE = 4 * KIB ** 3;

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
  return size !== undefined && size >= MIN_FILE_SIZE && size <= MAX_FILE_SIZE ? size : undefined;
}
