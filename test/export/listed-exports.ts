import type { ExportDescription, ListExportsInput } from '@aws-sdk/client-dynamodb';
import type { DescribedExport } from '../../src/export/described-export.ts';
import { RespondingClient, serviceError } from './responding-client.ts';

const TABLE_ARN = 'arn:aws:dynamodb:us-east-1:123456789012:table/orders';
export const TABLE = { tableArn: TABLE_ARN };
export const NOW = new Date('2026-11-22T12:00:00Z');
const MINUTE = 60_000;

/** Returns a full export to s3://backups/series that started the given number of minutes ago. */
export function exportOf(minutesAgo: number, more: Partial<DescribedExport> = {}): DescribedExport {
  const StartTime = new Date(NOW.getTime() - minutesAgo * MINUTE);
  const suffix = Math.round(minutesAgo * 7919)
    .toString(16)
    .padStart(8, '0');
  return {
    ExportArn: `${TABLE_ARN}/export/${String(StartTime.getTime()).padStart(14, '0')}-${suffix}`,
    ExportStatus: 'COMPLETED',
    StartTime,
    ExportTime: StartTime,
    S3Bucket: 'backups',
    S3Prefix: 'series',
    ...more,
  };
}

export type Order = (exports: readonly ExportDescription[]) => readonly ExportDescription[];

/** Possible orders of ListExports, applied to exports that are given newest first */
export const ORDERS: Readonly<Record<string, Order>> = {
  'newest first': (exports) => exports,
  'oldest first': (exports) => exports.toReversed(),
  'from the middle outwards': (exports) => exports.toSorted((a, b) => distance(exports, a) - distance(exports, b)),
};

function distance(exports: readonly ExportDescription[], one: ExportDescription): number {
  return Math.abs(exports.indexOf(one) - exports.length / 2 - 0.25);
}

/** Returns a client that lists these exports in this order, in pages, and describes each. */
export function clientListing(exports: readonly ExportDescription[]): RespondingClient {
  return new RespondingClient(({ operation, input }) => {
    if (operation === 'ListExports') return listExports(exports, input as ListExportsInput);
    const found = exports.find(({ ExportArn }) => ExportArn === input['ExportArn']);
    if (operation !== 'DescribeExport' || !found) throw serviceError('ExportNotFoundException');
    return { ExportDescription: found };
  });
}

function listExports(exports: readonly ExportDescription[], { MaxResults = 10, NextToken = '0' }: ListExportsInput) {
  if (MaxResults > 25) throw serviceError('ValidationException');
  const start = Number(NextToken);
  const end = start + MaxResults;
  return {
    ExportSummaries: exports
      .slice(start, end)
      .map(({ ExportArn, ExportStatus, ExportType = 'FULL_EXPORT' }) => ({ ExportArn, ExportStatus, ExportType })),
    ...(end < exports.length && { NextToken: String(end) }),
  };
}
