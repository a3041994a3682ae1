import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { Logger } from '../logger.ts';
import type { Bucket } from '../s3/bucket.ts';

/** Clients, logger and signal of the export engine. */
export interface ExportContext {
  readonly client: DynamoDBClient;
  /** Bucket that the manifests are read from. DynamoDB writes to it with the permissions of the source role. */
  readonly bucket: Bucket;
  readonly logger: Logger;
  readonly signal: AbortSignal;
}
