import { setTimeout as pause } from 'node:timers/promises';
import {
  DescribeExportCommand,
  type DynamoDBClient,
  type ExportDescription,
  ListExportsCommand,
} from '@aws-sdk/client-dynamodb';
import { BETWEEN_DESCRIBES } from '../aws/timeouts.ts';

/**
 * The exports of a table, newest first, each described. DescribeExport is throttled after a dozen calls in a row, so
 * they are paced, and whoever looks stops as soon as it has found what it wants.
 *
 * @param most how many are described at the most
 * @throws the SDK's AccessDeniedException where the role lacks dynamodb:ListExports or dynamodb:DescribeExport
 */
export async function* exportsOf(
  client: DynamoDBClient,
  tableArn: string,
  most: number,
  signal: AbortSignal,
): AsyncGenerator<ExportDescription> {
  let described = 0;
  let nextToken: string | undefined;
  do {
    const page = await client.send(
      new ListExportsCommand({ TableArn: tableArn, MaxResults: 25, ...(nextToken && { NextToken: nextToken }) }),
      { abortSignal: signal },
    );
    for (const { ExportArn } of page.ExportSummaries ?? []) {
      if (described === most) return;
      if (described > 0) await pause(BETWEEN_DESCRIBES, undefined, { signal });
      described += 1;
      yield await describeExport(client, ExportArn ?? '', signal);
    }
    nextToken = page.NextToken;
  } while (nextToken);
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
