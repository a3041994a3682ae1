import type { StrictJson } from '../strict-json.ts';
import { startTimeOf } from './export-id.ts';
import type { CopyIdentity } from './layout.ts';
import { type InvalidManifest, readJson } from './manifest-content.ts';

/** Formats of the lines of a copy. CUSTOM: a module of the user wrote them. */
export const OUTPUT_FORMATS = ['DYNAMODB_JSON', 'ION', 'JSON', 'CUSTOM'] as const;

export type OutputFormat = (typeof OUTPUT_FORMATS)[number];

const EXPORT_TYPES = ['FULL_EXPORT', 'INCREMENTAL_EXPORT'] as const;

/** Contents of the manifest-summary.json of a stored copy. */
export interface CopySummary {
  readonly exportArn: string;
  readonly exportType: (typeof EXPORT_TYPES)[number];
  readonly tableArn: string;
  readonly tableName: string;
  /** Undefined for tables of servers that have no table IDs. */
  readonly tableId: string | undefined;
  /** Time of the items: that of the export, the start of the scan, or the end of the period of an incremental export. */
  readonly snapshotTime: Date;
  readonly outputFormat: OutputFormat;
  readonly itemCount: number;
}

/**
 * Reads a manifest-summary.json. The bucket and prefix in it are ignored, because copies can be moved. The ID of the
 * export must be that of the folder.
 *
 * @throws {CopyError} of `invalid`
 */
export function parseCopySummary(
  content: Buffer,
  { exportId, layout }: CopyIdentity,
  invalid: InvalidManifest,
): CopySummary {
  const key = layout.manifestSummary;
  const summary = readJson(content, key, invalid, readSummary);
  const { exportArn, tableArn, exportType, snapshotTime } = summary;
  if (exportArn !== `${tableArn}/export/${exportId}`) {
    throw invalid(key, 'has an exportArn that does not belong to its tableArn and this folder');
  }
  const tail = `AWSDynamoDB/${exportId}/manifest-files.json`;
  if (summary.filesKey !== tail && !summary.filesKey.endsWith(`/${tail}`)) {
    throw invalid(key, 'has a manifestFilesS3Key outside the folder of the copy');
  }
  if (exportType === 'FULL_EXPORT' && snapshotTime.getTime() > startTimeOf(exportId)) {
    throw invalid(key, 'has an exportTime after the start of the export');
  }
  const { filesKey: _, ...others } = summary;
  return others;
}

function readSummary(summary: StrictJson): CopySummary & { readonly filesKey: string } {
  const exportType = summary.member('exportType').optional((type) => type.oneOf(EXPORT_TYPES)) ?? 'FULL_EXPORT';
  const tableArn = summary.member('tableArn').text(TABLE_ARN);
  return {
    exportArn: summary.member('exportArn').text(),
    exportType,
    tableArn,
    tableName: tableArn.slice(tableArn.lastIndexOf('/') + 1),
    tableId: summary.member('tableId').optional((id) => id.text(/^[\w-]{1,255}$/)),
    snapshotTime: readTime(summary.member(exportType === 'FULL_EXPORT' ? 'exportTime' : 'exportToTime')),
    filesKey: summary.member('manifestFilesS3Key').text(),
    outputFormat: summary.member('outputFormat').oneOf(OUTPUT_FORMATS),
    itemCount: summary.member('itemCount').integer(),
  };
}

/** ARN of a table. Accepts the ARNs of other servers with the DynamoDB API. All characters are safe in messages. */
export const TABLE_ARN = /^arn:[\w-]+:[\w-]+:[\w.-]*:[\w-]*:table\/[\w.-]{1,255}$/;

function readTime(from: StrictJson): Date {
  const date = new Date(from.text(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?Z$/));
  if (Number.isNaN(date.getTime())) throw from.malformed();
  return date;
}
