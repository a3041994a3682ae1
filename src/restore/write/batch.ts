/**
 * Maximum number of items in a BatchWriteItem request.
 * https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchWriteItem.html
 */
export const MAX_ITEMS_PER_BATCH = 25;

/**
 * Maximum size in bytes of a request with more than one item. DynamoDB accepts 16 MB, but more than this saves nothing:
 * the fixed cost of a request is small in comparison.
 */
export const MAX_BATCH_BYTES = 1024 * 1024;

/** Position of an item in a batch, and its key as `keyIn` returns it. */
export interface BatchItem {
  readonly start: number;
  readonly end: number;
  readonly key: string | undefined;
}

const ITEM_START = Buffer.from('{"PutRequest":{"Item":');
const ITEM_END = Buffer.from('}}');
const COMMA = Buffer.from(',');
const ITEM_OVERHEAD = COMMA.length + ITEM_START.length + ITEM_END.length;
const SUFFIX = Buffer.from(']},"ReturnConsumedCapacity":"INDEXES"}');

/** Returns the start of the body of a BatchWriteItem request, up to its first item. */
function prefixFor(tableName: string): Buffer {
  return Buffer.from(`{"RequestItems":{${JSON.stringify(tableName)}:[`);
}

/** The body of a BatchWriteItem request that puts items, in a buffer that is used again. */
export class Batch {
  readonly items: BatchItem[] = [];
  private readonly prefix: Buffer;
  private bytes = Buffer.allocUnsafeSlow(MAX_BATCH_BYTES);
  /** Number of bytes in use. */
  private length = 0;

  constructor(tableName: string) {
    this.prefix = prefixFor(tableName);
    this.clear();
  }

  /** Returns true if there is room for an item of `bytes` bytes. An item of any size fits into an empty batch. */
  fits(bytes: number): boolean {
    const { items, length } = this;
    if (items.length === 0) return true;
    return items.length < MAX_ITEMS_PER_BATCH && length + bytes + ITEM_OVERHEAD + SUFFIX.length <= MAX_BATCH_BYTES;
  }

  /** Appends the item at `start` to `end` of `source`, which must be one valid JSON object. */
  add(source: Buffer, start: number, end: number, key: string | undefined): void {
    this.ensure(end - start + ITEM_OVERHEAD + SUFFIX.length);
    if (this.items.length > 0) this.append(COMMA);
    this.append(ITEM_START);
    const itemStart = this.length;
    this.length += source.copy(this.bytes, itemStart, start, end);
    this.items.push({ start: itemStart, end: this.length, key });
    this.append(ITEM_END);
  }

  /** Returns the body of a request that puts these items of the batch. For all items, it is a view of the buffer. */
  bodyOf(items: readonly BatchItem[]): Buffer {
    if (items.length === this.items.length) {
      SUFFIX.copy(this.bytes, this.length);
      return this.bytes.subarray(0, this.length + SUFFIX.length);
    }
    const parts = items.flatMap((item, index) => [
      ...(index > 0 ? [COMMA] : []),
      ITEM_START,
      this.json(item),
      ITEM_END,
    ]);
    return Buffer.concat([this.prefix, ...parts, SUFFIX]);
  }

  /** Returns the JSON of an item, as a view of the buffer. */
  json({ start, end }: BatchItem): Buffer {
    return this.bytes.subarray(start, end);
  }

  /** Removes all items. Does not keep a buffer that was enlarged for one large item. */
  clear(): void {
    this.items.length = 0;
    if (this.bytes.length > MAX_BATCH_BYTES) this.bytes = Buffer.allocUnsafeSlow(MAX_BATCH_BYTES);
    this.length = this.prefix.copy(this.bytes);
  }

  private append(part: Buffer): void {
    this.length += part.copy(this.bytes, this.length);
  }

  private ensure(more: number): void {
    if (this.length + more <= this.bytes.length) return;
    const larger = Buffer.allocUnsafeSlow(this.length + more);
    this.bytes.copy(larger, 0, 0, this.length);
    this.bytes = larger;
  }
}
