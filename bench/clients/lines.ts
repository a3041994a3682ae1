import { Readable } from 'node:stream';
import { createGzip } from 'node:zlib';
import { S3Client } from '@aws-sdk/client-s3';
import { Upload } from '@aws-sdk/lib-storage';
import { TASK } from './task.ts';

const client = new S3Client({ region: TASK.region, forcePathStyle: true });

/** Uploads strings of complete lines as one object with lib-storage, compressed by zlib if compression is gzip. */
export async function uploadLines(key: string, lines: AsyncIterable<string>): Promise<void> {
  const text = Readable.from(lines, { objectMode: false });
  const Body = TASK.compression === 'gzip' ? text.compose(createGzip()) : text;
  await new Upload({ client, params: { Bucket: TASK.bucket, Key: key, Body } }).done();
}
