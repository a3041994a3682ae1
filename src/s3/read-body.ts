import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { crc32 } from 'node:zlib';
import type { GetObjectCommandInput, GetObjectCommandOutput } from '@aws-sdk/client-s3';
import type { DeserializeMiddleware } from '@smithy/types';
import { CorruptedResponse } from '../aws/retry.ts';
import { base64Crc32 } from './checksums.ts';

/** Command middleware that reads the body of each response. */
export type BodyMiddleware = DeserializeMiddleware<GetObjectCommandInput, GetObjectCommandOutput>;

/** Content and time of a response. */
export interface ReceivedBody {
  /** Empty if the body is larger than the caller wants to read. */
  readonly content: Buffer;
  /** Size of the body in bytes, even if it was not read. */
  readonly size: number;
  /** Time when S3 sent the response, by the clock of S3; undefined for stores that do not report it. */
  readonly servedAt: Date | undefined;
}

/**
 * Returns a command middleware that reads the body of each response and verifies its length and CRC-32. The SDK returns
 * bodies as streams after its last retry. This middleware reads the body within the retries, so a truncated or
 * corrupted body is requested again.
 *
 * @param maxBytes maximum size; a larger body is not read, and the content is empty
 */
export function bodyReader(maxBytes: number): {
  readonly middleware: BodyMiddleware;
  /** Returns the content and time of the last response. */
  readonly received: () => ReceivedBody;
} {
  let last: ReceivedBody = { content: Buffer.alloc(0), size: 0, servedAt: undefined };
  return {
    middleware: (next) => async (args) => {
      const result = await next(args);
      const response = result.response as Response;
      if (response.statusCode >= 300) return result;
      const { date } = response.headers;
      const servedAt = date === undefined ? undefined : new Date(date);
      last = { ...(await receive(response, maxBytes)), servedAt };
      response.body = Readable.from([]);
      return result;
    },
    received: () => last,
  };
}

/** Returns the same middleware for a body of any size that is not kept: only its MD5 is computed. */
export function bodyDigester(): {
  readonly middleware: BodyMiddleware;
  /** Returns the base64 MD5 of the last body. */
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

async function receive(response: Response, maxBytes: number): Promise<Omit<ReceivedBody, 'servedAt'>> {
  const length = Number(response.headers['content-length']);
  if (length > maxBytes) {
    response.body.destroy();
    return { content: Buffer.alloc(0), size: length };
  }
  const chunks: Buffer[] = [];
  let size = 0;
  await readBody(response, (chunk) => {
    size += chunk.length;
    // Without Content-Length, the size is known only now.
    if (size <= maxBytes) chunks.push(chunk);
    else chunks.length = 0;
  });
  return { content: Buffer.concat(chunks), size };
}

/** @throws {CorruptedResponse} if the body does not match its headers */
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
    throw new CorruptedResponse('the connection closed before the end of the object', { cause });
  }
  const { 'content-length': length = size, 'x-amz-checksum-crc32': expected } = headers;
  if (Number(length) !== size) throw new CorruptedResponse('the size of the object does not match Content-Length');
  // A checksum of part checksums ends with the number of parts. It cannot be compared with the body.
  if (expected !== undefined && !expected.includes('-') && expected !== base64Crc32(crc)) {
    throw new CorruptedResponse('the CRC-32 of the object does not match x-amz-checksum-crc32');
  }
}
