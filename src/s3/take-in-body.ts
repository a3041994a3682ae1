import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { crc32 } from 'node:zlib';
import type { GetObjectCommandInput, GetObjectCommandOutput } from '@aws-sdk/client-s3';
import type { DeserializeMiddleware } from '@smithy/types';
import { DamagedResponse } from '../aws/retry.ts';
import { base64Crc32 } from './integrity.ts';

/** What arrived with a response. */
export interface Received {
  readonly content: Buffer;
  /** When S3 sent the response, by its own clock; undefined for stores that do not report it. */
  readonly servedAt: Date | undefined;
}

/**
 * Returns a command middleware that reads the body of each response and checks its length and CRC-32. The SDK hands
 * bodies on as streams after its last retry; here the body is read within the retries, so that one that breaks off or
 * arrives damaged is requested again.
 */
export function takeInBody(): {
  readonly middleware: DeserializeMiddleware<GetObjectCommandInput, GetObjectCommandOutput>;
  /** What the last response brought. */
  readonly received: () => Received;
} {
  let last: Received = { content: Buffer.alloc(0), servedAt: undefined };
  return {
    middleware: (next) => async (args) => {
      const result = await next(args);
      const response = result.response as Response;
      if (response.statusCode >= 300) return result;
      const { date } = response.headers;
      last = { content: await receive(response), servedAt: date === undefined ? undefined : new Date(date) };
      response.body = Readable.from([]);
      return result;
    },
    received: () => last,
  };
}

interface Response {
  readonly statusCode: number;
  readonly headers: Readonly<Record<string, string>>;
  body: Readable;
}

async function receive({ headers, body }: Response): Promise<Buffer> {
  const content = await buffer(body).catch((cause: unknown) => {
    throw new DamagedResponse('the connection broke in the middle of an object', { cause });
  });
  const { 'content-length': length = content.length, 'x-amz-checksum-crc32': crc } = headers;
  if (Number(length) !== content.length) throw new DamagedResponse('an object arrived shorter than it is');
  // A checksum of the parts' checksums ends with their number and cannot be compared with the body.
  if (crc !== undefined && !crc.includes('-') && crc !== base64Crc32(crc32(content))) {
    throw new DamagedResponse('an object does not have the CRC-32 that S3 sent with it');
  }
  return content;
}
