import { canonicalDecimal } from '../../../src/format/decimal.ts';
import {
  dynamoDbReply,
  type HttpResponse,
  type ReceivedRequest,
  type ScriptedServer,
  startScriptedServer,
} from '../../aws/scripted-server.ts';
import type { WireItem, WireValue } from '../../fixtures/items.ts';

/** A BatchWriteItem request as a server sees it. */
export interface BatchRequest {
  readonly items: readonly WireItem[];
  /** Number of the request, from 1. */
  readonly nth: number;
}

/**
 * What the server does with a request: writes all items, returns some as unprocessed (as any JSON text of each), or
 * responds with something else.
 */
export type Reaction = 'write' | { readonly unprocessed: readonly string[] } | HttpResponse;

/** A server that only knows BatchWriteItem, for one table with the key `pk`. */
export interface WrittenTable extends AsyncDisposable {
  readonly server: ScriptedServer;
  /** Items by key, as last written. */
  readonly items: ReadonlyMap<string, WireItem>;
  readonly requests: BatchRequest[];
}

/** Starts a server that handles each request as `react` returns. It writes the items that it does not return. */
export async function startWrittenTable(react: (request: BatchRequest) => Reaction): Promise<WrittenTable> {
  const items = new Map<string, WireItem>();
  const requests: BatchRequest[] = [];
  const server = await startScriptedServer(({ body }: ReceivedRequest, nth) => {
    const request = { items: itemsOf(body), nth };
    requests.push(request);
    const reaction = react(request);
    if (reaction !== 'write' && 'status' in reaction) return reaction;
    const unprocessed = reaction === 'write' ? [] : reaction.unprocessed;
    const kept = new Set(unprocessed.map((json) => keyOf(JSON.parse(json) as WireItem)));
    const written = request.items.filter((item) => !kept.has(keyOf(item)));
    for (const item of written) items.set(keyOf(item), item);
    const returned = unprocessed.map((json) => `{"PutRequest":{"Item":${json}}}`).join();
    const capacity = JSON.stringify([
      {
        TableName: 'Orders',
        CapacityUnits: 3 * written.length,
        Table: { CapacityUnits: written.length },
        GlobalSecondaryIndexes: { i: { CapacityUnits: 2 * written.length } },
      },
    ]);
    const body_ = `{"UnprocessedItems":{${unprocessed.length > 0 ? `"Orders":[${returned}]` : ''}},"ConsumedCapacity":${capacity}}`;
    return dynamoDbReply(body_);
  });
  return { server, items, requests, [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]() };
}

function itemsOf(body: Buffer): WireItem[] {
  const { RequestItems } = JSON.parse(body.toString()) as {
    RequestItems: Record<string, { PutRequest: { Item: WireItem } }[]>;
  };
  return Object.values(RequestItems).flatMap((puts) => puts.map(({ PutRequest }) => PutRequest.Item));
}

function keyOf({ pk }: WireItem): string {
  const [[type, value] = []] = Object.entries(pk as WireValue);
  return `${type} ${type === 'N' ? canonicalDecimal(value as string) : String(value)}`;
}
