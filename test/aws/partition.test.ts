import assert from 'node:assert/strict';
import { test } from 'node:test';
import { defaultAudience, isAwsHost, partitionOfRegion, regionForRole } from '../../src/aws/partition.ts';

const REGIONS: Readonly<Record<string, readonly string[]>> = {
  aws: [
    ...[
      'us-east-1',
      'us-west-2',
      'ca-central-1',
      'ca-west-1',
      'mx-central-1',
      'sa-east-1',
      'eu-central-2',
      'eu-west-3',
    ],
    ...['eu-north-1', 'eu-south-2', 'il-central-1', 'me-central-1', 'me-south-1', 'af-south-1', 'ap-east-2'],
    ...['ap-northeast-3', 'ap-southeast-7', 'ap-south-2'],
  ],
  'aws-cn': ['cn-north-1', 'cn-northwest-1'],
  'aws-us-gov': ['us-gov-east-1', 'us-gov-west-1'],
  'aws-eusc': ['eusc-de-east-1'],
  'not known': ['us-iso-east-1', 'us-isob-east-1', 'eu-isoe-west-1', 'auto', 'garage', 'fr-par', 'local-1'],
};

for (const [name, regions] of Object.entries(REGIONS)) {
  test(`partitionOfRegion returns ${name} for ${regions.join(', ')}`, () => {
    assert.deepEqual([...new Set(regions.map((region) => partitionOfRegion(region)?.name ?? 'not known'))], [name]);
  });
}

test('regionForRole returns the first Region in the partition of the role, otherwise a default Region', () => {
  const role = (partition: string) => `arn:${partition}:iam::123456789012:role/x`;
  assert.equal(regionForRole(role('aws'), ['eu-west-1', 'us-east-1']), 'eu-west-1');
  assert.equal(regionForRole(role('aws-cn'), ['eu-west-1', 'cn-northwest-1']), 'cn-northwest-1');
  assert.equal(regionForRole(role('aws-cn'), ['eu-west-1']), 'cn-north-1');
  assert.equal(regionForRole(role('aws-us-gov'), ['us-east-1']), 'us-gov-west-1');
  assert.equal(regionForRole(role('aws'), ['cn-north-1']), 'us-east-1');
  // Unknown partitions and Regions are accepted.
  assert.equal(regionForRole(role('aws-iso'), ['us-iso-east-1']), 'us-iso-east-1');
  assert.equal(regionForRole(role('aws'), ['garage']), 'garage');
});

test('defaultAudience returns the audience of the partition', () => {
  const audiences = ['aws', 'aws-cn', 'aws-us-gov', 'aws-iso'].map((name) =>
    defaultAudience(`arn:${name}:iam::1:role/x`),
  );
  assert.deepEqual(audiences, ['sts.amazonaws.com', 'sts.amazonaws.com.cn', 'sts.amazonaws.com', 'sts.amazonaws.com']);
});

test('isAwsHost accepts the hosts of every partition, with and without dual-stack', () => {
  for (const suffix of [
    ...['amazonaws.com', 'api.aws', 'amazonaws.com.cn', 'api.amazonwebservices.com.cn'],
    ...['amazonaws.eu', 'api.amazonwebservices.eu', 'c2s.ic.gov', 'api.aws.ic.gov', 'sc2s.sgov.gov', 'api.aws.scloud'],
    ...['cloud.adc-e.uk', 'api.cloud-aws.adc-e.uk', 'csp.hci.ic.gov', 'api.aws.hci.ic.gov'],
  ]) {
    assert.ok(isAwsHost(`s3.some-region-1.${suffix}`), suffix);
    assert.ok(!isAwsHost(`s3.${suffix}.example.com`), suffix);
    assert.ok(!isAwsHost(`not${suffix}`), suffix);
  }
});
