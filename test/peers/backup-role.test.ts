import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { suite, test } from 'node:test';
import { GetBucketEncryptionCommand, S3Client } from '@aws-sdk/client-s3';
import { documentedPolicies } from '../docs/stack-policies.ts';
import { chosenStore } from '../emulators/store.ts';
import { CREDENTIALS } from '../fixtures/credentials.ts';
import { startServers } from '../fixtures/pair.ts';

// moto is the only test server that implements CloudFormation. It creates the roles with their policies, and the bucket
// with its encryption. It ignores the identity provider, the bucket policy and the other settings of the bucket, which
// test/docs/backup-role.test.ts checks.
const skip = chosenStore() !== 'moto' && 'requires TEST_STORE=moto, the only store that implements CloudFormation';
if (!skip) {
  await startServers();
}

const NAMES = { region: 'eu-central-1', account: '111111111111' } as const;
const TEMPLATE = readFileSync('examples/aws/backup-role.yaml', 'utf8');

suite('examples/aws/backup-role.yaml deployed to moto', () => {
  test('creates a bucket, and roles with exactly the policies in docs/credentials.md', { skip }, async () => {
    for (const [access, AllowExport] of [
      ['manifests', 'false'],
      ['data', 'true'],
      ['compare', 'true'],
    ] as const) {
      const bucket = `backups-${crypto.randomUUID()}`;
      const outputs = await deploy({ BucketName: bucket, VerifyAccess: access, AllowExport });
      assert.equal(outputs['BucketName'], bucket);
      const expected = documentedPolicies({ ...NAMES, bucket });
      assert.deepEqual(
        await policiesOf(outputs['CopyRoleArn']),
        AllowExport === 'true' ? expected.export : expected.copy,
      );
      assert.deepEqual(await policiesOf(outputs['RestoreRoleArn']), expected.restore);
      assert.deepEqual(await policiesOf(outputs['VerifyRoleArn']), expected.verify[access]);
      assert.equal(await encryptionOf(bucket), 'AES256');
    }
  });

  test('allows only jobs on the branch of the repository to assume the roles', { skip }, async () => {
    const outputs = await deploy({});
    for (const name of ['CopyRoleArn', 'RestoreRoleArn', 'VerifyRoleArn']) {
      const role = await queryMoto('iam', { Action: 'GetRole', RoleName: nameOf(outputs[name]) });
      const [, encoded = ''] = /<AssumeRolePolicyDocument>(.*?)<\/AssumeRolePolicyDocument>/s.exec(role) ?? [];
      assert.deepEqual(JSON.parse(decodeURIComponent(encoded)), {
        Version: '2012-10-17',
        Statement: [
          {
            Effect: 'Allow',
            Principal: {
              Federated: `arn:aws:iam::${NAMES.account}:oidc-provider/token.actions.githubusercontent.com`,
            },
            Action: 'sts:AssumeRoleWithWebIdentity',
            Condition: {
              StringEquals: {
                'token.actions.githubusercontent.com:aud': 'sts.amazonaws.com',
                'token.actions.githubusercontent.com:sub': 'repo:octo-org@987654/shop@123456:ref:refs/heads/main',
              },
            },
          },
        ],
      });
    }
  });

  test('creates the role for live-check.yml if it is requested', { skip }, async () => {
    assert.equal((await deploy({}))['LiveCheckRoleArn'], undefined);
    const outputs = await deploy({ TableName: 'live-check-*', LiveCheckRole: 'true' });
    assert.deepEqual(Object.keys(await policiesOf(outputs['LiveCheckRoleArn'])), ['LiveCheck']);
  });
});

/** Creates a stack for the table orders. Returns its outputs. */
async function deploy(parameters: Readonly<Record<string, string>>): Promise<Readonly<Record<string, string>>> {
  const all = {
    ...{ TableName: 'orders', Repository: 'octo-org@987654/shop@123456', CreateOidcProvider: 'false' },
    ...parameters,
  };
  const members = Object.entries(all).flatMap(([key, value], index) => [
    [`Parameters.member.${index + 1}.ParameterKey`, key],
    [`Parameters.member.${index + 1}.ParameterValue`, value],
  ]);
  const StackName = `stack-${crypto.randomUUID()}`;
  await queryMoto('cloudformation', {
    Action: 'CreateStack',
    StackName,
    TemplateBody: TEMPLATE,
    ...Object.fromEntries(members),
  });
  const stack = await queryMoto('cloudformation', { Action: 'DescribeStacks', StackName });
  assert.match(stack, /<StackStatus>CREATE_COMPLETE<\/StackStatus>/);
  const outputs = stack.matchAll(/<OutputKey>(.*?)<\/OutputKey>\s*<OutputValue>(.*?)<\/OutputValue>/gs);
  return Object.fromEntries([...outputs].map(([, key = '', value = '']) => [key, value]));
}

/** Returns the inline policies of a role by name. */
async function policiesOf(roleArn: string | undefined): Promise<Readonly<Record<string, unknown>>> {
  const RoleName = nameOf(roleArn);
  const list = await queryMoto('iam', { Action: 'ListRolePolicies', RoleName });
  const policies: Record<string, unknown> = {};
  for (const [, PolicyName = ''] of list.matchAll(/<member>(.*?)<\/member>/g)) {
    const policy = await queryMoto('iam', { Action: 'GetRolePolicy', RoleName, PolicyName });
    const [, document = ''] = /<PolicyDocument>(.*?)<\/PolicyDocument>/s.exec(policy) ?? [];
    // moto returns a policy of the property Policies as Python writes it, in single quotes.
    policies[PolicyName] = JSON.parse(decodeURIComponent(document).replaceAll("'", '"'));
  }
  return policies;
}

function nameOf(roleArn = ''): string {
  assert.match(roleArn, /^arn:aws:iam::111111111111:role\//);
  return roleArn.split('/').at(-1) ?? '';
}

async function encryptionOf(Bucket: string): Promise<string | undefined> {
  const s3 = new S3Client({
    endpoint: endpoint(),
    region: NAMES.region,
    credentials: CREDENTIALS,
    forcePathStyle: true,
  });
  s3.middlewareStack.add(
    (next) => (args) => {
      (args.request as { headers: Record<string, string> }).headers['x-moto-account-id'] = NAMES.account;
      return next(args);
    },
    { step: 'build' },
  );
  const { ServerSideEncryptionConfiguration } = await s3.send(new GetBucketEncryptionCommand({ Bucket }));
  s3.destroy();
  return ServerSideEncryptionConfiguration?.Rules?.[0]?.ApplyServerSideEncryptionByDefault?.SSEAlgorithm;
}

/** Sends a request of an AWS query API. moto does not verify the signature, but reads the service and Region in it. */
async function queryMoto(service: 'cloudformation' | 'iam', parameters: Readonly<Record<string, string>>) {
  const scope = `${CREDENTIALS.accessKeyId}/20261128/${NAMES.region}/${service}/aws4_request`;
  const response = await fetch(endpoint(), {
    method: 'POST',
    headers: {
      authorization: `AWS4-HMAC-SHA256 Credential=${scope}, SignedHeaders=host, Signature=0`,
      'x-moto-account-id': NAMES.account,
    },
    body: new URLSearchParams(parameters),
  });
  const text = await response.text();
  assert.equal(response.status, 200, text);
  return text;
}

function endpoint(): string {
  return process.env['TEST_STORE_ENDPOINT'] ?? '';
}
