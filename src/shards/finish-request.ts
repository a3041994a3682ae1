import type { DynamoDBClient, TableDescription } from '@aws-sdk/client-dynamodb';
import type { ServerClock } from '../aws/client-middleware.ts';
import type { Logger } from '../logger.ts';
import { type CopyIdentity, checkpointFolder } from '../manifest/layout.ts';
import type { Bucket } from '../s3/bucket.ts';
import type { ObjectParameters } from '../s3/object-options.ts';
import type { PendingWaits } from '../stall-watchdog.ts';
import type { CopyPlan } from './copy-plan.ts';

/** Settings of the finish engine. The plan, the table and the bucket belong together. */
export interface FinishRequest {
  readonly client: DynamoDBClient;
  /** Name or ARN, as specified by the user. */
  readonly tableName: string;
  readonly tableArn: string;
  readonly table: TableDescription;
  readonly bucket: Bucket;
  readonly plan: CopyPlan;
  readonly copy: CopyIdentity;
  /** Parameters of the manifests. */
  readonly parameters: ObjectParameters;
  readonly ifEmpty: 'warn' | 'error' | 'ignore';
  /** URL of the workflow run, for manifest-copy.json. */
  readonly runUrl: string | undefined;
}

/** A finish step: its settings, and what it needs to send requests. */
export interface FinishContext {
  readonly request: FinishRequest;
  /** Clock of S3. */
  readonly clock: ServerClock;
  readonly waits: PendingWaits;
  readonly logger: Logger;
  readonly signal: AbortSignal;
}

/** Returns the folder with the claims and checkpoints of the shards, with a trailing slash. */
export function shardsFolder({ plan }: Pick<FinishRequest, 'plan'>): string {
  return checkpointFolder(plan.prefix, plan.exportId);
}
