import { randomBytes, randomUUID } from 'node:crypto';
import { type Constraints, conforming } from '../dynamodb-service/constraints.ts';
import { invalid, Refusal } from '../dynamodb-service/responses.ts';
import type { JobFailure } from '../dynamodb-service/s3-failures.ts';
import { findTable, type Place, tableArn } from '../dynamodb-service/tables.ts';
import { type ImportParameters, importParameters } from './import-parameters.ts';
import { importPhases } from './import-phases.ts';
import type { Backstage, Operation, Parameters } from './load-backstage.ts';
import { newProgress, type Progress } from './load-items.ts';

/** An accepted import. */
export interface ImportJob {
  readonly arn: string;
  readonly tableArn: string;
  /** Known from the start: the table gets this ID when it is created. */
  readonly tableId: string;
  readonly parameters: ImportParameters;
  readonly startTime: number;
  readonly progress: Progress;
  /** `"waiting"`: the table does not exist yet. `"creating"`: the table exists but cannot be used. */
  phase: 'waiting' | 'creating' | 'active';
  status: 'IN_PROGRESS' | 'COMPLETED' | 'FAILED';
  endTime?: number;
  failure?: JobFailure;
}

export const IMPORT_OPERATIONS: Readonly<Record<string, Operation>> = {
  ImportTable: importTable,
  DescribeImport: describeImport,
  ListImports: listImports,
};

const HOUR = 3_600_000;
/** https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_ImportTable.html (ClientToken) */
const TOKEN_LIFE = 8 * HOUR;
/** https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_ListImports.html */
const RETENTION = 90 * 24 * HOUR;

/**
 * Checks in the order that was observed on AWS: the request, the table, and then the token. So a repeated request fails
 * with ResourceInUseException as soon as the table of the import is active, although the token is still valid. If the
 * table was deleted, the token returns the old import, and nothing is imported.
 *
 * Of the other parameters only a different TableName is a conflict, although
 * https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_ImportTable.html says that any change is.
 */
async function importTable(sent: Parameters, backstage: Backstage): Promise<unknown> {
  const parameters = importParameters(sent);
  if (parameters.InputFormat === 'CSV') throw new Error('This emulator does not import CSV');
  const { TableName } = parameters.TableCreationParameters;
  const { imports, limits, now, place, schedule, source } = backstage;
  const table = await findTable(source, place, TableName);
  // The name is not reserved: while an import creates the table, another import of the same name is accepted.
  const isBeingImported = imports.some(
    (job) => job.phase === 'creating' && job.parameters.TableCreationParameters.TableName === TableName,
  );
  if (table !== undefined && !isBeingImported) {
    throw new Refusal('ResourceInUseException', `Table already exists: ${TableName}`);
  }
  const earlier = imports.findLast(
    (job) => job.parameters.ClientToken === parameters.ClientToken && now() - (job.endTime ?? now()) <= TOKEN_LIFE,
  );
  if (earlier !== undefined) {
    if (earlier.parameters.TableCreationParameters.TableName !== TableName) {
      throw new Refusal(
        'ImportConflictException',
        'Import conflict: Duplicate request detected with conflicting parameters',
      );
    }
    return { ImportTableDescription: describeImportJob(earlier, place) };
  }
  if (imports.filter((job) => job.status === 'IN_PROGRESS').length >= limits.maxImports) {
    // The text is not known. https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ServiceQuotas.html
    throw new Refusal('LimitExceededException', `Too many concurrent imports: the limit is ${limits.maxImports}`);
  }
  const job = newImport(parameters, backstage);
  imports.push(job);
  const response = { ImportTableDescription: describeImportJob(job, place) };
  schedule.start(job.arn, importPhases(job, backstage));
  return response;
}

function newImport(parameters: ImportParameters, { now, place }: Backstage): ImportJob {
  const startTime = now();
  const arn = tableArn(place, parameters.TableCreationParameters.TableName);
  return {
    arn: `${arn}/import/${String(startTime).padStart(14, '0')}-${randomBytes(4).toString('hex')}`,
    tableArn: arn,
    tableId: randomUUID(),
    parameters,
    startTime,
    progress: newProgress(),
    phase: 'waiting',
    status: 'IN_PROGRESS',
  };
}

/**
 * Returns the ImportTableDescription. While the import runs, all counts are 0 and EndTime and ProcessedSizeBytes are
 * absent, as observed on AWS. https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_ImportTableDescription.html
 */
export function describeImportJob(job: ImportJob, place: Place): Record<string, unknown> {
  const { parameters, progress, status, failure, endTime } = job;
  const isOver = status !== 'IN_PROGRESS';
  const described: Record<string, unknown> = {
    ImportArn: job.arn,
    ImportStatus: status,
    TableArn: job.tableArn,
    TableId: job.tableId,
    ClientToken: parameters.ClientToken,
    S3BucketSource: { S3BucketOwner: place.account, ...parameters.S3BucketSource },
    ErrorCount: isOver ? progress.failed.length : 0,
    CloudWatchLogGroupArn: `arn:aws:logs:${place.region}:${place.account}:log-group:/aws-dynamodb/imports:*`,
    InputFormat: parameters.InputFormat,
    InputFormatOptions: parameters.InputFormatOptions,
    InputCompressionType: parameters.InputCompressionType ?? 'NONE',
    TableCreationParameters: parameters.TableCreationParameters,
    StartTime: job.startTime / 1_000,
    EndTime: endTime === undefined ? undefined : endTime / 1_000,
    // Absent if the import has not read anything, such as from a bucket that does not exist.
    ProcessedSizeBytes: isOver && job.phase !== 'waiting' ? progress.processedBytes : undefined,
    ProcessedItemCount: isOver ? progress.processedItems : 0,
    ImportedItemCount: isOver ? progress.writtenItems : 0,
    FailureCode: failure?.FailureCode,
    FailureMessage: failure?.FailureMessage,
  };
  return Object.fromEntries(Object.entries(described).filter(([, value]) => value !== undefined));
}

/** https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_DescribeImport.html */
async function describeImport(sent: Parameters, { imports, now, place }: Backstage): Promise<unknown> {
  const { ImportArn } = conforming<{ ImportArn: string }>(sent, {
    ImportArn: { type: 'string', required: true, min: 37, max: 1024 },
  });
  const pattern = /^arn:[^:]+:dynamodb:([^:]*):([^:]*):table\/[-.\w]{3,}\/import\/[^/]+$/;
  const [, , account] = pattern.exec(ImportArn) ?? [];
  if (account === undefined) throw invalid('Invalid Import ARN');
  if (account !== place.account) throw new Refusal('AccessDeniedException', 'Access is denied');
  const job = imports.find(({ arn, startTime }) => arn === ImportArn && startTime > now() - RETENTION);
  if (job === undefined) throw new Refusal('ImportNotFoundException', `Import not found: ${ImportArn}`);
  return { ImportTableDescription: describeImportJob(job, place) };
}

const LIST_IMPORTS: Constraints = {
  TableArn: { type: 'string', min: 1, max: 1024 },
  PageSize: { type: 'number', min: 1, max: 25 },
  NextToken: { type: 'string', min: 112, max: 1024, pattern: '([0-9a-f]{16})+' },
};

/**
 * Lists imports by start time, newest first, also those in progress or failed and those whose table was deleted, as
 * observed on AWS. https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_ListImports.html
 */
async function listImports(sent: Parameters, { imports, now, place }: Backstage): Promise<unknown> {
  const parameters = conforming<{ TableArn?: string; PageSize?: number; NextToken?: string }>(sent, LIST_IMPORTS);
  const { TableArn, PageSize = 10, NextToken } = parameters;
  let jobs = imports
    .filter((job) => job.startTime > now() - RETENTION && (TableArn === undefined || job.tableArn === TableArn))
    .reverse();
  if (NextToken !== undefined) {
    const last = jobs.findIndex(({ arn }) => tokenOf(arn) === NextToken);
    if (last < 0) throw invalid(`Invalid Request: Provided nextToken is invalid: ${NextToken}`);
    jobs = jobs.slice(last + 1);
  }
  const page = jobs.slice(0, PageSize);
  return {
    ImportSummaryList: page.map((job) => summaryOf(describeImportJob(job, place))),
    ...(jobs.length > page.length ? { NextToken: tokenOf(page.at(-1)?.arn ?? '') } : {}),
  };
}

const SUMMARY = [
  'ImportArn',
  'ImportStatus',
  'TableArn',
  'S3BucketSource',
  'CloudWatchLogGroupArn',
  'InputFormat',
  'StartTime',
  'EndTime',
];

function summaryOf(described: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(described).filter(([name]) => SUMMARY.includes(name)));
}

/** Pads the ARN so that the token has the length that the API model demands. */
function tokenOf(arn: string): string {
  return Buffer.from(arn.padEnd(Math.max(56, Math.ceil(arn.length / 8) * 8))).toString('hex');
}
