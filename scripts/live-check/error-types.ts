import { DescribeLimitsCommand, type DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb';
import type { ErrorTypes } from './facts.ts';

/**
 * Provokes errors, and returns the `__type` of the responses, which the SDK shortens.
 *
 * @param client client of a role that is not allowed to call DescribeLimits
 */
export async function provokeErrors(client: DynamoDBClient, TableName: string): Promise<ErrorTypes> {
  let type: string | undefined;
  client.middlewareStack.add(
    (next) => async (args) => {
      const output = await next(args);
      const response = output.response as { statusCode: number; body: AsyncIterable<Uint8Array> };
      if (response.statusCode === 400) {
        const chunks: Uint8Array[] = [];
        for await (const chunk of response.body) chunks.push(chunk);
        const body = Buffer.concat(chunks);
        type = typeIn(body.toString());
        // The SDK accepts bytes too.
        (response as { body: unknown }).body = body;
      }
      return output;
    },
    { name: 'recordErrorType', step: 'deserialize', priority: 'low' },
  );
  const typeOf = async (send: () => Promise<unknown>) => {
    type = undefined;
    await send().catch(() => undefined);
    return type;
  };
  try {
    return {
      // The item has no key.
      validation: await typeOf(() => client.send(new PutItemCommand({ TableName, Item: { other: { S: 'a' } } }))),
      accessDenied: await typeOf(() => client.send(new DescribeLimitsCommand({}))),
    };
  } finally {
    client.middlewareStack.remove('recordErrorType');
  }
}

function typeIn(body: string): string | undefined {
  try {
    return (JSON.parse(body) as { readonly __type?: string }).__type;
  } catch {
    return undefined;
  }
}
