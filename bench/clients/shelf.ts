// @shelf/dynamodb-parallel-scan as shown in its README, with an upload of one object by lib-storage.
import { parallelScanAsStream } from '@shelf/dynamodb-parallel-scan';
import { uploadLines } from './lines.ts';
import { TASK } from './task.ts';

/** Items per chunk (about one page), and buffered chunks. Without highWaterMark it buffers the whole table. */
const chunkSize = 1500;
const highWaterMark = 16;

const chunks = await parallelScanAsStream(
  { TableName: TASK.table },
  { concurrency: TASK.segments, chunkSize, highWaterMark },
);
await uploadLines('shelf/all.json', lines(chunks));
// The package leaves a 24-day timer each time it applies backpressure, which would keep Node running.
process.exit();

async function* lines(source: AsyncIterable<readonly unknown[]>): AsyncGenerator<string> {
  for await (const items of source) yield items.map((item) => `${JSON.stringify(item)}\n`).join('');
}
