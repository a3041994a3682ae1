import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { S3Client } from '@aws-sdk/client-s3';
import { CONNECT, IDLE, RESPONSE, UPLOAD_IDLE } from '../timeouts.ts';
import { ACTION } from '../version.ts';
import {
  type ClientIdentity,
  checkCrc,
  limitInFlight,
  recordFailedCall,
  replaceRejectedSession,
} from './client-middleware.ts';
import { TimedRetryStrategy } from './retry.ts';
import { leavePayloadUnsigned, writeBodyInSlices } from './upload-middleware.ts';

/**
 * Maximum number of concurrent uploads of bodies to S3. More are not faster, and over a connection with 1 MB/s more
 * could time out: 16 parts of 5 MiB take 84 seconds, which is less than `UPLOAD_IDLE`.
 */
const MAX_UPLOADS = 16;

export interface ClientOptions {
  readonly region: string;
  /** Maximum number of concurrent requests. */
  readonly concurrency: number;
  /** Identity of the client. If undefined, the client uses the credentials of the environment. */
  readonly identity?: ClientIdentity;
}

/** Returns a client for the source. The SDK reads AWS_ENDPOINT_URL_DYNAMODB. */
export function dynamoDbClient(options: ClientOptions): DynamoDBClient {
  const client = new DynamoDBClient(clientSettings(options));
  client.middlewareStack.add(recordFailedCall('DynamoDB'), { name: 'recordFailedCall', step: 'initialize' });
  if (options.identity) client.middlewareStack.add(replaceRejectedSession(options.identity), AT_EACH_ATTEMPT);
  client.middlewareStack.add(checkCrc(), { name: 'checkCrc', step: 'deserialize', priority: 'low' });
  return client;
}

export interface S3ClientOptions extends ClientOptions {
  readonly forcePathStyle: boolean;
  /** True to sign the bodies of objects and parts over HTTPS too. Over HTTP they are always signed. */
  readonly payloadSigningEnabled: boolean;
}

/** Operations that send the data of an object. */
const UPLOADS = /^(UploadPart|PutObject)Command$/;

/** Returns a client for the destination. The SDK reads AWS_ENDPOINT_URL_S3 and AWS_REQUEST_CHECKSUM_CALCULATION. */
export function s3Client(options: S3ClientOptions): S3Client {
  const settings = clientSettings(options);
  const client = new S3Client({
    ...settings,
    requestHandler: { ...settings.requestHandler, socketTimeout: UPLOAD_IDLE },
    forcePathStyle: options.forcePathStyle,
    // For this header the SDK opens a separate connection for each large request, outside the agents below. These
    // connections are not limited, bypass the proxy, and send nothing until the store responds.
    expectContinueHeader: false,
  });
  client.middlewareStack.add(recordFailedCall('S3'), { name: 'recordFailedCall', step: 'initialize' });
  if (options.identity) client.middlewareStack.add(replaceRejectedSession(options.identity), AT_EACH_ATTEMPT);
  client.middlewareStack.add(limitInFlight(UPLOADS, MAX_UPLOADS), {
    name: 'limitUploads',
    step: 'initialize',
  });
  if (!options.payloadSigningEnabled) {
    client.middlewareStack.add(leavePayloadUnsigned(UPLOADS), { name: 'leavePayloadUnsigned', step: 'build' });
  }
  client.middlewareStack.add(writeBodyInSlices(), { name: 'writeBodyInSlices', step: 'deserialize', priority: 'low' });
  return client;
}

/**
 * The SDK's retry middleware has a high priority in this step. A middleware with a lower priority runs in each attempt.
 */
const AT_EACH_ATTEMPT = { name: 'replaceRejectedSession', step: 'finalizeRequest', priority: 'low' } as const;

/** Returns the settings that all clients share. */
export function clientSettings({ region, concurrency, identity }: ClientOptions) {
  return {
    region,
    ...(identity && { credentials: identity.provider }),
    retryStrategy: new TimedRetryStrategy(),
    customUserAgent: [[ACTION.name, ACTION.version]] as [string, string][],
    requestHandler: {
      connectionTimeout: CONNECT,
      socketTimeout: IDLE,
      requestTimeout: RESPONSE,
      // Without this setting the SDK only logs a warning and continues to wait.
      throwOnRequestTimeout: true,
      httpAgent: new HttpAgent({ keepAlive: true, maxSockets: concurrency }),
      // Uses the proxy support of Node. An agent that the SDK creates would ignore HTTPS_PROXY and NO_PROXY.
      httpsAgent: new HttpsAgent({ keepAlive: true, maxSockets: concurrency, proxyEnv: process.env }),
    },
  };
}
