// A typical hand-written loader: JSON.parse per line, an AttributeValue object per attribute, and BatchWriteItem of the SDK.
import {
  type AttributeValue,
  BatchWriteItemCommand,
  DynamoDBClient,
  type WriteRequest,
} from '@aws-sdk/client-dynamodb';
import { closeStore, linesOf } from './restore-lines.ts';
import { forEachObject, RESTORE } from './restore-task.ts';

const client = new DynamoDBClient({ region: RESTORE.region });

await forEachObject(async (key) => {
  let requests: WriteRequest[] = [];
  for await (const lines of linesOf(key)) {
    for (const line of lines.toString().split('\n')) {
      if (line === '') continue;
      const { Item } = JSON.parse(line) as { Item: Record<string, AttributeValue> };
      for (const value of Object.values(Item)) decodeBinaries(value);
      requests.push({ PutRequest: { Item } });
      if (requests.length === 25) {
        await send(requests);
        requests = [];
      }
    }
  }
  if (requests.length > 0) await send(requests);
});
client.destroy();
closeStore();

/** The SDK takes binaries as bytes. In the copy they are base64. */
function decodeBinaries(value: {
  B?: unknown;
  BS?: unknown;
  L?: AttributeValue[];
  M?: Record<string, AttributeValue>;
}): void {
  if (typeof value.B === 'string') value.B = Buffer.from(value.B, 'base64');
  else if (Array.isArray(value.BS)) value.BS = value.BS.map((text: string) => Buffer.from(text, 'base64'));
  else if (value.L) value.L.forEach(decodeBinaries);
  else if (value.M) Object.values(value.M).forEach(decodeBinaries);
}

async function send(requests: WriteRequest[]): Promise<void> {
  const { UnprocessedItems } = await client.send(
    new BatchWriteItemCommand({ RequestItems: { [RESTORE.table]: requests }, ReturnConsumedCapacity: 'INDEXES' }),
  );
  if (Object.keys(UnprocessedItems ?? {}).length > 0) throw new Error('there are unprocessed items');
}
