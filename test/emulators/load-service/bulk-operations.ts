import { randomBytes } from 'node:crypto';
import { type Constraints, conforming } from '../dynamodb-service/constraints.ts';
import { invalid, Refusal } from '../dynamodb-service/responses.ts';
import type { JobFailure } from '../dynamodb-service/s3-failures.ts';
import type { Place, TableFacts } from '../dynamodb-service/tables.ts';
import { type BulkParameters, bulkParameters } from './bulk-parameters.ts';
import { bulkPhases, cancellation } from './bulk-phases.ts';
import type { Backstage, Operation, Parameters } from './load-backstage.ts';
import { newProgress, type Progress } from './load-items.ts';
import { findNamed } from './named-tables.ts';

/** An accepted bulk operation. */
export interface BulkJob {
  readonly arn: string;
  readonly table: TableFacts;
  readonly parameters: BulkParameters;
  readonly startTime: number;
  readonly progress: Progress;
  /** Stored size of all objects; undefined until it is known. */
  totalBytes: number | undefined;
  status: 'IN_PROGRESS' | 'COMPLETED' | 'COMPLETED_WITH_ERRORS' | 'CANCELLING' | 'CANCELLED' | 'FAILED';
  endTime?: number;
  failure?: JobFailure;
}

export const BULK_OPERATIONS: Readonly<Record<string, Operation>> = {
  StartBulkPutItems: startBulkPutItems,
  DescribeBulkOperation: describeBulkOperation,
  ListBulkOperations: listBulkOperations,
  CancelBulkOperation: cancelBulkOperation,
};

/** https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_StartBulkPutItems.html (ClientToken) */
const TOKEN_LIFE = 8 * 3_600_000;

/**
 * The order of these checks and the texts of the errors are not known.
 * https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_StartBulkPutItems.html
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/BulkPutItems.Considerations.html
 */
async function startBulkPutItems(sent: Parameters, backstage: Backstage): Promise<unknown> {
  const parameters = bulkParameters(sent);
  const { bulkJobs, limits, now, place, schedule } = backstage;
  const { table, settings } = await findNamed(parameters.TableName, backstage);
  // The token counts from the initial request, not from the end of the operation.
  const earlier = bulkJobs.find(
    (job) => job.parameters.ClientToken === parameters.ClientToken && now() - job.startTime <= TOKEN_LIFE,
  );
  if (earlier !== undefined) {
    if (inOrder(earlier.parameters) !== inOrder(parameters)) {
      throw new Refusal(
        'IdempotentParameterMismatchException',
        'A request with the same client token but different parameters was made before',
      );
    }
    return { BulkOperationDescription: describeBulkJob(earlier, place) };
  }
  if (table.status !== 'ACTIVE' && table.status !== 'UPDATING') {
    throw new Refusal(
      'ResourceInUseException',
      `Attempt to change a resource which is still in use: Table is not active: ${table.name}`,
    );
  }
  if (settings.replicas.length > 0) {
    throw invalid('Bulk operations are not supported for global tables');
  }
  if (bulkJobs.filter(isInProgress).length >= limits.maxBulkOperations) {
    throw new Refusal('LimitExceededException', 'Too many concurrent bulk operations');
  }
  const job: BulkJob = {
    // The form of this ARN is not known. An operation is listed by account and Region, not by table.
    arn: `arn:aws:dynamodb:${place.region}:${place.account}:bulk-operation/${String(now()).padStart(14, '0')}-${randomBytes(4).toString('hex')}`,
    table,
    parameters,
    startTime: now(),
    progress: newProgress(),
    totalBytes: undefined,
    status: 'IN_PROGRESS',
  };
  bulkJobs.push(job);
  const response = { BulkOperationDescription: describeBulkJob(job, place) };
  schedule.start(job.arn, bulkPhases(job, backstage));
  return response;
}

/** https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BulkOperationDescription.html */
export function describeBulkJob(job: BulkJob, { account }: Place): Record<string, unknown> {
  const { parameters, progress, table, failure, endTime } = job;
  const { InputS3Configuration: input, OutputS3Configuration: output } = parameters;
  const described: Record<string, unknown> = {
    BulkOperationArn: job.arn,
    BulkOperationStatus: job.status,
    TableDetails: [{ TableName: parameters.TableName, TableId: table.id }],
    ClientToken: parameters.ClientToken,
    InputS3Configuration: { S3BucketOwner: account, InputCompressionType: 'NONE', ...input },
    OutputS3Configuration: { S3BucketOwner: account, ...output },
    StartTime: job.startTime / 1_000,
    EndTime: endTime === undefined ? undefined : endTime / 1_000,
    ProcessedItemCount: progress.processedItems,
    ProcessedInputBytes: progress.processedBytes,
    TotalInputBytes: job.totalBytes,
    BulkOperationUsage: [
      {
        TableName: parameters.TableName,
        BulkPutBytes: progress.processedBytes,
        Table: { BulkPutBytes: progress.processedBytes },
      },
    ],
    FailedItemCount: progress.failed.length,
    FailureCode: failure?.FailureCode,
    FailureMessage: failure?.FailureMessage,
    MaxWriteRequestUnits: parameters.MaxWriteRequestUnits,
    PerformanceTier: parameters.PerformanceTier ?? 'STANDARD',
  };
  return Object.fromEntries(Object.entries(described).filter(([, value]) => value !== undefined));
}

const DESCRIBE: Constraints = { BulkOperationArn: { type: 'string', required: true, min: 37, max: 1024 } };

async function describeBulkOperation(sent: Parameters, backstage: Backstage): Promise<unknown> {
  return { BulkOperationDescription: describeBulkJob(jobOf(sent, backstage), backstage.place) };
}

function jobOf(sent: Parameters, { bulkJobs }: Backstage): BulkJob {
  const { BulkOperationArn } = conforming<{ BulkOperationArn: string }>(sent, DESCRIBE);
  const job = bulkJobs.find(({ arn }) => arn === BulkOperationArn);
  if (job === undefined) {
    throw new Refusal('ResourceNotFoundException', `Bulk operation not found: ${BulkOperationArn}`);
  }
  return job;
}

const LIST: Constraints = { MaxResults: { type: 'number', min: 1, max: 25 }, NextToken: { type: 'string' } };

/**
 * Lists the operations of all tables. The order is not documented.
 * https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_ListBulkOperations.html
 */
async function listBulkOperations(sent: Parameters, { bulkJobs }: Backstage): Promise<unknown> {
  const { MaxResults = 10, NextToken } = conforming<{ MaxResults?: number; NextToken?: string }>(sent, LIST);
  const newestFirst = bulkJobs.toReversed();
  const last = NextToken === undefined ? -1 : newestFirst.findIndex(({ arn }) => tokenOf(arn) === NextToken);
  if (NextToken !== undefined && last < 0) throw invalid(`Invalid NextToken: ${NextToken}`);
  const page = newestFirst.slice(last + 1, last + 1 + MaxResults);
  return {
    BulkOperationsSummaryList: page.map(({ arn, status, startTime, endTime }) => ({
      BulkOperationArn: arn,
      BulkOperationStatus: status,
      StartTime: startTime / 1_000,
      ...(endTime === undefined ? {} : { EndTime: endTime / 1_000 }),
    })),
    ...(last + 1 + page.length < newestFirst.length ? { NextToken: tokenOf(page.at(-1)?.arn ?? '') } : {}),
  };
}

/**
 * Items that were written remain. The error for an operation that has ended is not documented.
 * https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_CancelBulkOperation.html
 */
async function cancelBulkOperation(sent: Parameters, backstage: Backstage): Promise<unknown> {
  const job = jobOf(sent, backstage);
  if (!isInProgress(job)) throw invalid(`The bulk operation has ended: ${job.arn}`);
  job.status = 'CANCELLING';
  backstage.schedule.start(job.arn, cancellation(job, backstage));
  return { BulkOperationArn: job.arn, BulkOperationStatus: job.status };
}

function isInProgress({ status }: BulkJob): boolean {
  return status === 'IN_PROGRESS' || status === 'CANCELLING';
}

function tokenOf(arn: string): string {
  return Buffer.from(arn).toString('hex');
}

/** Returns equal text for equal parameters in any order of their members. */
function inOrder(parameters: unknown): string {
  return JSON.stringify(parameters, (_name, value: unknown) =>
    typeof value === 'object' && value !== null && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
      : value,
  );
}
