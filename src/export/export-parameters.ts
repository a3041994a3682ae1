import type { ExportTableToPointInTimeInput, ExportViewType, S3SseAlgorithm } from '@aws-sdk/client-dynamodb';
import type { Moment } from './moment.ts';

/** Window of an incremental export. `last` continues from the end of the newest completed export. */
export interface IncrementalWindow {
  readonly from: Moment | 'last';
  /** Undefined for the latest time that DynamoDB can export. */
  readonly to: Moment | undefined;
  readonly viewType: ExportViewType | undefined;
}

/** Validated parameters from the input `export-table-to-point-in-time-kwargs`. */
export interface ExportParameters {
  /** Sent unchanged. */
  readonly request: Pick<ExportTableToPointInTimeInput, 'ClientToken' | 'ExportType' | 'FilterSpecification'>;
  readonly window?: IncrementalWindow;
  readonly bucketOwner?: string;
  readonly sseAlgorithm?: S3SseAlgorithm;
  readonly sseKmsKeyId?: string;
}
