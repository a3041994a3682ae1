import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { json } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { crc32 } from 'node:zlib';
import type { Spent } from '../fixtures/spending.ts';
import type { ReplayShape } from './replay-items.ts';
import { PAGE_BYTES, partOf, type ReplayPage, replayPages } from './replay-pages.ts';
import { TokenBucket } from './token-bucket.ts';

export interface ReplaySourceOptions {
  /** Approximate number of bytes that a Scan of the whole table returns; rounded up to whole pages. */
  readonly totalBytes: number;
  /** Number of pages. Default: as many as `totalBytes` requires. */
  readonly pages?: number;
  readonly tableName?: string;
  readonly seed?: number;
  /** Default: `mixed`. */
  readonly shape?: ReplayShape;
  /** Bytes of items per page. Default: 1 MiB. */
  readonly pageBytes?: number;
  /** Milliseconds to wait before the response to each Scan. */
  readonly latencyMs?: number;
  /** Additional members of Table in DescribeTable, such as ProvisionedThroughput. */
  readonly description?: Readonly<Record<string, unknown>>;
  /** Provisioned read capacity units per second: the rate above which reads are throttled. Also in DescribeTable. */
  readonly provisionedUnits?: number;
}

export interface ReplaySourceStats {
  readonly scans: number;
  readonly items: number;
  readonly bytes: number;
  /** Number of throttled requests by client, which is the first word of User-Agent. */
  readonly throttled: Readonly<Record<string, number>>;
  /** Capacity that each request consumed, with its client. */
  readonly spent: readonly (Spent & { readonly client: string })[];
}

/** The emulated table. */
export interface ReplayTable {
  readonly tableName: string;
  readonly pages: number;
  readonly items: number;
}

interface ScanParameters {
  readonly Segment?: number;
  readonly TotalSegments?: number;
  readonly ConsistentRead?: boolean;
  readonly Limit?: number;
  /** `<page>` after a whole page; `<page>:<item>` after the first `<item>` items of a page. */
  readonly ExclusiveStartKey?: { readonly sk: { readonly S: string } };
}

/**
 * Serves DescribeTable, DescribeContinuousBackups and Scan of one large table from memory, to measure clients. Every
 * page has the correct counts, capacity, LastEvaluatedKey and checksum.
 */
export function replaySourceServer(options: ReplaySourceOptions): {
  readonly listener: RequestListener;
  readonly table: ReplayTable;
  readonly stats: () => ReplaySourceStats;
} {
  const { tableName = 'replay', seed = 1, latencyMs = 0, shape = 'mixed', pageBytes = PAGE_BYTES } = options;
  const distinct = replayPages({ tableName, seed, shape, pageBytes });
  const pageAt = (index: number): ReplayPage => distinct[index % distinct.length] as ReplayPage;
  const pages = options.pages ?? pagesOf(options.totalBytes, pageAt);
  const items = Array.from({ length: pages }, (_, index) => pageAt(index).count).reduce((sum, n) => sum + n, 0);
  const stats = { scans: 0, items: 0, bytes: 0, throttled: {} as Record<string, number>, spent: [] as Spending[] };
  const bucket = options.provisionedUnits === undefined ? undefined : new TokenBucket(options.provisionedUnits);

  const scan = async (response: ServerResponse, parameters: ScanParameters, client: string): Promise<void> => {
    const { TotalSegments = 1, ConsistentRead = false, Limit = Number.POSITIVE_INFINITY } = parameters;
    if (latencyMs > 0) {
      await sleep(latencyMs);
    }
    if (bucket && !bucket.hasAny()) {
      stats.throttled[client] = (stats.throttled[client] ?? 0) + 1;
      sendJson(response, throttle(tableName), 400);
      return;
    }
    stats.scans += 1;
    const { index, item } = startOf(parameters);
    if (index >= pages) {
      sendJson(response, {
        ConsumedCapacity: { TableName: tableName, CapacityUnits: 0.5 },
        Count: 0,
        Items: [],
        ScannedCount: 0,
      });
      return;
    }
    const page = pageAt(index);
    const isWhole = item === 0 && Limit >= page.count && !ConsistentRead;
    const part = isWhole ? page : partOf(page, tableName, { item, limit: Limit, consistentRead: ConsistentRead });
    const position = item + part.count < page.count ? `${index}:${item + part.count}` : String(index);
    const isLast = position === String(index) && index + TotalSegments >= pages;
    const next = isLast ? '' : `,"LastEvaluatedKey":${JSON.stringify({ pk: { S: 'page' }, sk: { S: position } })}`;
    const tail = Buffer.from(`${next},"ScannedCount":${part.count}}`);
    bucket?.spend(part.capacityUnits);
    stats.spent.push({ at: performance.now(), units: part.capacityUnits, client });
    stats.items += part.count;
    stats.bytes += part.head.length + tail.length;
    response.writeHead(200, {
      ...HEADERS,
      'content-length': part.head.length + tail.length,
      'x-amz-crc32': crc32(tail, isWhole ? page.headCrc : crc32(part.head)),
    });
    response.write(part.head);
    response.end(tail);
  };

  const description = { ...provisioning(options.provisionedUnits), ...options.description };
  const listener: RequestListener = (request, response) => {
    void handle(request, response).catch(() => response.destroy());
  };

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const parameters = (await json(request)) as ScanParameters;
    switch (String(request.headers['x-amz-target']).replace(/^.*\./, '')) {
      case 'Scan':
        return await scan(response, parameters, String(request.headers['user-agent']).split(' ')[0] as string);
      case 'DescribeTable':
        return sendJson(response, { Table: describeTable(tableName, items, pages * pageBytes, description) });
      case 'DescribeContinuousBackups':
        return sendJson(response, {
          ContinuousBackupsDescription: {
            ContinuousBackupsStatus: 'ENABLED',
            PointInTimeRecoveryDescription: { PointInTimeRecoveryStatus: 'DISABLED' },
          },
        });
      default:
        return sendJson(response, { __type: 'com.amazon.coral.service#UnknownOperationException' }, 400);
    }
  }

  return { listener, table: { tableName, pages, items }, stats: () => structuredClone(stats) };
}

type Spending = ReplaySourceStats['spent'][number];

/** Returns the page, and the item in it, at which a Scan starts. */
function startOf({ Segment = 0, TotalSegments = 1, ExclusiveStartKey }: ScanParameters) {
  if (ExclusiveStartKey === undefined) return { index: Segment, item: 0 };
  const [page, item] = ExclusiveStartKey.sk.S.split(':').map(Number);
  return item === undefined ? { index: (page as number) + TotalSegments, item: 0 } : { index: page as number, item };
}

/** https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_ThrottlingReason.html */
function throttle(tableName: string): unknown {
  return {
    __type: 'com.amazonaws.dynamodb.v20120810#ProvisionedThroughputExceededException',
    message: 'The level of configured provisioned throughput for the table was exceeded.',
    ThrottlingReasons: [
      {
        reason: 'TableReadProvisionedThroughputExceeded',
        resource: `arn:aws:dynamodb:us-east-1:123456789012:table/${tableName}`,
      },
    ],
  };
}

function provisioning(ReadCapacityUnits: number | undefined): Record<string, unknown> {
  if (ReadCapacityUnits === undefined) return {};
  return {
    BillingModeSummary: undefined,
    ProvisionedThroughput: { NumberOfDecreasesToday: 0, ReadCapacityUnits, WriteCapacityUnits: 5 },
  };
}

const HEADERS = { 'content-type': 'application/x-amz-json-1.0', 'x-amzn-requestid': 'REPLAY' } as const;

function sendJson(response: ServerResponse, content: unknown, status = 200): void {
  const body = Buffer.from(JSON.stringify(content));
  response.writeHead(status, { ...HEADERS, 'content-length': body.length, 'x-amz-crc32': crc32(body) });
  response.end(body);
}

function pagesOf(totalBytes: number, pageAt: (index: number) => ReplayPage): number {
  let pages = 0;
  for (let bytes = 0; bytes < totalBytes; pages++) {
    bytes += pageAt(pages).head.length;
  }
  return pages;
}

function describeTable(
  TableName: string,
  ItemCount: number,
  TableSizeBytes: number,
  more: Readonly<Record<string, unknown>> = {},
): Record<string, unknown> {
  return {
    AttributeDefinitions: [
      { AttributeName: 'pk', AttributeType: 'S' },
      { AttributeName: 'sk', AttributeType: 'S' },
    ],
    BillingModeSummary: { BillingMode: 'PAY_PER_REQUEST' },
    CreationDateTime: 1_700_000_000.123,
    ItemCount,
    KeySchema: [
      { AttributeName: 'pk', KeyType: 'HASH' },
      { AttributeName: 'sk', KeyType: 'RANGE' },
    ],
    ProvisionedThroughput: { NumberOfDecreasesToday: 0, ReadCapacityUnits: 0, WriteCapacityUnits: 0 },
    TableArn: `arn:aws:dynamodb:us-east-1:123456789012:table/${TableName}`,
    TableId: '6fcf3a6e-5c3b-4d0b-9f1c-3b8f5a4d2e10',
    TableName,
    TableSizeBytes,
    TableStatus: 'ACTIVE',
    ...more,
  };
}
