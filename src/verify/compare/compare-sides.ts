import { CopyError } from '../../errors.ts';
import type { KeyDefinition } from '../../format/check-lines.ts';
import type { OnItems } from '../../format/line-checker.ts';
import { MalformedPage } from '../../format/malformed-page.ts';
import { remedies } from '../../remedies.ts';
import type { ComparisonProgress } from './comparison-progress.ts';
import { type DifferenceCounts, DifferenceSearch, type SideName } from './difference-search.ts';
import { DifferencesFile } from './differences-file.ts';
import { newDigestSecret } from './digested-items.ts';
import { ItemDigests } from './item-digests.ts';

/** Maximum memory in bytes for the items of pass 2. */
const MAX_ENTRY_BYTES = 64 * 1024 * 1024;

/** What is compared: a stored copy or a table. */
export interface Side {
  /** Begins a sentence: `The copy ...`, `The table ...`. */
  readonly name: string;
  /**
   * Reads all items, each time it is called.
   *
   * @param onItems receives complete lines in DYNAMODB_JSON, valid only during the call; an error that it throws ends
   *   the reading and is rethrown
   * @param signal ends the reading
   */
  read(onItems: OnItems, signal: AbortSignal): Promise<void>;
}

export interface ComparisonRequest {
  /** Partition key, then sort key if there is one. */
  readonly keyAttributes: readonly KeyDefinition[];
  /** Path of the file for the keys of differences. It is created, readable by its owner only, if there are any. */
  readonly differencesFile: string;
  readonly progress: ComparisonProgress;
  readonly signal: AbortSignal;
  /** Maximum memory in bytes for the items of pass 2. Default: 64 MiB. */
  readonly maxBytes?: number;
}

/** Result of a comparison. */
export interface Comparison {
  /** True if both have the same items, each as often. Decided by pass 1 alone. */
  readonly isEqual: boolean;
  /** Number of items that only the copy has. An item that the copy has twice and the other once counts once. */
  readonly onlyInCopy: number;
  readonly onlyInOther: number;
  /** Number of items that both have with the same key and different content. */
  readonly different: number;
  /**
   * False if the counts are lower bounds: differing items did not fit into memory, or a side had other items in pass 2.
   */
  readonly isComplete: boolean;
  /** Path of the differences file; undefined if no key was found. */
  readonly differencesFile: string | undefined;
  readonly copyItemCount: number;
  readonly otherItemCount: number;
}

type Sides = Readonly<Record<SideName, Side>>;

/**
 * Compares all items of two sides. Reads the copy, then the other. If they differ, reads both again to find the keys of
 * the differences.
 *
 * @throws {CopyError} NOT_COMPARABLE if an item is not valid or does not have the key attributes
 * @throws the error of a side, or of the file system
 */
export async function compareSides(copy: Side, other: Side, request: ComparisonRequest): Promise<Comparison> {
  const { keyAttributes } = request;
  const sides: Sides = { copy, other };
  const secret = newDigestSecret();
  const digests = {
    copy: new ItemDigests(keyAttributes, secret),
    other: new ItemDigests(keyAttributes, secret),
  };
  await readBoth(sides, 1, request, (side, lines) => digests[side].addLines(lines));
  const itemCounts = { copyItemCount: digests.copy.sums.itemCount, otherItemCount: digests.other.sums.itemCount };
  const buckets = digests.copy.sums.differingFrom(digests.other.sums);
  if (buckets.length === 0) return { ...EQUAL, ...itemCounts };

  const { maxBytes = MAX_ENTRY_BYTES } = request;
  const search = new DifferenceSearch(keyAttributes, secret, digests, buckets, maxBytes);
  await readBoth(sides, 2, request, (side, lines) => search.addLines(side, lines));
  return { ...EQUAL, ...itemCounts, ...findDifferences(search, buckets, request), isEqual: false };
}

const EQUAL = {
  isEqual: true,
  onlyInCopy: 0,
  onlyInOther: 0,
  different: 0,
  isComplete: true,
  differencesFile: undefined,
} as const;

async function readBoth(
  sides: Sides,
  pass: 1 | 2,
  { progress, signal }: ComparisonRequest,
  addLines: (side: SideName, lines: Buffer) => void,
): Promise<void> {
  for (const name of ['copy', 'other'] as const) {
    const side = sides[name];
    progress.startReading(pass, name);
    await side.read((lines) => {
      try {
        addLines(name, lines);
      } catch (error) {
        throw error instanceof MalformedPage ? notComparable(side, error) : error;
      }
      progress.linesRead(lines.length);
    }, signal);
  }
}

function notComparable(side: Side, problem: MalformedPage): CopyError {
  return new CopyError(
    'NOT_COMPARABLE',
    `${side.name} contains an item that cannot be compared: expected ${problem.expected}.`,
    remedies.compareSameKeys,
    { cause: problem },
  );
}

function findDifferences(
  search: DifferenceSearch,
  buckets: readonly number[],
  { differencesFile }: ComparisonRequest,
): Pick<Comparison, 'onlyInCopy' | 'onlyInOther' | 'different' | 'isComplete' | 'differencesFile'> {
  using file = new DifferencesFile(differencesFile);
  const sum: DifferenceCounts = { 'only-in-copy': 0, 'only-in-other': 0, different: 0 };
  let isComplete = true;
  for (const bucket of buckets) {
    const found = search.differencesIn(bucket, (kind, key) => file.add(kind, key));
    isComplete &&= found.isComplete;
    for (const kind of ['only-in-copy', 'only-in-other', 'different'] as const) sum[kind] += found.counts[kind];
  }
  return {
    onlyInCopy: sum['only-in-copy'],
    onlyInOther: sum['only-in-other'],
    different: sum.different,
    isComplete,
    differencesFile: file.pathIfWritten,
  };
}
