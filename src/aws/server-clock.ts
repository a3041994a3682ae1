import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { STSClient } from '@aws-sdk/client-sts';
import type { DeserializeMiddleware } from '@smithy/types';

/**
 * Clock of AWS, read from the Date headers of its responses. Export windows are checked against it because the runner's
 * clock can be off by minutes.
 */
export class ServerClock {
  private offsetMs = 0;

  constructor(client: DynamoDBClient | STSClient) {
    const { middlewareStack }: { middlewareStack: { add(read: Middleware, options: object): void } } = client;
    middlewareStack.add(
      (next) => async (args) => {
        const result = await next(args);
        const { headers } = result.response as { headers?: Record<string, string> };
        const date = Date.parse(headers?.['date'] ?? '');
        // The header has whole seconds. Rounding down keeps equal clocks from appearing half a second apart.
        if (!Number.isNaN(date)) this.offsetMs = date - Math.floor(Date.now() / 1000) * 1000;
        return result;
      },
      { name: 'readServerClock', step: 'deserialize', priority: 'low' },
    );
  }

  /** Returns the time, accurate to about a second after the first response. Before it, returns the runner's time. */
  now(): Date {
    return new Date(Date.now() + this.offsetMs);
  }
}

type Middleware = DeserializeMiddleware<object, object>;
