import type { IncomingMessage } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { crc32 } from 'node:zlib';
import type { DeserializeMiddleware } from '@smithy/types';
import { CorruptedResponse } from './retry.ts';

/**
 * Returns a client middleware that compares each DynamoDB response with its `x-amz-crc32` header. The SDK for
 * JavaScript does not, and one changed byte can turn the ID of a table into the ID of another. The code that reads Scan
 * pages checks those.
 */
export function checkCrc<Input extends object, Output extends object>(): DeserializeMiddleware<Input, Output> {
  return (next, context) => async (args) => {
    const result = await next(args);
    const response = result.response as Response;
    const sent = response.headers['x-amz-crc32'];
    const isPage = context.commandName === 'ScanCommand' && response.statusCode < 300;
    if (sent === undefined || isPage) return result;
    const body = await buffer(response.body as IncomingMessage);
    if (crc32(body) !== Number(sent)) {
      throw new CorruptedResponse('the CRC-32 of the response does not match its x-amz-crc32 header');
    }
    response.body = body;
    return result;
  };
}

/** Response that the SDK's HTTP handler returns. */
interface Response {
  readonly statusCode: number;
  readonly headers: Readonly<Record<string, string>>;
  body: IncomingMessage | Buffer;
}
