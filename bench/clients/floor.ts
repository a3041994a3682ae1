// The floor: the clients, reader, checksums, writer and compressors of the Action, without a transcoder. Writes the
// body of each page unchanged. The ratio to this floor shows what processing items costs, with the second thread.
import { setFlagsFromString } from 'node:v8';
import type { ScanCommandInput } from '@aws-sdk/client-dynamodb';
import { dynamoDbClient, s3Client } from '../../src/aws/clients.ts';
import type { TranscodeItems } from '../../src/format/transcode-items.ts';
import { Bucket } from '../../src/s3/bucket.ts';
import { COMPRESSIONS, type Compression } from '../../src/s3/compression.ts';
import { ObjectWriter } from '../../src/s3/object-writer.ts';
import { PartBuffers } from '../../src/s3/part-buffers.ts';
import { convertWith } from '../../src/scan/byte-thread.ts';
import { PARTS_IN_FLIGHT } from '../../src/scan/copy-segments.ts';
import { DataObject } from '../../src/scan/data-object.ts';
import { Pacing } from '../../src/scan/pacing/pacing.ts';
import { PageReader } from '../../src/scan/page-reader.ts';
import { TASK } from './task.ts';

// Same as src/program.ts, since the floor is the same process without item processing.
setFlagsFromString('--semi-space-growth-factor=1');

/** Default of the input file-size. */
const FILE_SIZE = 128 * 1024 * 1024;

/** Size of a page buffer: more than the largest page. */
const STORAGE_BYTES = 1_536 * 1024;

const options = { region: TASK.region, concurrency: TASK.segments + PARTS_IN_FLIGHT };
const client = dynamoDbClient(options);
const s3Options = { ...options, forcePathStyle: true, payloadSigningEnabled: false };
const bucket = new Bucket({ client: s3Client(s3Options), name: TASK.bucket });
const buffers = new PartBuffers(TASK.segments + PARTS_IN_FLIGHT);
const { signal } = new AbortController();
const pacing = new Pacing({
  unitsPerSecond: undefined,
  consistentRead: false,
  bytesPerItem: undefined,
  onThrottle: () => {},
});
const compression = compressionNamed(TASK.compression);

/** Uses the page itself as the lines, without copying it. Takes the item count from the page. */
const passThrough: TranscodeItems = (page, _start, lines) => {
  lines.bytes = page;
  lines.length = page.length;
  const [, count] = /"Count":(\d+)/.exec(page.toString('latin1', 0, 256)) ?? [];
  return { count: Number(count), end: page.lastIndexOf(']') + 1 };
};

await Promise.all(Array.from({ length: TASK.segments }, (_, index) => copySegment(index)));
client.destroy();
bucket.client.destroy();

async function copySegment(Segment: number): Promise<void> {
  // The page itself is the lines, so its buffer is still in use after it has been read.
  const storage = Buffer.allocUnsafeSlow(STORAGE_BYTES);
  const reader = new PageReader(client, convertWith(passThrough), { take: () => storage, release: () => {} });
  const pace = pacing.startSegment();
  let input: ScanCommandInput = { TableName: TASK.table, Segment, TotalSegments: TASK.segments };
  let object: DataObject | undefined;
  for (let pages = 0; ; pages += 1) {
    const page = await reader.read(input, pace, signal);
    object ??= newObject(`floor/${Segment}-${pages}`);
    await object.write(page.lines, page.itemCount);
    if (object.uncompressedBytes >= FILE_SIZE || !page.lastEvaluatedKey) {
      await object.complete();
      object = undefined;
    }
    if (!page.lastEvaluatedKey) return;
    input = { ...input, ExclusiveStartKey: page.lastEvaluatedKey };
  }
}

function newObject(name: string): DataObject {
  const key = `${name}${COMPRESSIONS[compression].extension}`;
  return new DataObject(new ObjectWriter({ bucket, key, parameters: {}, buffers, signal }), compression);
}

function compressionNamed(name: string): Compression {
  if (name in COMPRESSIONS) return name as Compression;
  throw new Error(`BENCH_COMPRESSION: "${name}" is invalid. Use ${Object.keys(COMPRESSIONS).join(', ')}`);
}
