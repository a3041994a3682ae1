import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { S3Client } from '@aws-sdk/client-s3';
import { dynamoDbClient, s3Client } from '../../src/aws/clients.ts';
import { TimedRetryStrategy } from '../../src/aws/retry.ts';
import { CREDENTIALS_ENV, REGION } from '../fixtures/credentials.ts';

// The tests do not use the AWS configuration of the user.
Object.assign(process.env, CREDENTIALS_ENV, {
  AWS_CONFIG_FILE: '/nonexistent/config',
  AWS_SHARED_CREDENTIALS_FILE: '/nonexistent/credentials',
  AWS_EC2_METADATA_DISABLED: 'true',
});

/**
 * Returns a client of the Action that is connected to a test server by the same variable that a workflow would set.
 * `using` destroys it. The client reads the variable with its first request: create the next client of the same service
 * after that.
 */
export function clientOfTable(endpoint: string, concurrency = 80): DynamoDBClient & Disposable {
  process.env['AWS_ENDPOINT_URL_DYNAMODB'] = endpoint;
  return disposable(dynamoDbClient({ region: REGION, concurrency }));
}

export function clientOfBucket(
  endpoint: string,
  concurrency = 80,
  payloadSigningEnabled = false,
): S3Client & Disposable {
  process.env['AWS_ENDPOINT_URL_S3'] = endpoint;
  return disposable(s3Client({ region: REGION, concurrency, forcePathStyle: true, payloadSigningEnabled }));
}

function disposable<Client extends { destroy(): void }>(client: Client): Client & Disposable {
  return Object.assign(client, { [Symbol.dispose]: () => client.destroy() });
}

/** Replaces the clock of the retry strategy by one that advances 10 minutes per reading, so that retries end at once. */
export function hurry(client: DynamoDBClient | S3Client): void {
  let now = 0;
  const strategy = new TimedRetryStrategy(Math.random, () => {
    now += 600_000;
    return now;
  });
  client.config.retryStrategy = async () => strategy;
}
