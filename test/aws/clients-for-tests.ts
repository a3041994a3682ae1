import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { S3Client } from '@aws-sdk/client-s3';
import { dynamoDbClient, s3Client } from '../../src/aws/clients.ts';
import { PatientRetryStrategy } from '../../src/aws/retry.ts';
import { CREDENTIALS_ENV, REGION } from '../fixtures/credentials.ts';

// No configuration of this machine's user has a say.
Object.assign(process.env, CREDENTIALS_ENV, {
  AWS_CONFIG_FILE: '/nonexistent/config',
  AWS_SHARED_CREDENTIALS_FILE: '/nonexistent/credentials',
  AWS_EC2_METADATA_DISABLED: 'true',
});

/**
 * The Action's own client, pointed at a server of the test as a workflow would do it, and destroyed by `using`. It reads
 * the environment with its first request: make the next client of the same service after that.
 */
export function clientOfTable(endpoint: string, concurrency = 80): DynamoDBClient & Disposable {
  process.env['AWS_ENDPOINT_URL_DYNAMODB'] = endpoint;
  return disposable(dynamoDbClient({ region: REGION, concurrency }));
}

export function clientOfBucket(endpoint: string, concurrency = 80): S3Client & Disposable {
  process.env['AWS_ENDPOINT_URL_S3'] = endpoint;
  return disposable(s3Client({ region: REGION, concurrency, forcePathStyle: true }));
}

function disposable<Client extends { destroy(): void }>(client: Client): Client & Disposable {
  return Object.assign(client, { [Symbol.dispose]: () => client.destroy() });
}

/** A clock on which ten minutes pass between two looks: whatever the client would try again, it gives up at once. */
export function hurry(client: DynamoDBClient | S3Client): void {
  let now = 0;
  const strategy = new PatientRetryStrategy(Math.random, () => {
    now += 600_000;
    return now;
  });
  client.config.retryStrategy = async () => strategy;
}
