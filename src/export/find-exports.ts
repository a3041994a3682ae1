import { setTimeout as pause } from 'node:timers/promises';
import {
  DescribeExportCommand,
  type DynamoDBClient,
  type ExportStatus,
  type ExportType,
  paginateListExports,
} from '@aws-sdk/client-dynamodb';
import { BETWEEN_DESCRIBES, BETWEEN_LIST_PAGES } from '../aws/timeouts.ts';
import { type DescribedExport, describedExport, exportIdOf } from './described-export.ts';

/** The table whose exports are listed. ListExports returns nothing for the ARN of a deleted table, so that is named. */
export type ExportedTable = { readonly tableArn: string } | { readonly nameOfGone: string };

/** An export as ListExports returns it. */
export interface ListedExport {
  readonly arn: string;
  readonly status: ExportStatus | undefined;
  readonly type: ExportType | undefined;
  /** Milliseconds since 1970 by AWS's clock, from the export ID; Infinity if the ID has another form. */
  readonly startedAt: number;
}

/** Maximum of ListExports. */
const PAGE_SIZE = 25;

/**
 * Returns every export of a table that DynamoDB remembers (90 days), newest first. Reads all pages before it sorts,
 * because the order of ListExports is documented in one way and observed in another.
 *
 * @throws the SDK's AccessDeniedException if the role lacks dynamodb:ListExports
 */
export async function listExports(
  client: DynamoDBClient,
  table: ExportedTable,
  signal: AbortSignal,
): Promise<readonly ListedExport[]> {
  const request = 'tableArn' in table ? { TableArn: table.tableArn } : {};
  const part = 'tableArn' in table ? '' : `:table/${table.nameOfGone}/export/`;
  const paging = { client, pageSize: PAGE_SIZE, stopOnSameToken: true };
  const listed: ListedExport[] = [];
  for await (const page of paginateListExports(paging, request, { abortSignal: signal })) {
    for (const { ExportArn: arn, ExportStatus: status, ExportType: type } of page.ExportSummaries ?? []) {
      if (arn?.includes(part)) listed.push({ arn, status, type, startedAt: startOf(arn) });
    }
    if (page.NextToken !== undefined) await pause(BETWEEN_LIST_PAGES, undefined, { signal });
  }
  return listed.sort((a, b) => (exportIdOf(a.arn) < exportIdOf(b.arn) ? 1 : -1));
}

/**
 * Describes exports one after the other. DescribeExport is throttled after a dozen calls in a row, so calls are paced,
 * and a caller stops as soon as it has found what it needs.
 *
 * @throws the SDK's AccessDeniedException if the role lacks dynamodb:DescribeExport
 */
export async function* describeEach(
  client: DynamoDBClient,
  listed: readonly ListedExport[],
  signal: AbortSignal,
): AsyncGenerator<DescribedExport> {
  for (const [index, { arn }] of listed.entries()) {
    if (index > 0) await pause(BETWEEN_DESCRIBES, undefined, { signal });
    yield await describeExport(client, arn, signal);
  }
}

/** @throws {CopyError} AWS_ERROR if the response describes no export */
export async function describeExport(
  client: DynamoDBClient,
  exportArn: string,
  signal: AbortSignal,
): Promise<DescribedExport> {
  const response = await client.send(new DescribeExportCommand({ ExportArn: exportArn }), { abortSignal: signal });
  return describedExport('DescribeExport', response);
}

/** An export ID begins with the 14 digits of its start in milliseconds, so that IDs sort by time. */
function startOf(arn: string): number {
  const [, milliseconds] = /^(\d{14})-/.exec(exportIdOf(arn)) ?? [];
  return milliseconds === undefined ? Number.POSITIVE_INFINITY : Number(milliseconds);
}
