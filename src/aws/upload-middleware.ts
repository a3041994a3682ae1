import { Readable } from 'node:stream';
import type { BuildMiddleware, DeserializeMiddleware } from '@smithy/types';

/** Part of a request to S3. */
interface BodyRequest {
  readonly protocol: string;
  readonly headers: Record<string, string>;
  readonly body?: unknown;
}

/**
 * Returns a client middleware that leaves the bodies of some operations out of the signature over HTTPS, as boto3 and
 * the AWS CLI do by default. TLS protects the body, and the signature still covers its checksum, which S3 verifies. The
 * SHA-256 of every body would cost CPU time without protecting it further.
 *
 * https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html
 *
 * @param operations matches commands such as `UploadPartCommand`
 */
export function leavePayloadUnsigned<Input extends object, Output extends object>(
  operations: RegExp,
): BuildMiddleware<Input, Output> {
  return (next, context) => (args) => {
    const { protocol, headers } = args.request as BodyRequest;
    if (protocol === 'https:' && operations.test(context.commandName ?? '')) {
      headers['x-amz-content-sha256'] = 'UNSIGNED-PAYLOAD';
    }
    return next(args);
  };
}

/** Maximum number of bytes of a body that are written to a TLS connection at once. */
const SLICE = 64 * 1024;

/**
 * Returns a client middleware that writes each body to a TLS connection in slices, the next one when the connection has
 * accepted the last. Node encrypts whatever it is given at once, and holds the result in memory until the network has
 * taken it: as much as all parts in flight.
 */
export function writeBodyInSlices<Input extends object, Output extends object>(): DeserializeMiddleware<Input, Output> {
  return (next) => (args) => {
    const request = args.request as BodyRequest;
    const { protocol, body } = request;
    if (protocol !== 'https:' || !Buffer.isBuffer(body) || body.length <= SLICE) return next(args);
    // The SDK does not retry a request whose body is a stream. It keeps the original request, whose body is a buffer.
    return next({ ...args, request: { ...request, body: Readable.from(slicesOf(body)) } });
  };
}

function* slicesOf(body: Buffer): Generator<Buffer> {
  for (let start = 0; start < body.length; start += SLICE) yield body.subarray(start, start + SLICE);
}
