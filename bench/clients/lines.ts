import { Readable } from 'node:stream';
import { createGzip } from 'node:zlib';
import { S3Client } from '@aws-sdk/client-s3';
import { Upload } from '@aws-sdk/lib-storage';
import { TASK } from './task.ts';

const client = new S3Client({ region: TASK.region, forcePathStyle: true });

/** Writes strings of whole lines to one object with lib-storage, through zlib's own gzip where that is asked for. */
export async function uploadLines(key: string, lines: AsyncIterable<string>): Promise<void> {
  const text = Readable.from(lines, { objectMode: false });
  const Body = TASK.compression === 'gzip' ? text.compose(createGzip()) : text;
  await new Upload({ client, params: { Bucket: TASK.bucket, Key: key, Body } }).done();
}
