import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { crc32 } from 'node:zlib';
import type { Spent } from '../fixtures/spending.ts';

export interface ReplaySinkOptions {
  /** Milliseconds to wait before each response. */
  readonly latencyMs?: number;
}

export interface ReplaySinkStats {
  readonly requests: number;
  readonly items: number;
  /** Capacity that each request consumed. */
  readonly spent: readonly Spent[];
}

const PUT = Buffer.from('{"PutRequest":{"Item":');

/** Size of an item in DynamoDB compared with its JSON, approximately. */
const SIZE_OF_JSON = 0.75;

/**
 * Accepts every BatchWriteItem request for any table and discards its items, to measure clients. It does not parse the
 * request: it only counts its items and their bytes. Responses have the correct checksum.
 */
export function replaySinkServer({ latencyMs = 0 }: ReplaySinkOptions): {
  readonly listener: RequestListener;
  readonly stats: () => ReplaySinkStats;
} {
  const stats = { requests: 0, items: 0, spent: [] as Spent[] };

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await buffer(request);
    if (latencyMs > 0) await sleep(latencyMs);
    const { items, units } = measure(body);
    stats.requests += 1;
    stats.items += items;
    stats.spent.push({ at: performance.now(), units });
    const content = Buffer.from(
      `{"ConsumedCapacity":[{"CapacityUnits":${units},"Table":{"CapacityUnits":${units}},"TableName":"replay"}],"UnprocessedItems":{}}`,
    );
    response.writeHead(200, {
      'content-type': 'application/x-amz-json-1.0',
      'content-length': content.length,
      'x-amz-crc32': crc32(content),
      'x-amzn-requestid': 'REPLAY',
    });
    response.end(content);
  }

  return {
    listener: (request, response) => void handle(request, response).catch(() => response.destroy()),
    stats: () => structuredClone(stats),
  };
}

/** Counts the items, and one write capacity unit per KiB of each. */
function measure(body: Buffer): { readonly items: number; readonly units: number } {
  let items = 0;
  let units = 0;
  for (let at = body.indexOf(PUT); at >= 0; items += 1) {
    const next = body.indexOf(PUT, at + PUT.length);
    const end = next < 0 ? body.length : next;
    units += Math.ceil(((end - at - PUT.length) * SIZE_OF_JSON) / 1024);
    at = next;
  }
  return { items, units };
}
