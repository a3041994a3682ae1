// @shelf/dynamodb-parallel-scan as its README shows it, into one object with lib-storage.
import { parallelScanAsStream } from '@shelf/dynamodb-parallel-scan';
import { uploadLines } from './lines.ts';
import { TASK } from './task.ts';

/** Items a chunk, about one page, and chunks held ahead of the upload: without the second it holds the whole table. */
const chunkSize = 1500;
const highWaterMark = 16;

const chunks = await parallelScanAsStream(
  { TableName: TASK.table },
  { concurrency: TASK.segments, chunkSize, highWaterMark },
);
await uploadLines('shelf/all.json', lines(chunks));
// Each time it held the readers back it left a timer of 24 days, for which Node would wait.
process.exit();

async function* lines(source: AsyncIterable<readonly unknown[]>): AsyncGenerator<string> {
  for await (const items of source) yield items.map((item) => `${JSON.stringify(item)}\n`).join('');
}
