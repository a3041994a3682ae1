import { crc32 } from 'node:zlib';

/** One response, complete. */
export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | readonly string[]>>;
  readonly body: Buffer;
}

/**
 * What a recording proxy can do to a request instead of passing it on and its answer back unchanged.
 *
 * - `{ answer }`: answers it itself; the server never sees the request
 * - `"drop"`: closes the connection; the server never sees the request
 * - `"hang"`: never answers; the server never sees the request
 * - `"mute"`: the server carries the request out, and its answer never comes
 * - `"lose-answer"`: the server carries the request out, but the connection closes before its answer
 * - `"cut"`: closes the connection in the middle of the answer's body
 * - `"truncate"`: ends the answer early and cleanly, as a chunked body that is only half there
 * - `"flip"`: changes one byte of the answer's body, and nothing else: a checksum in a header no longer matches
 * - `{ rewrite }`: changes the answer; Content-Length and x-amz-crc32 are made to match the new body
 * - `{ rewriteHead }`: the same, but every header is as told: an answer to HEAD speaks of a body that does not come
 * - `{ delayMs }`: passes the request on that much later
 *
 * An answer to HEAD has no body: it is neither cut nor truncated.
 */
export type Fault =
  | { readonly answer: Answer }
  | { readonly rewrite: (answer: Answer) => Answer }
  | { readonly rewriteHead: (answer: Answer) => Answer }
  | { readonly delayMs: number }
  | 'drop'
  | 'hang'
  | 'mute'
  | 'lose-answer'
  | 'cut'
  | 'truncate'
  | 'flip';

/** A DynamoDB error: `dynamoDbError("ProvisionedThroughputExceededException", "Slow down")`. */
export function dynamoDbError(code: string, message = code, status = 400): Fault {
  // The service's own prefixes: a client must take what follows the '#'.
  const prefix =
    code === 'ValidationException' || code === 'ThrottlingException' ? 'com.amazon.coral' : 'com.amazonaws';
  const type = prefix === 'com.amazonaws' ? `${prefix}.dynamodb.v20120810#${code}` : `${prefix}.validate#${code}`;
  const body = Buffer.from(JSON.stringify({ __type: type, message }));
  return {
    answer: {
      status,
      headers: { 'content-type': 'application/x-amz-json-1.0', 'x-amzn-requestid': 'FAULT', 'x-amz-crc32': crc(body) },
      body,
    },
  };
}

/** An S3 error: `s3Error("SlowDown", 503)`. */
export function s3Error(code: string, status: number, message = code): Fault {
  const body = Buffer.from(
    `<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>${code}</Code><Message>${message}</Message><RequestId>FAULT</RequestId></Error>`,
  );
  return { answer: { status, headers: { 'content-type': 'application/xml', 'x-amz-request-id': 'FAULT' }, body } };
}

/** Rewrites a JSON answer: `jsonAnswer<{ Table: object }>((body) => ({ Table: { ...body.Table, TableId: "x" } }))`. */
export function jsonAnswer<Body>(change: (body: Body) => unknown): Fault {
  return {
    rewrite: (answer) => ({
      ...answer,
      body: Buffer.from(JSON.stringify(change(JSON.parse(answer.body.toString()) as Body))),
    }),
  };
}

/** Damages a body under a checksum that was made to match: what only a reader that parses strictly can notice. */
export const damaged: Fault = { rewrite: (answer) => ({ ...answer, body: withFlippedByte(answer.body) }) };

/** The answer with every header that depends on its body made true again. */
export function resealed(answer: Answer): Answer {
  const headers: Record<string, string | readonly string[]> = { ...answer.headers };
  delete headers['transfer-encoding'];
  headers['content-length'] = String(answer.body.length);
  if (headers['x-amz-crc32'] !== undefined) {
    headers['x-amz-crc32'] = crc(answer.body);
  }
  return { ...answer, headers };
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
