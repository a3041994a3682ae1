import { type DynamoDBClient, ListTagsOfResourceCommand } from '@aws-sdk/client-dynamodb';
import { type Budget, chargeAttempts } from '../pacing/budget.ts';

/**
 * Reads the tags of a table to the last page. Each request takes one unit of `requests`, retries included.
 *
 * @param requests budget of requests per second
 * @returns one text `Key=Value` for each tag; undefined if the table does not exist
 * @throws errors of the SDK
 */
export async function readTags(
  client: DynamoDBClient,
  ResourceArn: string,
  requests: Budget,
  abortSignal: AbortSignal,
): Promise<ReadonlySet<string> | undefined> {
  const tags = new Set<string>();
  let NextToken: string | undefined;
  do {
    const command = new ListTagsOfResourceCommand({ ResourceArn, NextToken });
    await requests.take(() => 1, abortSignal);
    chargeAttempts(command, permitOf(requests), abortSignal);
    try {
      const page = await client.send(command, { abortSignal });
      requests.settle(1, 1);
      for (const { Key = '', Value = '' } of page.Tags ?? []) tags.add(`${Key}=${Value}`);
      ({ NextToken } = page);
    } catch (error) {
      if ((error as Error).name === 'ResourceNotFoundException') return undefined;
      throw error;
    }
  } while (NextToken !== undefined);
  return tags;
}

function permitOf(requests: Budget) {
  return {
    async charge(signal: AbortSignal): Promise<number> {
      const started = performance.now();
      await requests.take(() => 1, signal, true);
      return performance.now() - started;
    },
    throttled: () => requests.throttled(),
    // The attempt counts against the limit of AWS, whatever became of it.
    failedWithoutResult: () => undefined,
  };
}
