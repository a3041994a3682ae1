// What one writes by hand: the SDK's Scan in parallel segments, each item an object, a line of JSON.stringify each, one
// upload a segment with lib-storage.
import { DynamoDBClient, paginateScan } from '@aws-sdk/client-dynamodb';
import { uploadLines } from './lines.ts';
import { TASK } from './task.ts';

// JSON.stringify would spell binaries out number by number.
Object.defineProperty(Uint8Array.prototype, 'toJSON', {
  value(this: Uint8Array) {
    return Buffer.from(this.buffer, this.byteOffset, this.length).toString('base64');
  },
});

const client = new DynamoDBClient({ region: TASK.region });
await Promise.all(
  Array.from({ length: TASK.segments }, (_, index) => uploadLines(`sdk/${index}.json`, linesOfSegment(index))),
);
client.destroy();

async function* linesOfSegment(Segment: number): AsyncGenerator<string> {
  const input = { TableName: TASK.table, Segment, TotalSegments: TASK.segments };
  for await (const { Items = [] } of paginateScan({ client }, input)) {
    yield Items.map((Item) => `${JSON.stringify({ Item })}\n`).join('');
  }
}
