import { setTimeout as pause } from 'node:timers/promises';
import {
  DescribeExportCommand,
  type DynamoDBClient,
  type ExportDescription,
  type ExportStatus,
  type ExportSummary,
  ListExportsCommand,
} from '@aws-sdk/client-dynamodb';
import { BETWEEN_DESCRIBES } from '../aws/timeouts.ts';

/** Which exports are looked for. */
export interface Search {
  /** The table's ARN; of a table that is gone its name, as ListExports knows no exports of its ARN any more. */
  readonly of: { readonly tableArn: string } | { readonly nameOfGone: string };
  /** Others are passed over without being described. */
  readonly statuses: readonly ExportStatus[];
  /** How many are described at the most. */
  readonly most: number;
}

/** Pages of 25 exports that are looked through at the most, where those of other tables lie between. */
const MOST_PAGES = 40;

/**
 * The exports of a table, newest first, each described. DescribeExport is throttled after a dozen calls in a row, so
 * calls are paced, and whoever looks stops as soon as it has found what it wants.
 *
 * @throws the SDK's AccessDeniedException where the role lacks dynamodb:ListExports or dynamodb:DescribeExport
 */
export async function* exportsOf(
  client: DynamoDBClient,
  { of, statuses, most }: Search,
  signal: AbortSignal,
): AsyncGenerator<ExportDescription> {
  let described = 0;
  for await (const { ExportArn = '', ExportStatus } of listed(client, of, signal)) {
    if (!ExportStatus || !statuses.includes(ExportStatus)) continue;
    if (described === most) return;
    if (described > 0) await pause(BETWEEN_DESCRIBES, undefined, { signal });
    described += 1;
    yield await describeExport(client, ExportArn, signal);
  }
}

export async function describeExport(
  client: DynamoDBClient,
  exportArn: string,
  signal: AbortSignal,
): Promise<ExportDescription> {
  const { ExportDescription } = await client.send(new DescribeExportCommand({ ExportArn: exportArn }), {
    abortSignal: signal,
  });
  if (!ExportDescription) throw new Error('DescribeExport answered without a description');
  return ExportDescription;
}

async function* listed(client: DynamoDBClient, of: Search['of'], signal: AbortSignal): AsyncGenerator<ExportSummary> {
  const table = 'tableArn' in of ? { TableArn: of.tableArn } : {};
  const part = 'tableArn' in of ? '' : `:table/${of.nameOfGone}/export/`;
  let next: string | undefined;
  for (let page = 0; page < MOST_PAGES; page += 1) {
    if (page > 0) await pause(BETWEEN_DESCRIBES, undefined, { signal });
    const { ExportSummaries = [], NextToken } = await client.send(
      new ListExportsCommand({ ...table, MaxResults: 25, ...(next !== undefined && { NextToken: next }) }),
      { abortSignal: signal },
    );
    yield* ExportSummaries.filter(({ ExportArn }) => ExportArn?.includes(part));
    if (NextToken === undefined) return;
    next = NextToken;
  }
}
