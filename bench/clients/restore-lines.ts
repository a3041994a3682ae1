import type { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { GetObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { RESTORE } from './restore-task.ts';

const s3 = new S3Client({ region: RESTORE.region, forcePathStyle: true });

/** Downloads and decompresses a data object. Yields buffers of whole lines. */
export async function* linesOf(key: string): AsyncGenerator<Buffer> {
  const { Body } = await s3.send(new GetObjectCommand({ Bucket: RESTORE.bucket, Key: key }));
  let rest: Buffer = Buffer.alloc(0);
  for await (const chunk of (Body as Readable).pipe(createGunzip({ chunkSize: 128 * 1024 })) as AsyncIterable<Buffer>) {
    const end = chunk.lastIndexOf(10) + 1;
    if (end === 0) rest = Buffer.concat([rest, chunk]);
    else {
      yield Buffer.concat([rest, chunk.subarray(0, end)]);
      rest = chunk.subarray(end);
    }
  }
}

export function closeStore(): void {
  s3.destroy();
}
