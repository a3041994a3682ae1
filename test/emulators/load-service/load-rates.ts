import type { Rate } from '../dynamodb-service/rates.ts';

/** Approximate limits observed on AWS. Rejected requests also count. */
export const LOAD_RATES_OF_AWS: Readonly<Record<string, Rate>> = {
  DescribeImport: { burst: 10, perSecond: 1 },
  DescribeTimeToLive: { burst: 4, perSecond: 1 },
};
