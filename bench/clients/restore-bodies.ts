// Upper bound of the loader: sends the bodies through the bare SDK client, without reading a copy. All are prepared
// before, from the first data object.
import { BatchWriteItemCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { closeStore, linesOf } from './restore-lines.ts';
import { RESTORE } from './restore-task.ts';

const client = new DynamoDBClient({ region: RESTORE.region });
const bodies = await bodiesOfObject('data/0');
const queue = Array.from({ length: RESTORE.objects }, () => bodies)
  .flat()
  .values();
const work = async () => {
  for (const body of queue) await send(body);
};
await Promise.all(Array.from({ length: RESTORE.workers }, work));
client.destroy();
closeStore();

async function bodiesOfObject(key: string): Promise<Buffer[]> {
  const lines: string[] = [];
  for await (const chunk of linesOf(key)) lines.push(...chunk.toString().split('\n').slice(0, -1));
  return Array.from({ length: Math.ceil(lines.length / 25) }, (_, index) => {
    const puts = lines.slice(25 * index, 25 * (index + 1)).map((line) => `{"PutRequest":${line}}`);
    return Buffer.from(`{"RequestItems":{"${RESTORE.table}":[${puts.join()}]},"ReturnConsumedCapacity":"INDEXES"}`);
  });
}

async function send(body: Buffer): Promise<void> {
  const command = new BatchWriteItemCommand({ RequestItems: { [RESTORE.table]: [] } });
  command.middlewareStack.add(
    (next) => (args) => {
      (args.request as { body: unknown }).body = body;
      return next(args);
    },
    { name: 'setBody', step: 'serialize', priority: 'low' },
  );
  await client.send(command);
}
