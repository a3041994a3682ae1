import {
  BatchWriteItemCommand,
  CreateTableCommand,
  DeleteItemCommand,
  type DynamoDBClient,
  DynamoDBServiceException,
  PutItemCommand,
  UpdateContinuousBackupsCommand,
  waitUntilTableExists,
} from '@aws-sdk/client-dynamodb';
import { DELETED, initialItems, WRITTEN } from './table-items.ts';

/** Time between the writes and either end of the period. The clock of an export can differ by a minute. */
const MARGIN_MS = 90_000;
/** Minimum period of an incremental export. */
const PERIOD_MS = 15 * 60_000;
/** Maximum time until UpdateContinuousBackups accepts a new table. */
const BACKUPS_WITHIN_MS = 120_000;

export interface Prepared {
  /** Start of the period of the incremental exports, ISO 8601 in whole seconds */
  readonly from: string;
  /** End of this period */
  readonly to: string;
}

/** Waits for milliseconds. */
export type Sleep = (milliseconds: number) => Promise<unknown>;

/**
 * Creates the table with point-in-time recovery and its items, and an empty table to load into. Changes items in the
 * period of the incremental exports, which ends after this function.
 *
 * @throws errors of DynamoDB
 */
export async function prepareTable(
  client: DynamoDBClient,
  tables: { readonly source: string; readonly bulkPut: string },
  sleep: Sleep,
  now: () => number,
): Promise<Prepared> {
  for (const TableName of [tables.source, tables.bulkPut]) {
    await client.send(
      new CreateTableCommand({
        TableName,
        KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }],
        AttributeDefinitions: [{ AttributeName: 'pk', AttributeType: 'S' }],
        BillingMode: 'PAY_PER_REQUEST',
      }),
    );
    await waitUntilTableExists({ client, maxWaitTime: 300, minDelay: 1, maxDelay: 5 }, { TableName });
  }
  await enableRecovery(client, tables.source, sleep);
  const items = initialItems();
  for (let start = 0; start < items.length; start += 25) {
    const requests = items.slice(start, start + 25).map((Item) => ({ PutRequest: { Item: { ...Item } } }));
    const { UnprocessedItems = {} } = await client.send(
      new BatchWriteItemCommand({ RequestItems: { [tables.source]: requests } }),
    );
    if (Object.keys(UnprocessedItems).length > 0) throw new Error('DynamoDB did not process all items');
  }
  await sleep(MARGIN_MS);
  const from = Math.ceil(now() / 1000) * 1000;
  await sleep(MARGIN_MS);
  for (const Item of WRITTEN) {
    await client.send(new PutItemCommand({ TableName: tables.source, Item: { ...Item } }));
  }
  for (const pk of DELETED) {
    await client.send(new DeleteItemCommand({ TableName: tables.source, Key: { pk: { S: pk } } }));
  }
  return { from: iso(from), to: iso(from + PERIOD_MS) };
}

/** Enables PITR. Just after CreateTable, DynamoDB can reject this with ContinuousBackupsUnavailableException. */
async function enableRecovery(client: DynamoDBClient, TableName: string, sleep: Sleep): Promise<void> {
  const PointInTimeRecoverySpecification = { PointInTimeRecoveryEnabled: true };
  for (let waited = 0; ; waited += 5_000) {
    try {
      await client.send(new UpdateContinuousBackupsCommand({ TableName, PointInTimeRecoverySpecification }));
      return;
    } catch (error) {
      const isEarly =
        error instanceof DynamoDBServiceException && error.name === 'ContinuousBackupsUnavailableException';
      if (!isEarly || waited >= BACKUPS_WITHIN_MS) throw error;
      await sleep(5_000);
    }
  }
}

function iso(milliseconds: number): string {
  return `${new Date(milliseconds).toISOString().slice(0, 19)}Z`;
}
