import { createHash } from 'node:crypto';
import { type Constraints, conforming } from '../dynamodb-service/constraints.ts';
import { RECOVERY_OPERATIONS, type RecoveryKeeper, windowOf } from '../dynamodb-service/recovery.ts';
import { invalid, Refusal } from '../dynamodb-service/responses.ts';
import { tableOfArn } from '../dynamodb-service/tables.ts';
import { readExportData, type TableChange } from './export-data.ts';
import { describeJob, type ExportJob, type JobBook, newJob } from './export-jobs.ts';
import { exportParameters } from './export-parameters.ts';
import { exportTimes } from './export-times.ts';

/** State and functions that the operations use. */
export interface Backstage extends RecoveryKeeper {
  readonly partitions: number;
  readonly book: JobBook;
  readonly changesOf: (tableName: string) => readonly TableChange[];
  readonly listingOrder: ListingOrder;
  /** Runs an accepted export to its end. */
  readonly carryOut: (job: ExportJob) => void;
}

/**
 * Order of ListExports. AWS documents newest first, but tools and tests that ran against AWS observed oldest first.
 * `"shuffled"` is an arbitrary order that does not change between pages.
 */
export type ListingOrder = 'newest first' | 'oldest first' | 'shuffled';

type Parameters = Readonly<Record<string, unknown>>;

/** An operation: resolves to its output or throws a Refusal. */
export type Operation = (parameters: Parameters, backstage: Backstage) => Promise<unknown>;

/** Operations that the service implements because no emulated DynamoDB does. */
export const OPERATIONS: Readonly<Record<string, Operation>> = {
  ExportTableToPointInTime: exportTable,
  DescribeExport: describeExport,
  ListExports: listExports,
  ...RECOVERY_OPERATIONS,
};

/** Checks in the order of the real service: the request, the table, its PITR status, the times, and then the token. */
async function exportTable(sent: Parameters, backstage: Backstage): Promise<unknown> {
  const { source, place, now, book } = backstage;
  const parameters = exportParameters(sent);
  const table = await tableOfArn(source, place, parameters.TableArn);
  const window = windowOf(backstage.recoveryOf(table), now());
  const request = { table, parameters, times: exportTimes(parameters, table.name, window, now()) };
  const earlier = parameters.ClientToken === undefined ? undefined : book.ofToken(parameters);
  if (earlier !== undefined) {
    return { ExportDescription: describeJob(earlier) };
  }
  const data = readExportData(source, request, backstage.changesOf(table.name), backstage.partitions);
  // Added before any await, so that only one of two concurrent requests with the same token starts an export.
  const job = newJob(request, data);
  book.add(job);
  try {
    await data;
  } catch (error) {
    book.remove(job);
    throw error;
  }
  const httpResponse = { ExportDescription: describeJob(job) };
  backstage.carryOut(job);
  return httpResponse;
}

async function describeExport(sent: Parameters, { place, book }: Backstage): Promise<unknown> {
  const { ExportArn } = conforming<{ ExportArn: string }>(sent, DESCRIBE_EXPORT);
  const [, region, account] = /^arn:[^:]+:dynamodb:([^:]*):([^:]*):table\/[^/]+\/export\/[^/]+$/.exec(ExportArn) ?? [];
  if (region === undefined) {
    throw invalid('Invalid Export ARN');
  }
  if (account !== place.account) {
    throw new Refusal('AccessDeniedException', 'Access is denied');
  }
  if (region !== place.region) {
    throw new Refusal('ExportNotFoundException', 'Export not found: Invalid export arn');
  }
  const job = book.all().find(({ arn }) => arn === ExportArn);
  if (job === undefined) {
    throw new Refusal('ExportNotFoundException', `Export not found: Export not found: ${ExportArn}`);
  }
  // DestinationType is not in the API model, but every response contains it.
  return { ExportDescription: { ...describeJob(job), DestinationType: 'S3' } };
}

const DESCRIBE_EXPORT: Constraints = { ExportArn: { type: 'string', required: true, min: 37, max: 1024 } };

/** Exports of a deleted or re-created table are not listed, but each can still be described. */
async function listExports(sent: Parameters, { source, place, book, listingOrder }: Backstage): Promise<unknown> {
  const parameters = conforming<{ TableArn?: string; MaxResults?: number; NextToken?: string }>(sent, LIST_EXPORTS);
  const { TableArn, MaxResults = 10, NextToken } = parameters;
  let jobs = inOrder(book.all(), listingOrder);
  if (TableArn !== undefined) {
    const table = await tableOfArn(source, place, TableArn).catch((error: unknown) => {
      if (error instanceof Refusal && error.code === 'TableNotFoundException') {
        return undefined;
      }
      throw error;
    });
    jobs = jobs.filter((job) => job.table.id === table?.id);
    if (jobs.length === 0) {
      return {};
    }
  }
  if (NextToken !== undefined) {
    const last = /^([0-9a-f]{2})+$/.test(NextToken) ? Buffer.from(NextToken, 'hex').toString() : '';
    if (!last.includes(':table/')) {
      throw invalid(`Invalid Request: Provided nextToken is invalid: ${NextToken}`);
    }
    // A token of another table is not an error and returns no exports.
    const index = jobs.findIndex((job) => job.arn === last);
    jobs = index < 0 ? [] : jobs.slice(index + 1);
  }
  const page = jobs.slice(0, MaxResults);
  return {
    ExportSummaries: page.map(({ arn, outcome, times }) => ({
      ExportArn: arn,
      ExportStatus: outcome.status,
      ExportType: times.type,
    })),
    ...(jobs.length > page.length ? { NextToken: Buffer.from(page.at(-1)?.arn ?? '').toString('hex') } : {}),
  };
}

function inOrder(oldestFirst: readonly ExportJob[], order: ListingOrder): readonly ExportJob[] {
  if (order === 'oldest first') {
    return oldestFirst;
  }
  if (order === 'newest first') {
    return oldestFirst.toReversed();
  }
  const rank = ({ arn }: ExportJob): string => createHash('sha256').update(arn).digest('hex');
  return oldestFirst.toSorted((a, b) => (rank(a) < rank(b) ? -1 : 1));
}

const LIST_EXPORTS: Constraints = {
  TableArn: { type: 'string', min: 1, max: 1024 },
  MaxResults: { type: 'number', min: 1, max: 25 },
  NextToken: { type: 'string' },
};
