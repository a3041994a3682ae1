import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { describeExport } from './find-exports.ts';

/**
 * Returns the part of the table that an export contains. DynamoDB describes an export for 90 days. Its manifests do not
 * show that it was filtered.
 *
 * https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_DescribeExport.html
 *
 * @param exportArn can come from a manifest that anyone wrote
 * @returns `unknown` if the role is not authorized to describe the export, if the export has expired or never existed,
 *   or if it is an incremental export
 * @throws other errors of the SDK
 */
export async function describeExportScope(
  client: DynamoDBClient,
  exportArn: string,
  signal: AbortSignal,
): Promise<'table' | 'subset' | 'unknown'> {
  try {
    const {
      ExportArn,
      ExportType = 'FULL_EXPORT',
      FilterSpecification,
    } = await describeExport(client, exportArn, signal);
    if (ExportArn !== exportArn || ExportType !== 'FULL_EXPORT') return 'unknown';
    return FilterSpecification ? 'subset' : 'table';
  } catch (error) {
    if (UNKNOWN.includes((error as Error).name)) return 'unknown';
    throw error;
  }
}

/** ValidationException: the ARN is not one of an export. UnknownOperationException: the server has no exports. */
const UNKNOWN: readonly string[] = [
  'AccessDeniedException',
  'ExportNotFoundException',
  'ValidationException',
  'UnknownOperationException',
];
