const KIB = 1024;

/**
 * Scan rounds what it has read up to 4 KB once a request: in pages of 64 KiB that costs 3% at the most.
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/read-write-operations.html
 */
const UNIT_BYTES = 4 * KIB;
const SMALLEST_PAGE_BYTES = 64 * KIB;

/** DynamoDB ends a page at 1 MB by itself. */
const LARGEST_PAGE_BYTES = 1024 * KIB;

/** Items asked for where nothing is known of their size: 64 KiB of items that fill a unit each. */
const FIRST_LIMIT = 16;

/** What an earlier page counts for beside the next one. */
const FADING = 0.9;

/**
 * What pages cost, and how many items make a page of a wanted cost. It learns from what DynamoDB reports of each page,
 * the items read before any filter and the units spent, and from nothing that is written.
 */
export class PageSizes {
  /** Read units of the largest page there is. */
  readonly largest: number;
  /** Read units of the smallest page that is worth a request. */
  readonly smallest: number;
  private readonly expectedUnits: number | undefined;
  private units = 0;
  private items = 0;

  /** @param bytesPerItem by DynamoDB's own count, which may be hours old; undefined where there is none */
  constructor(consistentRead: boolean, bytesPerItem: number | undefined) {
    const unitsPerByte = (consistentRead ? 1 : 0.5) / UNIT_BYTES;
    this.largest = LARGEST_PAGE_BYTES * unitsPerByte;
    this.smallest = SMALLEST_PAGE_BYTES * unitsPerByte;
    this.expectedUnits = bytesPerItem === undefined ? undefined : bytesPerItem * unitsPerByte;
  }

  /** True once a page was seen that shows what items cost. */
  get isLearned(): boolean {
    return this.items > 0;
  }

  learn(units: number, items: number): void {
    if (items === 0) return;
    this.units = this.units * FADING + units;
    this.items = this.items * FADING + items;
  }

  /** How many items make a page of that many units; undefined for a page as large as DynamoDB makes it. */
  limitFor(units: number): number | undefined {
    if (units >= this.largest) return undefined;
    const each = this.items > 0 ? this.units / this.items : this.expectedUnits;
    if (!each) return FIRST_LIMIT;
    return Math.max(1, Math.floor(units / each));
  }

  /** What such a page may cost. As long as no page was seen that is the most it can, as a count that is late may be wrong. */
  price(limit: number | undefined): number {
    if (limit === undefined || this.items === 0) return this.largest;
    return Math.min(this.largest, limit * (this.units / this.items));
  }
}
