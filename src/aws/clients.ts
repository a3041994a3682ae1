import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { S3Client } from '@aws-sdk/client-s3';
import { ACTION } from '../version.ts';
import { checkCrc } from './check-crc.ts';
import type { Identity } from './credentials/identity.ts';
import { replaceRefused } from './credentials/replace-refused.ts';
import { rememberCall } from './failed-call.ts';
import { limitUnderWay } from './limit-under-way.ts';
import { PatientRetryStrategy } from './retry.ts';
import { CONNECT, IDLE, RESPONSE, UPLOAD_IDLE } from './timeouts.ts';

/**
 * Bodies on their way to S3 at once. More are no faster, and where S3 takes 1 MB/s they would all be late: 16 parts of
 * 5 MiB are through in 84 seconds, which `UPLOAD_IDLE` allows for.
 */
const MOST_UPLOADS = 16;

export interface ClientOptions {
  readonly region: string;
  /** How many requests may be under way at once. */
  readonly concurrency: number;
  /** Who the client acts as. Unset: whom the environment names. */
  readonly identity?: Identity;
}

/** A client for the table's side; AWS_ENDPOINT_URL_DYNAMODB is the SDK's own. */
export function dynamoDbClient(options: ClientOptions): DynamoDBClient {
  const client = new DynamoDBClient(clientSettings(options));
  client.middlewareStack.add(rememberCall('DynamoDB'), { name: 'rememberCall', step: 'initialize' });
  if (options.identity) client.middlewareStack.add(replaceRefused(options.identity), AT_EACH_ATTEMPT);
  client.middlewareStack.add(checkCrc(), { name: 'checkCrc', step: 'deserialize', priority: 'low' });
  return client;
}

/** A client for the bucket's side; AWS_ENDPOINT_URL_S3 and AWS_REQUEST_CHECKSUM_CALCULATION are the SDK's own. */
export function s3Client(options: ClientOptions & { readonly forcePathStyle: boolean }): S3Client {
  const settings = clientSettings(options);
  const client = new S3Client({
    ...settings,
    requestHandler: { ...settings.requestHandler, socketTimeout: UPLOAD_IDLE },
    forcePathStyle: options.forcePathStyle,
    // For its sake the SDK would give each large request a connection of its own, outside the agents below: unlimited,
    // past the proxy, and mute for as long as a store does not answer it.
    expectContinueHeader: false,
  });
  client.middlewareStack.add(rememberCall('S3'), { name: 'rememberCall', step: 'initialize' });
  if (options.identity) client.middlewareStack.add(replaceRefused(options.identity), AT_EACH_ATTEMPT);
  client.middlewareStack.add(limitUnderWay(/^(UploadPart|PutObject)Command$/, MOST_UPLOADS), {
    name: 'limitUploads',
    step: 'initialize',
  });
  return client;
}

/** The SDK's retries are of a high priority in this step: what comes after them is done again with each attempt. */
const AT_EACH_ATTEMPT = { name: 'replaceRefused', step: 'finalizeRequest', priority: 'low' } as const;

/** What all clients have in common. */
export function clientSettings({ region, concurrency, identity }: ClientOptions) {
  return {
    region,
    ...(identity && { credentials: identity.provider }),
    retryStrategy: new PatientRetryStrategy(),
    customUserAgent: [[ACTION.name, ACTION.version]] as [string, string][],
    requestHandler: {
      connectionTimeout: CONNECT,
      socketTimeout: IDLE,
      requestTimeout: RESPONSE,
      // Without this the SDK only warns and goes on waiting.
      throwOnRequestTimeout: true,
      httpAgent: new HttpAgent({ keepAlive: true, maxSockets: concurrency }),
      // Node's own proxy support: an agent of the SDK's making would ignore HTTPS_PROXY and NO_PROXY.
      httpsAgent: new HttpsAgent({ keepAlive: true, maxSockets: concurrency, proxyEnv: process.env }),
    },
  };
}
