import type { IncomingMessage } from 'node:http';
import {
  BatchWriteItemCommand,
  type BatchWriteItemCommandInput,
  type BatchWriteItemCommandOutput,
  type ConsumedCapacity,
  type DynamoDBClient,
} from '@aws-sdk/client-dynamodb';
import type { Handler } from '@smithy/types';
import { receiveBody } from '../../aws/client-middleware.ts';
import { CorruptedResponse } from '../../aws/retry.ts';
import { type AttemptPermit, chargeAttempts } from '../../pacing/budget.ts';

/** Response to BatchWriteItem. */
export interface BatchResponse {
  /** Items that DynamoDB did not write, as parsed by JSON.parse. */
  readonly unprocessed: readonly unknown[];
  /** Consumed WCU of the table and its local secondary indexes; undefined if the server does not report them. */
  readonly tableUnits: number | undefined;
  /** Consumed WCU, those of global secondary indexes included; 0 if the server does not report them. */
  readonly totalUnits: number;
}

/** The response as the SDK sees it. Its own parser would create objects of unprocessed items. */
const EMPTY_RESPONSE = Buffer.from('{}');

/** A request that a channel is sending. */
interface CurrentRequest {
  readonly body: Buffer;
  readonly permit: AttemptPermit;
  response?: BatchResponse;
}

/**
 * Sends BatchWriteItem requests whose bodies are already JSON, one at a time. The SDK handles the endpoint, signing,
 * retries, credentials and errors, but it never sees the items: one middleware replaces the body after the SDK's
 * serializer, and another one reads the response before the SDK's deserializer.
 *
 * `client.send` would combine the middlewares of the client and of the command again for every request, which takes a
 * measurable part of the time. A channel does this once, like the SDK's option cacheMiddleware.
 */
export class BatchChannel {
  private readonly tableName: string;
  private readonly handler: Handler<BatchWriteItemCommandInput, BatchWriteItemCommandOutput>;
  private current: CurrentRequest | undefined;

  /** @param signal aborts the request that is being sent, and all later ones */
  constructor(client: DynamoDBClient, tableName: string, signal: AbortSignal) {
    this.tableName = tableName;
    const command = new BatchWriteItemCommand(this.input());
    command.middlewareStack.add(
      (next) => (args) => {
        (args.request as { body: unknown }).body = this.request().body;
        return next(args);
      },
      { name: 'setBody', step: 'serialize', priority: 'low' },
    );
    command.middlewareStack.add(
      (next) => async (args) => {
        const result = await next(args);
        const http = result.response as { statusCode: number; body: IncomingMessage | Buffer };
        // Leave the body of an error response unchanged: the SDK creates its exception from it.
        if (http.statusCode >= 300) return result;
        this.request().response = parseResponse(Buffer.isBuffer(http.body) ? http.body : await receiveBody(http.body));
        http.body = EMPTY_RESPONSE;
        return result;
      },
      // After the SDK's deserializer, whose priority is normal too, and before the check of the CRC-32, which is low.
      { name: 'readResponse', step: 'deserialize', priority: 'normal' },
    );
    const permit: AttemptPermit = {
      charge: (...parameters) => this.request().permit.charge(...parameters),
      throttled: (error) => this.request().permit.throttled(error),
      failedWithoutResult: () => this.request().permit.failedWithoutResult(),
    };
    chargeAttempts(command, permit, signal);
    this.handler = command.resolveMiddleware(client.middlewareStack, client.config, { abortSignal: signal });
  }

  /**
   * Sends one request. Call it again only after the promise has settled.
   *
   * @param body must not change until the promise settles
   * @param permit charges each retry of the SDK; the first attempt is already charged
   * @throws errors of the SDK
   */
  async send(body: Buffer, permit: AttemptPermit): Promise<BatchResponse> {
    const current: CurrentRequest = { body, permit };
    this.current = current;
    await this.handler({ input: this.input() });
    if (!current.response) throw new Error('the SDK returned no response');
    return current.response;
  }

  /** Returns a new object: it identifies a request. The SDK derives the endpoint from the name of the table. */
  private input(): BatchWriteItemCommandInput {
    return { RequestItems: { [this.tableName]: [] } };
  }

  private request(): CurrentRequest {
    if (!this.current) throw new Error('no request is being sent');
    return this.current;
  }
}

/**
 * @throws {CorruptedResponse} if the response is not valid; the SDK then retries the request. A response without
 *   UnprocessedItems is not valid: if their name were damaged, items would be lost.
 */
function parseResponse(body: Buffer): BatchResponse {
  const response = parse(body);
  const { UnprocessedItems, ConsumedCapacity = [] } = response;
  if (!isObject(UnprocessedItems) || !Array.isArray(ConsumedCapacity)) throw malformed();
  const requests = Object.values(UnprocessedItems).flatMap((ofTable) => {
    if (!Array.isArray(ofTable)) throw malformed();
    return ofTable as unknown[];
  });
  const [capacity] = ConsumedCapacity as (ConsumedCapacity | undefined)[];
  const total = capacity?.CapacityUnits;
  const indexes = Object.values(capacity?.GlobalSecondaryIndexes ?? {});
  const ofIndexes = indexes.reduce((sum, { CapacityUnits = 0 }) => sum + CapacityUnits, 0);
  return {
    unprocessed: requests.map((request) => {
      const put = isObject(request) ? request['PutRequest'] : undefined;
      if (!isObject(put)) throw malformed();
      return put['Item'];
    }),
    tableUnits: total === undefined ? undefined : total - ofIndexes,
    totalUnits: total ?? 0,
  };
}

function parse(body: Buffer): Record<string, unknown> {
  let parsed: unknown;
  try {
    parsed = JSON.parse(body.toString());
  } catch {
    throw malformed();
  }
  if (!isObject(parsed)) throw malformed();
  return parsed;
}

function malformed(): CorruptedResponse {
  return new CorruptedResponse('the response is not a valid response to BatchWriteItem');
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
