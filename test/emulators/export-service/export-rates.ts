import type { Rate } from '../dynamodb-service/rates.ts';

/** Approximate limits observed on AWS. Rejected requests also count. */
export const RATES_OF_AWS: Readonly<Record<string, Rate>> = {
  DescribeExport: { burst: 10, perSecond: 1 },
  ExportTableToPointInTime: { burst: 20, perSecond: 1 },
};
