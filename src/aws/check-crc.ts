import type { IncomingMessage } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { crc32 } from 'node:zlib';
import type { DeserializeMiddleware } from '@smithy/types';
import { DamagedResponse } from './retry.ts';

/**
 * A client middleware that holds every answer of DynamoDB against its `x-amz-crc32`, which the SDK for JavaScript does
 * not look at: a table's id with a changed byte would be another table's. The pages of a Scan are left to whoever reads
 * them.
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
      throw new DamagedResponse('the CRC-32 of an answer differs from its x-amz-crc32 header');
    }
    response.body = body;
    return result;
  };
}

/** As the SDK's HTTP handler leaves it. */
interface Response {
  readonly statusCode: number;
  readonly headers: Readonly<Record<string, string>>;
  body: IncomingMessage | Buffer;
}
