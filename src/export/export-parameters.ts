import type { ExportTableToPointInTimeInput, ExportViewType, S3SseAlgorithm } from '@aws-sdk/client-dynamodb';
import type { InputTime } from './input-time.ts';

/** Window of an incremental export. `last` continues from the end of the newest completed export. */
export interface IncrementalWindow {
  readonly from: InputTime | 'last';
  /** Undefined for the latest time that DynamoDB can export. */
  readonly to: InputTime | undefined;
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
