import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { STSClient } from '@aws-sdk/client-sts';
import type { DeserializeMiddleware } from '@smithy/types';

/**
 * AWS's clock, as the Date headers of its responses show it. Windows of exports are checked against it: a runner's own
 * clock may be minutes off.
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
        // The header tells whole seconds: clocks that agree should not seem half a second apart.
        if (!Number.isNaN(date)) this.offsetMs = date - Math.floor(Date.now() / 1000) * 1000;
        return result;
      },
      { name: 'readServerClock', step: 'deserialize', priority: 'low' },
    );
  }

  /** Right to a second or so once a response has come in; the runner's clock before that. */
  now(): Date {
    return new Date(Date.now() + this.offsetMs);
  }
}

type Middleware = DeserializeMiddleware<object, object>;
