import { MAX_ITEM_BYTES, MAX_PAGE_BYTES } from '../../dynamodb-limits.ts';
import { RCU_BYTES } from './read-capacity.ts';

/**
 * Scan rounds the size of the data it reads up to the next 4 KB once per request. With pages of 64 KiB, this costs at
 * most 3%.
 */
const MIN_PAGE_BYTES = 64 * 1024;

/** Limit if the item size is unknown: 64 KiB if each item has 4 KiB. */
const FIRST_LIMIT = 16;

/** Factor by which the weight of earlier pages decreases with each new page. */
const DECAY = 0.9;

/**
 * Estimates the cost of pages, and the number of items for a page of a given cost. It learns only from the values that
 * DynamoDB reports for each page: the items read before the filter is applied and the consumed capacity.
 */
export class PageSizes {
  /** Cost of the largest possible page, in read capacity units (RCU). */
  readonly largest: number;
  /** Cost in RCU of the smallest page that justifies a request. */
  readonly smallest: number;
  private readonly unitsPerByte: number;
  private readonly expectedUnits: number | undefined;
  private units = 0;
  private items = 0;

  /** @param bytesPerItem average item size as reported by DynamoDB, possibly hours old; undefined if unknown */
  constructor(consistentRead: boolean, bytesPerItem: number | undefined) {
    const unitsPerByte = (consistentRead ? 1 : 0.5) / RCU_BYTES;
    this.unitsPerByte = unitsPerByte;
    this.largest = MAX_PAGE_BYTES * unitsPerByte;
    this.smallest = MIN_PAGE_BYTES * unitsPerByte;
    this.expectedUnits = bytesPerItem === undefined ? undefined : bytesPerItem * unitsPerByte;
  }

  /** True after the first page with items, which shows the cost of an item. */
  get isLearned(): boolean {
    return this.items > 0;
  }

  learn(units: number, items: number): void {
    if (items === 0) return;
    this.units = this.units * DECAY + units;
    this.items = this.items * DECAY + items;
  }

  /**
   * Returns the most that a page with this limit can cost in RCU. A page ends with the item that exceeds 1 MB: DynamoDB
   * reports 128.5 RCU for pages of small items.
   */
  maxCost(limit: number | undefined): number {
    const items = limit ?? Number.POSITIVE_INFINITY;
    return Math.min(MAX_PAGE_BYTES + MAX_ITEM_BYTES, items * MAX_ITEM_BYTES) * this.unitsPerByte;
  }

  /** Returns the number of items in a page that costs `units`; undefined for the maximum page size of DynamoDB. */
  limitFor(units: number): number | undefined {
    if (units >= this.largest) return undefined;
    const each = this.items > 0 ? this.units / this.items : this.expectedUnits;
    if (!each) return FIRST_LIMIT;
    return Math.max(1, Math.floor(units / each));
  }

  /**
   * Returns the expected cost in RCU of a page with this limit. Before the first page, returns the maximum: the
   * reported item size may be outdated.
   */
  cost(limit: number | undefined): number {
    if (limit === undefined || this.items === 0) return this.largest;
    return Math.min(this.largest, limit * (this.units / this.items));
  }
}
