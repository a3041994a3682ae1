import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ARN, problemsOf, read } from './read-step.ts';

describe('regions', () => {
  const arnIn = (partition: string, region: string) => `arn:${partition}:dynamodb:${region}:123456789012:table/Music`;
  const both = { AWS_REGION: 'eu-central-1', AWS_DEFAULT_REGION: 'eu-west-3' };
  for (const [what, given, env, source, dest] of [
    ['AWS_REGION', {}, both, 'eu-central-1', undefined],
    ['AWS_DEFAULT_REGION', {}, { AWS_REGION: ' ', AWS_DEFAULT_REGION: 'eu-west-3' }, 'eu-west-3', undefined],
    ['aws-region over the environment', { 'aws-region': 'sa-east-1' }, both, 'sa-east-1', 'sa-east-1'],
    ['source-aws-region', { 'source-aws-region': 'sa-east-1' }, {}, 'sa-east-1', undefined],
    ['dest-aws-region', { 'dest-aws-region': 'sa-east-1' }, both, 'eu-central-1', 'sa-east-1'],
    [
      'each side over aws-region',
      { 'aws-region': 'a-b-1', 'source-aws-region': 'c-d-1', 'dest-aws-region': 'e-f-1' },
      {},
      'c-d-1',
      'e-f-1',
    ],
    ['the ARN without any region', { 'dynamodb-table-name': ARN }, {}, 'us-east-1', undefined],
    ['the ARN over AWS_REGION', { 'dynamodb-table-name': ARN }, both, 'us-east-1', undefined],
    ['the ARN with a wrong AWS_REGION', { 'dynamodb-table-name': ARN }, { AWS_REGION: 'x y' }, 'us-east-1', undefined],
    ['the ARN and aws-region', { 'dynamodb-table-name': ARN, 'aws-region': 'us-east-1' }, {}, 'us-east-1', 'us-east-1'],
    [
      'the ARN and source-aws-region, with aws-region for the bucket',
      { 'dynamodb-table-name': ARN, 'source-aws-region': 'us-east-1', 'aws-region': 'eu-west-1' },
      {},
      'us-east-1',
      'eu-west-1',
    ],
    [
      'the ARN and dest-aws-region',
      { 'dynamodb-table-name': ARN, 'dest-aws-region': 'eu-west-1' },
      {},
      'us-east-1',
      'eu-west-1',
    ],
    ['China', { 'dynamodb-table-name': arnIn('aws-cn', 'cn-north-1') }, {}, 'cn-north-1', undefined],
    ['GovCloud', { 'dynamodb-table-name': arnIn('aws-us-gov', 'us-gov-west-1') }, {}, 'us-gov-west-1', undefined],
    [
      'an isolated one',
      { 'dynamodb-table-name': arnIn('aws-iso-b', 'us-isob-east-1') },
      {},
      'us-isob-east-1',
      undefined,
    ],
    [
      'the European cloud',
      { 'dynamodb-table-name': arnIn('aws-eusc', 'eusc-de-east-1') },
      {},
      'eusc-de-east-1',
      undefined,
    ],
    ['DynamoDB Local', { 'dynamodb-table-name': arnIn('aws', 'ddblocal') }, {}, 'ddblocal', undefined],
  ] as const) {
    it(`from ${what}`, () => {
      const inputs = read(given, env);
      assert.equal(inputs.sourceRegion, source);
      assert.equal(inputs.destRegion, dest);
    });
  }

  for (const [what, given, env, expected] of [
    ['none at all', {}, {}, /^aws-region: .*source-aws-region.*ARN.*AWS_REGION/],
    ['a destination alone', { 'dest-aws-region': 'eu-west-1' }, {}, /^aws-region: /],
    [
      'a wrong AWS_REGION',
      {},
      { AWS_REGION: 'x y' },
      /^AWS_REGION: the environment variable has the invalid value "x y"/,
    ],
    ['an index without a region', { 'dynamodb-table-name': `${ARN}/index/x` }, {}, /^dynamodb-table-name: /],
    ['an ARN elsewhere', { 'dynamodb-table-name': ARN, 'aws-region': 'eu-west-1' }, {}, /^aws-region: .*"us-east-1"/],
    [
      'an ARN elsewhere than the source',
      { 'dynamodb-table-name': ARN, 'source-aws-region': 'eu-west-1', 'aws-region': 'us-east-1' },
      {},
      /^source-aws-region: .*"us-east-1"/,
    ],
  ] as const) {
    it(`refuse ${what}`, () => {
      const lines = problemsOf(given, env);
      assert.equal(lines.length, 1, lines.join('\n'));
      assert.match(lines[0] ?? '', expected);
    });
  }
});
