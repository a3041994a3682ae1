import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ARN, problemsOf, read } from './read-step.ts';

describe('the source and destination Regions', () => {
  const arnIn = (partition: string, region: string) => `arn:${partition}:dynamodb:${region}:123456789012:table/Music`;
  const both = { AWS_REGION: 'eu-central-1', AWS_DEFAULT_REGION: 'eu-west-3' };
  for (const [what, given, env, source, dest] of [
    ['AWS_REGION', {}, both, 'eu-central-1', undefined],
    ['AWS_DEFAULT_REGION', {}, { AWS_REGION: ' ', AWS_DEFAULT_REGION: 'eu-west-3' }, 'eu-west-3', undefined],
    ['aws-region over the environment', { 'aws-region': 'sa-east-1' }, both, 'sa-east-1', 'sa-east-1'],
    ['source-aws-region', { 'source-aws-region': 'sa-east-1' }, {}, 'sa-east-1', undefined],
    ['dest-aws-region', { 'dest-aws-region': 'sa-east-1' }, both, 'eu-central-1', 'sa-east-1'],
    [
      'source-aws-region and dest-aws-region over aws-region',
      { 'aws-region': 'a-b-1', 'source-aws-region': 'c-d-1', 'dest-aws-region': 'e-f-1' },
      {},
      'c-d-1',
      'e-f-1',
    ],
    ['the table ARN without a Region input or variable', { 'dynamodb-table-name': ARN }, {}, 'us-east-1', undefined],
    ['the table ARN over AWS_REGION', { 'dynamodb-table-name': ARN }, both, 'us-east-1', undefined],
    [
      'the table ARN with an invalid AWS_REGION',
      { 'dynamodb-table-name': ARN },
      { AWS_REGION: 'x y' },
      'us-east-1',
      undefined,
    ],
    [
      'the table ARN and the same aws-region',
      { 'dynamodb-table-name': ARN, 'aws-region': 'us-east-1' },
      {},
      'us-east-1',
      'us-east-1',
    ],
    [
      'the table ARN and source-aws-region, with aws-region for the bucket',
      { 'dynamodb-table-name': ARN, 'source-aws-region': 'us-east-1', 'aws-region': 'eu-west-1' },
      {},
      'us-east-1',
      'eu-west-1',
    ],
    [
      'the table ARN and dest-aws-region',
      { 'dynamodb-table-name': ARN, 'dest-aws-region': 'eu-west-1' },
      {},
      'us-east-1',
      'eu-west-1',
    ],
    ['a table ARN in China', { 'dynamodb-table-name': arnIn('aws-cn', 'cn-north-1') }, {}, 'cn-north-1', undefined],
    [
      'a table ARN in GovCloud',
      { 'dynamodb-table-name': arnIn('aws-us-gov', 'us-gov-west-1') },
      {},
      'us-gov-west-1',
      undefined,
    ],
    [
      'a table ARN in an isolated partition',
      { 'dynamodb-table-name': arnIn('aws-iso-b', 'us-isob-east-1') },
      {},
      'us-isob-east-1',
      undefined,
    ],
    [
      'a table ARN in the European Sovereign Cloud',
      { 'dynamodb-table-name': arnIn('aws-eusc', 'eusc-de-east-1') },
      {},
      'eusc-de-east-1',
      undefined,
    ],
    ['a table ARN of DynamoDB Local', { 'dynamodb-table-name': arnIn('aws', 'ddblocal') }, {}, 'ddblocal', undefined],
  ] as const) {
    it(`are taken from ${what}`, () => {
      const inputs = read(given, env);
      assert.equal(inputs.sourceRegion, source);
      assert.equal(inputs.destRegion, dest);
    });
  }

  for (const [what, given, env, expected] of [
    ['inputs without a Region', {}, {}, /^aws-region: .*source-aws-region.*ARN.*AWS_REGION/],
    ['dest-aws-region without a source Region', { 'dest-aws-region': 'eu-west-1' }, {}, /^aws-region: /],
    [
      'an invalid AWS_REGION',
      {},
      { AWS_REGION: 'x y' },
      /^AWS_REGION: the environment variable has the invalid value "x y"/,
    ],
    [
      'an index ARN without reporting a missing Region',
      { 'dynamodb-table-name': `${ARN}/index/x` },
      {},
      /^dynamodb-table-name: /,
    ],
    [
      'aws-region that differs from the Region of the table ARN',
      { 'dynamodb-table-name': ARN, 'aws-region': 'eu-west-1' },
      {},
      /^aws-region: .*"us-east-1"/,
    ],
    [
      'source-aws-region that differs from the Region of the table ARN',
      { 'dynamodb-table-name': ARN, 'source-aws-region': 'eu-west-1', 'aws-region': 'us-east-1' },
      {},
      /^source-aws-region: .*"us-east-1"/,
    ],
  ] as const) {
    it(`reject ${what}`, () => {
      const lines = problemsOf(given, env);
      assert.equal(lines.length, 1, lines.join('\n'));
      assert.match(lines[0] ?? '', expected);
    });
  }
});
