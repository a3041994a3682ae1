// The floor of the loader: downloads and decompresses with the SDK, joins each 25 lines to the body of a request without
// looking at them, and sends the same bodies as the loader through the bare SDK client. No checksums, no validation, no
// keys, no pacing.
import { BatchWriteItemCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { limitYoungGeneration } from '../../src/young-generation.ts';
import { closeStore, linesOf } from './restore-lines.ts';
import { forEachObject, RESTORE } from './restore-task.ts';

// Same as src/program.ts, since the floor is the same process without the work of the loader.
limitYoungGeneration();

const client = new DynamoDBClient({ region: RESTORE.region });
const PREFIX = Buffer.from(`{"RequestItems":{"${RESTORE.table}":[`);
const SUFFIX = Buffer.from(']},"ReturnConsumedCapacity":"INDEXES"}');
const ITEM = Buffer.from('{"PutRequest":');
const NEXT = Buffer.from(',{"PutRequest":');
const END = Buffer.from('}');

await forEachObject(async (key) => {
  let parts: Buffer[] = [];
  for await (const lines of linesOf(key)) {
    for (let at = 0, next = 0; at < lines.length; at = next) {
      next = lines.indexOf(10, at) + 1;
      // The line `{"Item":{...}}` is the value of PutRequest.
      parts.push(parts.length > 0 ? NEXT : ITEM, lines.subarray(at, next - 1), END);
      if (parts.length === 75) {
        await send(Buffer.concat([PREFIX, ...parts, SUFFIX]));
        parts = [];
      }
    }
  }
  if (parts.length > 0) await send(Buffer.concat([PREFIX, ...parts, SUFFIX]));
});
client.destroy();
closeStore();

async function send(body: Buffer): Promise<void> {
  const command = new BatchWriteItemCommand({ RequestItems: { [RESTORE.table]: [] } });
  command.middlewareStack.add(
    (next) => (args) => {
      (args.request as { body: unknown }).body = body;
      return next(args);
    },
    { name: 'setBody', step: 'serialize', priority: 'low' },
  );
  const { UnprocessedItems } = await client.send(command);
  if (Object.keys(UnprocessedItems ?? {}).length > 0) throw new Error('there are unprocessed items');
}
