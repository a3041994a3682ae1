import { setTimeout as pause } from 'node:timers/promises';
import {
  DescribeExportCommand,
  type DynamoDBClient,
  type ExportStatus,
  type ExportType,
  paginateListExports,
} from '@aws-sdk/client-dynamodb';
import { BETWEEN_DESCRIBES, BETWEEN_LIST_PAGES } from '../timeouts.ts';
import { type DescribedExport, describedExport, exportIdOf } from './described-export.ts';

/** Table whose exports are listed. ListExports returns nothing for the ARN of a deleted table, so its name is used. */
export type ExportedTable = { readonly tableArn: string } | { readonly tableName: string };

/** An export as ListExports returns it. */
export interface ListedExport {
  readonly arn: string;
  readonly status: ExportStatus | undefined;
  readonly type: ExportType | undefined;
  /** Milliseconds since 1970 by AWS's clock, from the export ID; Infinity if the ID has another form. */
  readonly startedAt: number;
}

/** Maximum page size of ListExports. */
const PAGE_SIZE = 25;

/**
 * Returns all exports of a table from the last 90 days, which is how long DynamoDB lists them, newest first. Reads all
 * pages before sorting because the observed order of ListExports differs from the documented one.
 *
 * @throws AccessDeniedException of the SDK if the role is not authorized to perform dynamodb:ListExports
 */
export async function listExports(
  client: DynamoDBClient,
  table: ExportedTable,
  signal: AbortSignal,
): Promise<readonly ListedExport[]> {
  const request = 'tableArn' in table ? { TableArn: table.tableArn } : {};
  const part = 'tableArn' in table ? '' : `:table/${table.tableName}/export/`;
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
 * Describes exports one after the other. DynamoDB throttles DescribeExport after about 12 consecutive calls, so the
 * calls are paced. A caller stops iterating as soon as it has found what it needs.
 *
 * @throws AccessDeniedException of the SDK if the role is not authorized to perform dynamodb:DescribeExport
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

/** @throws {CopyError} AWS_ERROR if the response has no export description */
export async function describeExport(
  client: DynamoDBClient,
  exportArn: string,
  signal: AbortSignal,
): Promise<DescribedExport> {
  const response = await client.send(new DescribeExportCommand({ ExportArn: exportArn }), { abortSignal: signal });
  return describedExport('DescribeExport', response);
}

/** Reads the start time from an export ID, which begins with 14 digits: milliseconds since 1970. */
function startOf(arn: string): number {
  const [, milliseconds] = /^(\d{14})-/.exec(exportIdOf(arn)) ?? [];
  return milliseconds === undefined ? Number.POSITIVE_INFINITY : Number(milliseconds);
}
