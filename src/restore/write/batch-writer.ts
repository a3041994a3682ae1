import { setTimeout as sleep } from 'node:timers/promises';
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { CopyError } from '../../errors.ts';
import { keyOf } from '../../format/item-key.ts';
import { remedies } from '../../remedies.ts';
import type { PendingWaits } from '../../stall-watchdog.ts';
import { FIRST_RETRY_PAUSE, MAX_RETRY_PAUSE, MAX_RETRY_TIME } from '../../timeouts.ts';
import type { Batch, BatchItem } from './batch.ts';
import { BatchChannel } from './batch-request.ts';
import type { RejectedKeys } from './rejected-keys.ts';
import { estimatedUnits, type ObjectPace } from './write-pacing.ts';
import type { WriteProgress } from './write-progress.ts';

export interface BatchWriterOptions {
  readonly client: DynamoDBClient;
  readonly tableName: string;
  readonly keyAttributes: readonly string[];
  readonly progress: WriteProgress;
  readonly rejectedKeys: RejectedKeys;
  readonly waits: PendingWaits;
  readonly signal: AbortSignal;
}

/** Errors that an item causes: it is invalid for the table or for one of its indexes. A retry cannot succeed. */
const REJECTIONS = /^(ValidationException|SerializationException|ItemCollectionSizeLimitExceededException)$/;

/** Writes batches: repeats the items that DynamoDB did not process, and finds those that it rejects. */
export class BatchWriter {
  private readonly options: BatchWriterOptions;
  /** Channels that are not in use: as many as batches are written at the same time. */
  private readonly channels: BatchChannel[] = [];

  constructor(options: BatchWriterOptions) {
    this.options = options;
  }

  /**
   * Writes all items of a batch, except those that DynamoDB rejects.
   *
   * @throws {CopyError} THROTTLED if DynamoDB processes no item for `MAX_RETRY_TIME`
   * @throws {CopyError} ITEMS_REJECTED if to continue is pointless
   * @throws errors of the SDK
   */
  async write(batch: Batch, pace: ObjectPace): Promise<void> {
    await this.writeItems(batch, batch.items, pace);
  }

  private async writeItems(batch: Batch, items: readonly BatchItem[], pace: ObjectPace): Promise<void> {
    let pending = items;
    let failures: { readonly since: number; readonly count: number } | undefined;
    while (pending.length > 0) {
      const remaining = await this.send(batch, pending, pace);
      if (remaining === 'rejected') {
        await this.divide(batch, pending, pace);
        return;
      }
      if (remaining.length === 0) return;
      if (remaining.length < pending.length) failures = undefined;
      failures = { since: failures?.since ?? performance.now(), count: (failures?.count ?? 0) + 1 };
      pending = remaining;
      await this.pause(failures);
    }
  }

  /** Sends one request. @returns the items that DynamoDB did not process, or 'rejected' if it rejected the request */
  private async send(
    batch: Batch,
    items: readonly BatchItem[],
    pace: ObjectPace,
  ): Promise<readonly BatchItem[] | 'rejected'> {
    const { client, tableName, progress, waits, signal, rejectedKeys } = this.options;
    const permit = await pace.permit(sumOf(items, unitsOf), signal);
    const channel = this.channels.pop() ?? new BatchChannel(client, tableName, signal);
    try {
      const sending = channel.send(batch.bodyOf(items), permit);
      const response = await waits.during('DynamoDB to respond to BatchWriteItem', sending);
      const remaining = this.unprocessed(items, response.unprocessed);
      const written = remaining.length > 0 ? items.filter((item) => !remaining.includes(item)) : items;
      permit.consumed(response.tableUnits, sumOf(written, unitsOf));
      progress.stored(written.length, sumOf(written, bytesOf), response.totalUnits);
      if (remaining.length > 0) pace.throttledItems();
      return remaining;
    } catch (error) {
      if (!(error instanceof Error) || !REJECTIONS.test(error.name)) throw error;
      permit.rejected();
      const [item] = items;
      if (items.length > 1 || !item) return 'rejected';
      progress.rejected();
      rejectedKeys.add(batch.json(item), error.name, progress.figures.itemCount);
      return [];
    } finally {
      this.channels.push(channel);
    }
  }

  /** Writes each half by itself, in order. */
  private async divide(batch: Batch, items: readonly BatchItem[], pace: ObjectPace): Promise<void> {
    const middle = items.length >> 1;
    await this.writeItems(batch, items.slice(0, middle), pace);
    await this.writeItems(batch, items.slice(middle), pace);
  }

  /**
   * Returns the items of the request that the response contains. They are recognized by their keys, and their bytes are
   * sent again as they are in the copy: those of the response can be in another order and notation. If an item of the
   * response is not recognized, all items are sent again. To put an item twice is harmless.
   */
  private unprocessed(items: readonly BatchItem[], returned: readonly unknown[]): readonly BatchItem[] {
    if (returned.length === 0) return [];
    const byKey = new Map(items.map((item) => [item.key, item]));
    const found = new Set<BatchItem>();
    for (const item of returned) {
      const sent = byKey.get(keyOf(item, this.options.keyAttributes));
      if (sent?.key === undefined) return items;
      found.add(sent);
    }
    return found.size === returned.length ? [...found] : items;
  }

  /** Pauses longer with each failure in a row. */
  private async pause({ since, count }: { readonly since: number; readonly count: number }): Promise<void> {
    const { waits, signal } = this.options;
    if (performance.now() - since > MAX_RETRY_TIME) {
      throw new CopyError(
        'THROTTLED',
        'DynamoDB returned all items of a BatchWriteItem request as unprocessed for 10 minutes.',
        remedies.changeWriteCapacity,
      );
    }
    const ceiling = Math.min(MAX_RETRY_PAUSE, FIRST_RETRY_PAUSE.throttled * 2 ** Math.min(count - 1, 16));
    await waits.duringOwnTimeouts(sleep(ceiling * (0.1 + 0.9 * Math.random()), undefined, { signal }));
  }
}

function bytesOf({ start, end }: BatchItem): number {
  return end - start;
}

function unitsOf(item: BatchItem): number {
  return estimatedUnits(bytesOf(item));
}

function sumOf(items: readonly BatchItem[], figureOf: (item: BatchItem) => number): number {
  let sum = 0;
  for (const item of items) sum += figureOf(item);
  return sum;
}
