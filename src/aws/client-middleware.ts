import type { IncomingMessage } from 'node:http';
import { crc32 } from 'node:zlib';
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { S3Client } from '@aws-sdk/client-s3';
import type { STSClient } from '@aws-sdk/client-sts';
import type {
  AwsCredentialIdentity,
  DeserializeMiddleware,
  FinalizeRequestMiddleware,
  InitializeMiddleware,
} from '@smithy/types';
import { CorruptedResponse } from './retry.ts';

/** Service and operation that failed. */
export interface FailedCall {
  readonly service: 'DynamoDB' | 'S3' | 'STS';
  /** Name of the operation in the AWS API, such as `PutObject`. */
  readonly operation: string;
}

const calls = new WeakMap<object, FailedCall>();

/** Returns a client middleware that records the failed call of each error. Network errors do not contain it. */
export function recordFailedCall<Input extends object, Output extends object>(
  service: FailedCall['service'],
): InitializeMiddleware<Input, Output> {
  return (next, context) => async (args) => {
    try {
      return await next(args);
    } catch (error) {
      if (typeof error === 'object' && error !== null) {
        calls.set(error, { service, operation: (context.commandName ?? 'a request').replace(/Command$/, '') });
      }
      throw error;
    }
  };
}

/** @returns undefined for errors that no client threw */
export function failedCall(error: object): FailedCall | undefined {
  return calls.get(error);
}

/** Identity that a client signs its requests with, as a session that can be replaced. */
export interface ClientIdentity {
  /** Returns the current credentials, for the SDK. */
  readonly provider: (() => Promise<AwsCredentialIdentity>) & { readonly memoized: boolean };
  /** Returns a token for the current session, to be passed to `rejectSession`. */
  currentSession(): unknown;
  /** Reports that AWS rejected a session as expired. Returns whether another one replaces it. */
  rejectSession(session: unknown): boolean;
}

/**
 * Returns a client middleware that runs in each attempt of a request. If AWS reports the session as expired, the next
 * attempt uses another session. The SDK itself does not retry such a request.
 */
export function replaceRejectedSession<Input extends object, Output extends object>(
  identity: ClientIdentity,
): FinalizeRequestMiddleware<Input, Output> {
  return (next) => async (args) => {
    const session = identity.currentSession();
    try {
      return await next(args);
    } catch (error) {
      // The SDK passes an error with this trait to the retry strategy as a transient error.
      if (isExpiredSession(error) && identity.rejectSession(session)) Object.assign(error as Error, { $retryable: {} });
      throw error;
    }
  };
}

/** Returns true if AWS rejected a request because its session has expired. */
export function isExpiredSession(error: unknown): boolean {
  return error instanceof Error && /^(ExpiredToken|ExpiredTokenException|TokenRefreshRequired)$/.test(error.name);
}

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
    const body = await receiveBody(response.body as IncomingMessage);
    if (crc32(body) !== Number(sent)) {
      throw new CorruptedResponse('the CRC-32 of the response does not match its x-amz-crc32 header');
    }
    response.body = body;
    return result;
  };
}

/**
 * Receives the body of a response. Much faster for small bodies than node:stream/consumers, which creates a Blob.
 *
 * @throws {Error} with code ECONNRESET if the connection closes before the end of the body; the SDK retries that
 */
export function receiveBody(response: IncomingMessage): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    const broken = () => reject(Object.assign(new Error('the connection closed early'), { code: 'ECONNRESET' }));
    response.on('data', (chunk: Buffer) => chunks.push(chunk));
    response.on('end', () => resolve(chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks)));
    response.on('error', broken);
    // If the connection closes before the last byte, Node may emit only 'close'.
    response.on('close', () => {
      if (!response.complete) broken();
    });
  });
}

/** Response that the SDK's HTTP handler returns. */
interface Response {
  readonly statusCode: number;
  readonly headers: Readonly<Record<string, string>>;
  body: IncomingMessage | Buffer;
}

/**
 * Clock of AWS, read from the Date headers of its responses. Export windows and the age of copies are checked against it
 * because the runner's clock can be off by minutes.
 */
export class ServerClock {
  private offsetMs: number | undefined;

  constructor(client: DynamoDBClient | S3Client | STSClient) {
    const {
      middlewareStack,
    }: { middlewareStack: { add(read: DeserializeMiddleware<object, object>, options: object): void } } = client;
    middlewareStack.add(
      (next) => async (args) => {
        const result = await next(args);
        const { headers } = result.response as { headers?: Record<string, string> };
        const date = Date.parse(headers?.['date'] ?? '');
        // The header has whole seconds. Rounding down keeps equal clocks from appearing half a second apart.
        if (!Number.isNaN(date)) this.offsetMs = date - Math.floor(Date.now() / 1000) * 1000;
        return result;
      },
      { name: 'readServerClock', step: 'deserialize', priority: 'low' },
    );
  }

  /** False before the first response with a Date header. Some S3-compatible stores send none. */
  get isKnown(): boolean {
    return this.offsetMs !== undefined;
  }

  /** Returns the time, accurate to about a second. If it is not known, returns the runner's time. */
  now(): Date {
    return new Date(Date.now() + (this.offsetMs ?? 0));
  }
}

/**
 * Returns a client middleware that limits the number of concurrent calls of some operations. A call counts until its
 * last retry ends. Other calls wait in order, without a timeout, because each call in progress has one.
 *
 * @param operations matches commands such as `UploadPartCommand`
 * @param limit maximum number of concurrent calls
 */
export function limitInFlight<Input extends object, Output extends object>(
  operations: RegExp,
  limit: number,
): InitializeMiddleware<Input, Output> {
  const waiting: (() => void)[] = [];
  let free = limit;
  return (next, context) => async (args) => {
    if (!operations.test(context.commandName ?? '')) return next(args);
    if (free > 0) free -= 1;
    else await new Promise<void>((resolve) => waiting.push(resolve));
    try {
      return await next(args);
    } finally {
      const first = waiting.shift();
      if (first) first();
      else free += 1;
    }
  };
}
