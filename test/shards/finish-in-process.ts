import { DescribeTableCommand } from '@aws-sdk/client-dynamodb';
import { ServerClock } from '../../src/aws/client-middleware.ts';
import { Bucket } from '../../src/s3/bucket.ts';
import { completeCopy, type FoundShards } from '../../src/shards/finish-copy.ts';
import type { FinishContext, FinishRequest } from '../../src/shards/finish-request.ts';
import { type FinishedCopy, openFinishedCopy } from '../../src/shards/finished-copy.ts';
import { mergeShards } from '../../src/shards/merge-shards.ts';
import { readShards } from '../../src/shards/read-shards.ts';
import { PendingWaits } from '../../src/stall-watchdog.ts';
import { clientOfBucket, clientOfTable } from '../aws/clients-for-tests.ts';
import type { FinishPair } from '../fixtures/finish-pair.ts';

/** Result of a finish engine that ran in this process, and what it logged. */
export interface FinishedInProcess {
  readonly finished: FinishedCopy;
  readonly log: readonly string[];
}

/** Finishes a copy like the finish Action, but without its inputs and its report. */
export async function finishInProcess(
  { pair, plan, layout, table }: FinishPair,
  options: Partial<FinishRequest> = {},
): Promise<FinishedInProcess> {
  // If a request fails, others can still be in progress. Without this signal they would be retried until they time out,
  // after the servers of the test have ended.
  const ended = new AbortController();
  using client = clientOfTable(pair.source.endpoint);
  using s3 = clientOfBucket(pair.store.endpoint);
  const { Table = {} } = await client.send(new DescribeTableCommand({ TableName: table }));
  const log: string[] = [];
  const note = (message: string) => void log.push(message);
  const request: FinishRequest = {
    ...{ client, tableName: table, tableArn: Table.TableArn ?? '', table: Table },
    bucket: new Bucket({ client: s3, name: pair.bucket }),
    ...{ plan, copy: { exportId: plan.exportId, layout }, parameters: {}, ifEmpty: 'ignore', runUrl: undefined },
    ...options,
  };
  const context: FinishContext = {
    ...{ request, clock: new ServerClock(s3), waits: new PendingWaits() },
    ...{
      logger: { info: note, notice: note, warning: note },
      signal: AbortSignal.any([ended.signal, AbortSignal.timeout(60_000)]),
    },
  };
  try {
    return { finished: await completeCopy(context, await findShards(context)), log };
  } finally {
    ended.abort();
  }
}

async function findShards(context: FinishContext): Promise<FoundShards> {
  const finished = await openFinishedCopy(context);
  if (finished) return { kind: 'finished copy', finished };
  const { plan, bucket } = context.request;
  return { kind: 'complete shards', shards: mergeShards(plan, await readShards(context), bucket.name) };
}
