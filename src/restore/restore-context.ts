import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { Logger } from '../logger.ts';
import type { Bucket } from '../s3/bucket.ts';

/** Clients, logger and signal of a restore. */
export interface RestoreContext {
  readonly client: DynamoDBClient;
  /** Bucket that contains the copy. */
  readonly bucket: Bucket;
  /** Name or ARN of the table to load into. */
  readonly tableName: string;
  readonly logger: Logger;
  readonly signal: AbortSignal;
}

/** Identifies a step and its attempts, so that an attempt recognizes what an earlier one created. */
export interface RestoreStep {
  /** Equal in all attempts of a step, and different for every other step. */
  readonly id: string;
  /** Number of the run attempt, from 1. */
  readonly attempt: number;
}
