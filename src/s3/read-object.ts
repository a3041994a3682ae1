import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { crc32 } from 'node:zlib';
import { GetObjectCommand } from '@aws-sdk/client-s3';
import { DamagedResponse } from '../aws/retry.ts';
import { type Bucket, statusOf } from './bucket.ts';
import { base64Crc32 } from './integrity.ts';

/** A small object, and which version of it that is. */
export interface ReadObject {
  readonly content: Buffer;
  /** Without quotes. */
  readonly etag: string;
}

/**
 * Reads a small object whole. The SDK hands bodies on as streams, after it has done with retries; here the body is taken
 * in before that, so that one that breaks off or arrives damaged is asked for again.
 *
 * @returns undefined where there is no such object
 */
export async function readObject(bucket: Bucket, key: string, signal: AbortSignal): Promise<ReadObject | undefined> {
  const command = new GetObjectCommand({
    ...bucket.onEveryCall,
    Bucket: bucket.name,
    Key: key,
    ChecksumMode: 'ENABLED',
  });
  let content: Buffer = Buffer.alloc(0);
  command.middlewareStack.add(
    (next) => async (args) => {
      const result = await next(args);
      const response = result.response as Received;
      if (response.statusCode >= 300) return result;
      content = await receive(response);
      response.body = Readable.from([]);
      return result;
    },
    { name: 'takeInBody', step: 'deserialize', priority: 'low' },
  );
  try {
    const { ETag = '' } = await bucket.client.send(command, { abortSignal: signal });
    return { content, etag: ETag.replaceAll('"', '') };
  } catch (error) {
    if (statusOf(error) === 404 && (error as Error).name !== 'NoSuchBucket') return undefined;
    throw error;
  }
}

interface Received {
  readonly statusCode: number;
  readonly headers: Readonly<Record<string, string>>;
  body: Readable;
}

async function receive({ headers, body }: Received): Promise<Buffer> {
  const content = await buffer(body).catch((cause: unknown) => {
    throw new DamagedResponse('the connection broke in the middle of an object', { cause });
  });
  const { 'content-length': length = content.length, 'x-amz-checksum-crc32': crc } = headers;
  if (Number(length) !== content.length) throw new DamagedResponse('an object arrived shorter than it is');
  // One of the parts' checksums ends with their number, and vouches for nothing that could be computed here.
  if (crc !== undefined && !crc.includes('-') && crc !== base64Crc32(crc32(content))) {
    throw new DamagedResponse('an object does not have the CRC-32 that S3 sent with it');
  }
  return content;
}
