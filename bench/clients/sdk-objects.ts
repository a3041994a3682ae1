// A typical hand-written script: parallel Scan with the SDK, an object per item, a line of JSON.stringify per item, and
// one upload per segment with lib-storage.
import { DynamoDBClient, paginateScan } from '@aws-sdk/client-dynamodb';
import { uploadLines } from './lines.ts';
import { TASK } from './task.ts';

// By default, JSON.stringify writes each byte of a binary attribute as a number.
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
