/** AWS partition of an ARN or a Region. Partitions share neither accounts nor endpoints. */
export interface Partition {
  /** Name in ARNs. */
  readonly name: string;
  /** Name for messages. */
  readonly title: string;
  /** Region for STS if no Region of the partition is given. */
  readonly region: string;
  /** Default audience of ID tokens: the one that the AWS documentation specifies for the identity provider. */
  readonly audience: string;
}

/**
 * Partitions with the names of their Regions. The general case is last.
 *
 * https://docs.aws.amazon.com/general/latest/gr/rande.html and, for the audience in China,
 * aws-actions/configure-aws-credentials
 */
const PARTITIONS: readonly (Partition & { readonly regions: RegExp })[] = [
  {
    name: 'aws-cn',
    title: 'AWS China',
    region: 'cn-north-1',
    audience: 'sts.amazonaws.com.cn',
    regions: /^cn-/,
  },
  {
    name: 'aws-us-gov',
    title: 'AWS GovCloud',
    region: 'us-gov-west-1',
    audience: 'sts.amazonaws.com',
    regions: /^us-gov-/,
  },
  {
    name: 'aws-eusc',
    title: 'the AWS European Sovereign Cloud',
    region: 'eusc-de-east-1',
    audience: 'sts.amazonaws.com',
    regions: /^eusc-/,
  },
  {
    name: 'aws',
    title: 'AWS',
    region: 'us-east-1',
    audience: 'sts.amazonaws.com',
    // Does not match isolated Regions (us-iso-east-1) and the Regions of S3-compatible stores.
    regions: /^(?:af|ap|ca|eu|il|me|mx|sa|us)-(?:central|(?:north|south)?(?:east|west)?)-\d$/,
  },
];

/**
 * DNS suffixes of AWS endpoints in all partitions, including dual-stack endpoints. Source: dnsSuffix and
 * dualStackDnsSuffix in the partitions file of the AWS SDKs.
 */
const DNS_SUFFIXES = [
  ...['amazonaws.com', 'api.aws'],
  ...['amazonaws.com.cn', 'api.amazonwebservices.com.cn'],
  ...['amazonaws.eu', 'api.amazonwebservices.eu'],
  ...['c2s.ic.gov', 'api.aws.ic.gov'],
  ...['sc2s.sgov.gov', 'api.aws.scloud'],
  ...['cloud.adc-e.uk', 'api.cloud-aws.adc-e.uk'],
  ...['csp.hci.ic.gov', 'api.aws.hci.ic.gov'],
];

/** Returns true if a host name belongs to an AWS endpoint in any partition. */
export function isAwsHost(host: string): boolean {
  return DNS_SUFFIXES.some((suffix) => host.endsWith(`.${suffix}`));
}

/** @returns undefined for partitions that are not listed here; these are not checked */
export function partitionOfRole(arn: string): Partition | undefined {
  return PARTITIONS.find(({ name }) => name === arn.split(':')[1]);
}

/** @returns undefined for Regions of other partitions and of S3-compatible stores */
export function partitionOfRegion(region: string): Partition | undefined {
  return PARTITIONS.find(({ regions }) => regions.test(region));
}

/** Returns the first Region that can belong to the role's partition; otherwise the default Region of that partition. */
export function regionForRole(arn: string, regions: readonly string[]): string {
  const partition = partitionOfRole(arn);
  const fits = (region: string) => {
    const known = partitionOfRegion(region);
    return !partition || !known || known === partition;
  };
  return regions.find(fits) ?? partition?.region ?? '';
}

export function defaultAudience(arn: string): string {
  return partitionOfRole(arn)?.audience ?? 'sts.amazonaws.com';
}

/** Returns the account ID in an ARN. */
export function accountOf(arn: string): string {
  return arn.split(':')[4] ?? '';
}
