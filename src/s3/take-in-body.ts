import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
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
 *
 * @param maxBytes a larger body is not read, and the content is empty
 */
export function takeInBody(maxBytes: number): {
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
      last = { content: await receive(response, maxBytes), servedAt: date === undefined ? undefined : new Date(date) };
      response.body = Readable.from([]);
      return result;
    },
    received: () => last,
  };
}

/** The same for a body that is not kept, however large: only its MD5 is computed. */
export function digestBody(): {
  readonly middleware: DeserializeMiddleware<GetObjectCommandInput, GetObjectCommandOutput>;
  /** Base64 MD5 of the last body. */
  readonly md5: () => string;
} {
  let last = '';
  return {
    middleware: (next) => async (args) => {
      const result = await next(args);
      const response = result.response as Response;
      if (response.statusCode >= 300) return result;
      const hash = createHash('md5');
      await readBody(response, (chunk) => hash.update(chunk));
      last = hash.digest('base64');
      response.body = Readable.from([]);
      return result;
    },
    md5: () => last,
  };
}

interface Response {
  readonly statusCode: number;
  readonly headers: Readonly<Record<string, string>>;
  body: Readable;
}

async function receive(response: Response, maxBytes: number): Promise<Buffer> {
  if (Number(response.headers['content-length']) > maxBytes) {
    response.body.destroy();
    return Buffer.alloc(0);
  }
  const chunks: Buffer[] = [];
  await readBody(response, (chunk) => chunks.push(chunk));
  return Buffer.concat(chunks);
}

/** @throws {DamagedResponse} if the body is not the one that its headers describe */
async function readBody({ headers, body }: Response, take: (chunk: Buffer) => void): Promise<void> {
  let size = 0;
  let crc = 0;
  try {
    for await (const chunk of body as AsyncIterable<Buffer>) {
      size += chunk.length;
      crc = crc32(chunk, crc);
      take(chunk);
    }
  } catch (cause) {
    throw new DamagedResponse('the connection broke in the middle of an object', { cause });
  }
  const { 'content-length': length = size, 'x-amz-checksum-crc32': expected } = headers;
  if (Number(length) !== size) throw new DamagedResponse('an object arrived shorter than it is');
  // A checksum of the parts' checksums ends with their number and cannot be compared with the body.
  if (expected !== undefined && !expected.includes('-') && expected !== base64Crc32(crc)) {
    throw new DamagedResponse('an object does not have the CRC-32 that S3 sent with it');
  }
}
