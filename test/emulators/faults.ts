import { crc32 } from 'node:zlib';

/** A complete response. */
export interface HttpResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | readonly string[]>>;
  readonly body: Buffer;
}

/**
 * Fault that a recording proxy injects into a request or its response.
 *
 * - `{ httpResponse }`: sends this response; the server does not receive the request
 * - `"drop"`: closes the connection; the server does not receive the request
 * - `"hang"`: sends no response; the server does not receive the request
 * - `"mute"`: the server processes the request, but no response is sent
 * - `"lose-httpResponse"`: the server processes the request, but the connection closes before the response
 * - `"cut"`: closes the connection in the middle of the response body
 * - `"truncate"`: ends the response without an error after half of the body, with chunked encoding
 * - `"flip"`: changes one byte of the response body and nothing else, so that a checksum in a header no longer matches
 * - `{ rewrite }`: changes the response; Content-Length and x-amz-crc32 are updated to match the new body
 * - `{ rewriteHead }`: changes the response but keeps the headers as returned, for a response to HEAD, whose headers
 *   describe a body that is not sent
 * - `{ delayMs }`: forwards the request after this delay
 *
 * A response to HEAD has no body, so `"cut"` and `"truncate"` do not change it.
 */
export type Fault =
  | { readonly httpResponse: HttpResponse }
  | { readonly rewrite: (httpResponse: HttpResponse) => HttpResponse }
  | { readonly rewriteHead: (httpResponse: HttpResponse) => HttpResponse }
  | { readonly delayMs: number }
  | 'drop'
  | 'hang'
  | 'mute'
  | 'lose-httpResponse'
  | 'cut'
  | 'truncate'
  | 'flip';

/** Returns a DynamoDB error: `dynamoDbError("ProvisionedThroughputExceededException", "Slow down")`. */
export function dynamoDbError(code: string, message = code, status = 400): Fault {
  // The prefixes that DynamoDB sends. A client must read the code after the '#'.
  const prefix =
    code === 'ValidationException' || code === 'ThrottlingException' ? 'com.amazon.coral' : 'com.amazonaws';
  const type = prefix === 'com.amazonaws' ? `${prefix}.dynamodb.v20120810#${code}` : `${prefix}.validate#${code}`;
  const body = Buffer.from(JSON.stringify({ __type: type, message }));
  return {
    httpResponse: {
      status,
      headers: { 'content-type': 'application/x-amz-json-1.0', 'x-amzn-requestid': 'FAULT', 'x-amz-crc32': crc(body) },
      body,
    },
  };
}

/** Returns an S3 error: `s3Error("SlowDown", 503)`. */
export function s3Error(code: string, status: number, message = code): Fault {
  const body = Buffer.from(
    `<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>${code}</Code><Message>${message}</Message><RequestId>FAULT</RequestId></Error>`,
  );
  return {
    httpResponse: { status, headers: { 'content-type': 'application/xml', 'x-amz-request-id': 'FAULT' }, body },
  };
}

/** Changes a JSON response: `jsonResponse<{ Table: object }>((body) => ({ Table: { ...body.Table, TableId: "x" } }))`. */
export function jsonResponse<Body>(change: (body: Body) => unknown): Fault {
  return {
    rewrite: (httpResponse) => ({
      ...httpResponse,
      body: Buffer.from(JSON.stringify(change(JSON.parse(httpResponse.body.toString()) as Body))),
    }),
  };
}

/** Corrupts the body and updates the checksum to match. Only a strict parser detects this. */
export const damaged: Fault = {
  rewrite: (httpResponse) => ({ ...httpResponse, body: withFlippedByte(httpResponse.body) }),
};

/** Returns the response with the headers that depend on the body updated to match it. */
export function resealed(httpResponse: HttpResponse): HttpResponse {
  const headers: Record<string, string | readonly string[]> = { ...httpResponse.headers };
  delete headers['transfer-encoding'];
  headers['content-length'] = String(httpResponse.body.length);
  if (headers['x-amz-crc32'] !== undefined) {
    headers['x-amz-crc32'] = crc(httpResponse.body);
  }
  return { ...httpResponse, headers };
}

export function withFlippedByte(body: Buffer): Buffer {
  const flipped = Buffer.from(body);
  const middle = flipped.length >> 1;
  if (flipped.length > 0) {
    flipped[middle] = (flipped[middle] as number) ^ 1;
  }
  return flipped;
}

function crc(body: Buffer): string {
  return String(crc32(body));
}
