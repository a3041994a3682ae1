import type { DynamoDBClient, TableDescription } from '@aws-sdk/client-dynamodb';
import { CopyError } from '../../errors.ts';
import { transcodeDynamoDbJson } from '../../format/dynamodb-json.ts';
import type { OnItems } from '../../format/line-checker.ts';
import type { Logger } from '../../logger.ts';
import { convertWith } from '../../scan/byte-thread.ts';
import { followCapacity } from '../../scan/follow-capacity.ts';
import { Pacing } from '../../scan/pacing/pacing.ts';
import { readCapacityOf } from '../../scan/pacing/read-capacity.ts';
import { type ReadCapacitySetting, type ReadLimit, readLimitFor } from '../../scan/pacing/read-limit.ts';
import { PageBuffers, PageReader, requireAdvance } from '../../scan/page-reader.ts';
import { ScanProgress } from '../../scan/scan-progress.ts';
import type { ScanFigures } from '../../scan/scan-state.ts';
import { planSegments, type Segment, scatterSegments, segmentParameters } from '../../scan/segments.ts';
import { describeTable, isUnchangedTable, scanTarget, sizeMayBeStale } from '../../scan/table.ts';
import type { PendingWaits } from '../../stall-watchdog.ts';
import type { Side } from './compare-sides.ts';

export interface TableSideOptions {
  readonly client: DynamoDBClient;
  /** Name or ARN, as specified by the user. A table in another account requires its ARN. */
  readonly tableName: string;
  readonly readCapacity: ReadCapacitySetting;
  /** Size in bytes that the table is expected to have; undefined if unknown. DynamoDB's own figure can be hours old. */
  readonly expectedBytes?: number | undefined;
  readonly cores: number;
  readonly waits: PendingWaits;
  readonly logger: Logger;
  readonly signal: AbortSignal;
}

/** Figures of the readings of a table so far, both passes together. */
export type TableSideFigures = Pick<
  ScanFigures,
  'scannedCount' | 'consumedReadCapacity' | 'throttledRequests' | 'readLimit' | 'segments'
>;

/** Reads a table with a parallel Scan and consistent reads, within a read limit. Writes nothing. */
export class TableSide implements Side {
  readonly name: string;
  /** Description of the table when this object was created. */
  readonly table: TableDescription;
  /** Limit of the readings, with its reason. */
  readonly readLimit: ReadLimit;
  private readonly options: TableSideOptions;
  private readonly progress = new ScanProgress();

  private constructor(options: TableSideOptions, table: TableDescription) {
    this.options = options;
    this.table = table;
    this.name = `The table ${table.TableName ?? options.tableName}`;
    this.readLimit = readLimitFor(options.readCapacity, readCapacityOf(table));
    this.progress.setReadLimit(this.readLimit.unitsPerSecond);
  }

  /**
   * Describes the table.
   *
   * @throws {CopyError} TABLE_NOT_READY if it cannot be read; INVALID_INPUT if the read limit is a percentage and the
   *   table has no read capacity of which to take it
   * @throws errors of the SDK, also if the table does not exist
   */
  static async open(options: TableSideOptions): Promise<TableSide> {
    return new TableSide(options, await describeTable(options.client, options.tableName, options.signal));
  }

  get figures(): TableSideFigures {
    return this.progress.figures;
  }

  /**
   * Reads all items.
   *
   * @throws {CopyError} TABLE_RECREATED if the table was deleted and created again since `open`; PAGE_CORRUPT
   * @throws errors of the SDK; the first error, after all requests have ended
   */
  async read(onItems: OnItems, signal: AbortSignal = this.options.signal): Promise<void> {
    const { cores, logger } = this.options;
    const pacing = this.newPacing();
    const { segments, workers } = planSegments({
      requested: 'auto',
      hasStartKey: false,
      ...this.size(),
      fileSize: Number.POSITIVE_INFINITY,
      cores,
    });
    const workerCount = pacing.workers(workers);
    this.progress.planSegments(segments.length, workerCount);
    const stop = new AbortController();
    const stoppable = AbortSignal.any([signal, stop.signal]);
    const queue = scatterSegments(segments).values();
    // Not kept between readings, during which the copy is read.
    const buffers = new PageBuffers();
    let failure: { readonly error: unknown } | undefined;
    const work = async () => {
      const reader = new PageReader(this.options.client, convertWith(transcodeDynamoDbJson), buffers);
      try {
        for (const segment of queue) await this.readSegment(segment, { reader, pacing, onItems, signal: stoppable });
      } catch (error) {
        failure ??= { error };
        stop.abort();
      }
    };
    const stopFollowing = followCapacity({ ...this.options, scan: { request: {} } }, pacing, this.progress, logger);
    await Promise.all(Array.from({ length: workerCount }, work));
    stopFollowing();
    if (failure) throw failure.error;
    await this.requireSameTable(signal);
  }

  private size() {
    const { expectedBytes = 0 } = this.options;
    const target = scanTarget(this.table);
    return {
      sizeBytes: Math.max(target.sizeBytes ?? 0, expectedBytes),
      sizeMayBeStale: sizeMayBeStale(target, this.table, 0),
    };
  }

  private newPacing(): Pacing {
    const { table, progress, options } = this;
    const { TableSizeBytes, ItemCount } = table;
    return new Pacing({
      unitsPerSecond: progress.figures.readLimit,
      consistentRead: true,
      bytesPerItem: TableSizeBytes && ItemCount ? TableSizeBytes / ItemCount : undefined,
      onThrottle: () => progress.throttled(),
      waits: options.waits,
    });
  }

  private async readSegment(segment: Segment, { reader, pacing, onItems, signal }: SegmentReading): Promise<void> {
    const { waits, tableName } = this.options;
    const pace = pacing.startSegment();
    try {
      let page: Awaited<ReturnType<PageReader['read']>> | undefined;
      do {
        const startKey = page?.lastEvaluatedKey;
        const input = {
          TableName: tableName,
          ConsistentRead: true,
          ...segmentParameters(segment),
          ...(startKey && { ExclusiveStartKey: startKey }),
        };
        page = await waits.during('DynamoDB to respond to Scan', reader.read(input, pace, signal));
        requireAdvance(page, startKey, segment.index);
        const { scannedCount, consumedCapacity } = page;
        this.progress.count({ scannedCount, consumedReadCapacity: consumedCapacity });
        onItems(page.lines);
      } while (page.lastEvaluatedKey);
    } finally {
      pace.end();
    }
    this.progress.segmentDone(segment.index);
  }

  private async requireSameTable(signal: AbortSignal): Promise<void> {
    const { client, tableName } = this.options;
    if (isUnchangedTable(await describeTable(client, tableName, signal), this.table)) return;
    throw new CopyError(
      'TABLE_RECREATED',
      `${this.name} was deleted and re-created while it was read, so nothing was proved.`,
      'Re-run the job.',
    );
  }
}

interface SegmentReading {
  readonly reader: PageReader;
  readonly pacing: Pacing;
  readonly onItems: OnItems;
  readonly signal: AbortSignal;
}
