/** What of AWS an ARN or a region belongs to: the partitions share neither accounts nor endpoints. */
export interface Partition {
  /** As in ARNs. */
  readonly name: string;
  /** As people call it. */
  readonly title: string;
  /** For STS, where no region of the partition is given. */
  readonly region: string;
  /** What an ID token must be for; the audience that AWS tells people to enter in the identity provider. */
  readonly audience: string;
}

/**
 * By the regions' names, the general case last.
 *
 * https://docs.aws.amazon.com/general/latest/gr/rande.html, and for China's audience aws-actions/configure-aws-credentials
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
    // Not the isolated ones (us-iso-east-1), nor what S3-compatible stores call their regions.
    regions: /^(?:af|ap|ca|eu|il|me|mx|sa|us)-(?:central|(?:north|south)?(?:east|west)?)-\d$/,
  },
];

/**
 * DNS suffixes of the endpoints of every partition, those of dual-stack endpoints included, as AWS's SDKs list them
 * (dnsSuffix and dualStackDnsSuffix in their partitions file).
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

/** Returns whether a host name is that of an endpoint of AWS, in whichever partition. */
export function isAwsHost(host: string): boolean {
  return DNS_SUFFIXES.some((suffix) => host.endsWith(`.${suffix}`));
}

/** @returns undefined for partitions that are not known here, and so not checked */
export function partitionOfRole(arn: string): Partition | undefined {
  return PARTITIONS.find(({ name }) => name === arn.split(':')[1]);
}

/** @returns undefined for regions of other partitions, and for the made-up ones of S3-compatible stores */
export function partitionOfRegion(region: string): Partition | undefined {
  return PARTITIONS.find(({ regions }) => regions.test(region));
}

/** The first of the regions that may be of the role's partition; else one that is. */
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

/** The account in an ARN. */
export function accountOf(arn: string): string {
  return arn.split(':')[4] ?? '';
}
