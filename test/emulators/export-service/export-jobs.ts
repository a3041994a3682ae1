import { randomBytes, randomUUID } from 'node:crypto';
import { Refusal } from '../dynamodb-service/responses.ts';
import type { JobFailure } from '../dynamodb-service/s3-failures.ts';
import type { Asked, PartitionedLines } from './export-data.ts';
import type { ExportParameters } from './export-parameters.ts';

/** Status and result of an export. */
export type Outcome =
  | { readonly status: 'IN_PROGRESS' }
  | {
      readonly status: 'COMPLETED';
      readonly endTime: number;
      readonly itemCount: number;
      readonly billedSizeBytes: number;
      readonly manifestKey: string;
    }
  | { readonly status: 'FAILED'; readonly endTime: number; readonly failure: JobFailure };

/** An accepted export. */
export interface ExportJob extends Asked {
  readonly id: string;
  readonly arn: string;
  readonly token: string;
  readonly data: Promise<PartitionedLines>;
  outcome: Outcome;
}

export function newJob(request: Asked, data: Promise<PartitionedLines>): ExportJob {
  const id = `${String(request.times.start).padStart(14, '0')}-${randomBytes(4).toString('hex')}`;
  return {
    ...request,
    id,
    arn: `${request.table.arn}/export/${id}`,
    token: request.parameters.ClientToken ?? randomUUID(),
    data,
    outcome: { status: 'IN_PROGRESS' },
  };
}

/** Exports that the service stores. */
export interface JobBook {
  /** Returns the exports, oldest first. */
  readonly all: () => readonly ExportJob[];
  /**
   * Returns the export that an earlier request with the same token started.
   *
   * @throws {Refusal} ExportConflictException if the parameters of that request differ
   */
  readonly ofToken: (parameters: ExportParameters) => ExportJob | undefined;
  readonly add: (job: ExportJob) => void;
  /** Removes an export whose data cannot be read, and releases its token. */
  readonly remove: (job: ExportJob) => void;
}

const HOUR = 3_600_000;
/** Retention period of an export, and of its token after its end. */
const RETENTION = 90 * 24 * HOUR;
const TOKEN_LIFE = 8 * HOUR;

export function createJobBook(now: () => number): JobBook {
  const jobs = new Set<ExportJob>();
  const all = (): ExportJob[] => [...jobs].filter((job) => job.times.start > now() - RETENTION);
  return {
    all,
    ofToken(parameters) {
      const earlier = all().findLast((job) => job.token === parameters.ClientToken && !isForgotten(job, now()));
      if (earlier !== undefined && inOrder(earlier.parameters) !== inOrder(parameters)) {
        throw new Refusal(
          'ExportConflictException',
          'Export conflict: Duplicate request detected with conflicting parameters',
        );
      }
      return earlier;
    },
    add: (job) => void jobs.add(job),
    remove: (job) => void jobs.delete(job),
  };
}

/** According to the API model of AWS; not verified against the real service. */
function isForgotten({ outcome }: ExportJob, now: number): boolean {
  return outcome.status !== 'IN_PROGRESS' && now - outcome.endTime > TOKEN_LIFE;
}

/** Returns equal text for equal parameters in any order. */
function inOrder(parameters: unknown): string {
  return JSON.stringify(parameters, (_name, value: unknown) =>
    typeof value === 'object' && value !== null && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
      : value,
  );
}

/** Returns the ExportDescription: the parameters of the request and a few members that the service adds. */
export function describeJob(job: ExportJob): Record<string, unknown> {
  const { parameters: sent, table, times, outcome } = job;
  const described: Record<string, unknown> = {
    ExportArn: job.arn,
    ExportStatus: outcome.status,
    StartTime: seconds(times.start),
    EndTime: outcome.status === 'IN_PROGRESS' ? undefined : seconds(outcome.endTime),
    ...(outcome.status === 'COMPLETED' ? { ExportManifest: outcome.manifestKey } : {}),
    TableArn: table.arn,
    TableId: table.id,
    ExportTime: times.type === 'FULL_EXPORT' ? seconds(times.exportTime) : undefined,
    ClientToken: job.token,
    S3Bucket: sent.S3Bucket,
    S3BucketOwner: sent.S3BucketOwner,
    S3Prefix: sent.S3Prefix,
    S3SseAlgorithm: sent.S3SseAlgorithm ?? 'AES256',
    S3SseKmsKeyId: sent.S3SseKmsKeyId,
    ...(outcome.status === 'FAILED' ? outcome.failure : {}),
    ExportFormat: sent.ExportFormat ?? 'DYNAMODB_JSON',
    ...(outcome.status === 'COMPLETED'
      ? { BilledSizeBytes: outcome.billedSizeBytes, ItemCount: outcome.itemCount }
      : {}),
    ExportType: sent.ExportType,
    IncrementalExportSpecification:
      times.type === 'INCREMENTAL_EXPORT'
        ? { ExportFromTime: seconds(times.from), ExportToTime: seconds(times.to), ExportViewType: times.view }
        : undefined,
    FilterSpecification: sent.FilterSpecification,
  };
  // The service omits members without a value instead of sending null.
  return Object.fromEntries(Object.entries(described).filter(([, value]) => value !== undefined));
}

function seconds(milliseconds: number): number {
  return milliseconds / 1_000;
}
