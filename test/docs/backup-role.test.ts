import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { suite, test } from 'node:test';
import { type PolicyStatement, policyBelow } from '../fixtures/iam-policy.ts';
import { blocksOf, documents } from './documents.ts';
import { documentedPolicies, type Policies, type Policy } from './stack-policies.ts';
import { parseTemplate, resolveResources } from './template.ts';

interface RoleProperties {
  readonly AssumeRolePolicyDocument: {
    readonly Statement: readonly {
      readonly Principal: { readonly Federated: string };
      readonly Condition: { readonly StringEquals: Readonly<Record<string, string>> };
    }[];
  };
  readonly Policies: readonly PolicyProperties[];
}

interface PolicyProperties {
  readonly PolicyName: string;
  readonly PolicyDocument: Policy;
  /** Roles of a policy that is a resource of its own */
  readonly Roles?: readonly string[];
}

interface BucketProperties {
  readonly BucketName?: string;
  readonly VersioningConfiguration?: unknown;
  readonly ObjectLockConfiguration?: unknown;
  readonly LifecycleConfiguration: { readonly Rules: readonly { readonly Id: string }[] };
  readonly [name: string]: unknown;
}

const template = parseTemplate(readFileSync('examples/aws/backup-role.yaml', 'utf8'));
const names = { bucket: 'my-backups', region: 'eu-central-1', account: '111111111111' };
const documented = documentedPolicies(names);

/** Returns the resources of a stack for the table orders. */
function stackOf(parameters: Readonly<Record<string, string>> = {}) {
  const resources = resolveResources(template, {
    TableName: 'orders',
    Repository: 'octo-org@987654/shop@123456',
    CreateOidcProvider: 'false',
    'AWS::Partition': 'aws',
    'AWS::Region': names.region,
    'AWS::AccountId': names.account,
    ...{ Bucket: names.bucket, CopyRole: 'CopyRole', RestoreRole: 'RestoreRole', VerifyRole: 'VerifyRole' },
    OidcProvider: 'arn:aws:iam::111111111111:oidc-provider/token.actions.githubusercontent.com',
    ...parameters,
  });
  return {
    names: Object.keys(resources),
    bucket: resources['Bucket'] as BucketProperties,
    policiesOf: (role: string): Policies => {
      const attached = (Object.values(resources) as PolicyProperties[]).filter(({ Roles }) => Roles?.includes(role));
      const policies = [...(resources[role] as RoleProperties).Policies, ...attached];
      return Object.fromEntries(policies.map(({ PolicyName, PolicyDocument }) => [PolicyName, PolicyDocument]));
    },
    subjectOf: (role: string) => trustOf(resources[role] as RoleProperties)[`${ISSUER}:sub`],
    audienceOf: (role: string) => trustOf(resources[role] as RoleProperties)[`${ISSUER}:aud`],
  };
}

const ISSUER = 'token.actions.githubusercontent.com';

function trustOf({ AssumeRolePolicyDocument }: RoleProperties): Readonly<Record<string, string>> {
  const [statement] = AssumeRolePolicyDocument.Statement;
  assert.equal(
    statement?.Principal.Federated,
    'arn:aws:iam::111111111111:oidc-provider/token.actions.githubusercontent.com',
  );
  return statement.Condition.StringEquals;
}

suite('the roles in examples/aws/backup-role.yaml', () => {
  test('have exactly the policies in docs/credentials.md', () => {
    const stack = stackOf();
    assert.deepEqual(stack.policiesOf('CopyRole'), documented.copy);
    assert.deepEqual(stack.policiesOf('RestoreRole'), documented.restore);
    assert.deepEqual(stack.policiesOf('VerifyRole'), documented.verify.data);
    assert.deepEqual(stackOf({ AllowExport: 'true' }).policiesOf('CopyRole'), documented.export);
    for (const access of ['manifests', 'data', 'compare'] as const) {
      assert.deepEqual(stackOf({ VerifyAccess: access }).policiesOf('VerifyRole'), documented.verify[access]);
    }
  });

  test('are compared with policies that are not empty', () => {
    const all = [documented.export, documented.restore, documented.verify.compare].flatMap((each) =>
      Object.values(each),
    );
    assert.deepEqual(
      all.map(({ Statement }) => Statement.length),
      [2, 3, 1, 5, 6, 1, 2, 1],
    );
    assert.match(JSON.stringify(documented.verify.manifests), /manifest-\*/);
    assert.doesNotMatch(JSON.stringify(documented.verify.data), /manifest-\*/);
    assert.match(JSON.stringify(documented.restore), /orders-drill-\*/);
  });

  for (const heading of ['Plan', 'Shards', 'Finish']) {
    test(`allow the role to copy all that docs/credentials.md lists under ${heading}`, () => {
      const allowed = Object.values(stackOf().policiesOf('CopyRole')).flatMap(
        ({ Statement }) => Statement as readonly PolicyStatement[],
      );
      for (const needed of policyBelow(heading)) {
        for (const action of [needed.Action].flat()) {
          for (const resource of [needed.Resource].flat()) {
            const isAllowed = allowed.some(
              ({ Action, Resource, Condition }) =>
                [Action].flat().includes(action) &&
                [Resource].flat().some((pattern) => covers(pattern, resource)) &&
                (Condition === undefined || JSON.stringify(Condition) === JSON.stringify(needed.Condition)),
            );
            assert.ok(isAllowed, `${action} on ${resource}`);
          }
        }
      }
    });
  }

  test('can be assumed only by jobs on the branch, or in the environment, of the repository', () => {
    const onBranch = stackOf({ Branch: 'release' });
    const restricted = stackOf({ RestoreEnvironment: 'restore', VerifyRepository: 'octo-org/monitoring' });
    const inEnvironment = stackOf({ Environment: 'backup' });
    for (const [stack, copy, restore, verify] of [
      [onBranch, 'ref:refs/heads/release', 'ref:refs/heads/release', 'ref:refs/heads/release'],
      [inEnvironment, 'environment:backup', 'environment:backup', 'environment:backup'],
      [restricted, 'ref:refs/heads/main', 'environment:restore', undefined],
    ] as const) {
      assert.equal(stack.subjectOf('CopyRole'), `repo:octo-org@987654/shop@123456:${copy}`);
      assert.equal(stack.subjectOf('RestoreRole'), `repo:octo-org@987654/shop@123456:${restore}`);
      assert.equal(
        stack.subjectOf('VerifyRole'),
        verify === undefined
          ? 'repo:octo-org/monitoring:ref:refs/heads/main'
          : `repo:octo-org@987654/shop@123456:${verify}`,
      );
      assert.equal(stack.audienceOf('CopyRole'), 'sts.amazonaws.com');
    }
  });

  test('trust the audience of AWS China there', () => {
    const stack = stackOf({ CreateOidcProvider: 'true', 'AWS::Partition': 'aws-cn' });
    for (const role of ['CopyRole', 'RestoreRole', 'VerifyRole']) {
      assert.equal(stack.audienceOf(role), 'sts.amazonaws.com.cn');
    }
  });

  for (const repository of ['octo-org/*', '*/shop', 'octo-org', 'octo-org/shop:ref:refs/heads/main']) {
    test(`cannot be deployed for the repository ${repository}`, () => {
      assert.throws(() => stackOf({ Repository: repository }), /Repository does not allow/);
    });
  }

  test('include the role for live-check.yml only if it is requested', () => {
    const without = stackOf();
    assert.ok(!without.names.includes('LiveRole'));
    assert.equal(without.policiesOf('RestoreRole')['BulkPut'], undefined);
    const stack = stackOf({ TableName: 'live-check-*', LiveCheckRole: 'true' });
    assert.deepEqual(Object.keys(stack.policiesOf('LiveRole')), ['LiveCheck']);
    assert.deepEqual(stack.policiesOf('RestoreRole')['BulkPut']?.Statement[0], {
      Effect: 'Allow',
      Action: ['dynamodb:StartBulkPutItems', 'dynamodb:DescribeBulkOperation'],
      Resource: 'arn:aws:dynamodb:eu-central-1:111111111111:table/live-check-*',
    });
    const resources = Object.values(stack.policiesOf('LiveRole')).flatMap(({ Statement }) =>
      (Statement as readonly PolicyStatement[]).flatMap(({ Resource }) => [Resource].flat()),
    );
    for (const resource of resources) assert.match(resource, /live-check-\*|^\*$|^arn:aws:s3:::my-backups$/);
  });
});

suite('the commands in the documents that deploy examples/aws/backup-role.yaml', () => {
  const commands = documents
    .flatMap(blocksOf)
    .filter(({ lines }) => lines.some((line) => line.includes('aws cloudformation deploy')));

  test('are in the README and in CONTRIBUTING.md', () =>
    assert.deepEqual(commands.map(({ place }) => place.split(':')[0]).sort(), ['CONTRIBUTING.md', 'README.md']));

  for (const { place, lines } of commands) {
    test(`set parameters that the template accepts: ${place}`, () => {
      const parameters = Object.fromEntries(
        [...lines.join('\n').matchAll(/\b([A-Z]\w+)=([^\s']+)/g)].map(([, name = '', value = '']) => [name, value]),
      );
      const unknown = Object.keys(parameters).filter((name) => !(name in template.Parameters));
      assert.deepEqual(unknown, []);
      const required = Object.entries(template.Parameters).filter(([, { Default }]) => Default === undefined);
      assert.deepEqual(
        required.map(([name]) => name).filter((name) => !(name in parameters)),
        [],
      );
      assert.ok(stackOf(parameters).names.includes('CopyRole'));
    });
  }

  test('set what the role for live-check.yml requires', () => {
    const live = commands.find(({ lines }) => lines.join().includes('LiveCheckRole=true'));
    for (const parameter of ['TableName=live-check-*', 'AllowExport=true', 'VerifyAccess=compare']) {
      assert.ok(live?.lines.join('\n').includes(parameter), parameter);
    }
  });
});

suite('the bucket in examples/aws/backup-role.yaml', () => {
  test('is private, encrypted and can only be accessed with TLS', () => {
    const { bucket } = stackOf();
    assert.deepEqual(Object.values(bucket['PublicAccessBlockConfiguration'] as object), [true, true, true, true]);
    assert.deepEqual(bucket['OwnershipControls'], { Rules: [{ ObjectOwnership: 'BucketOwnerEnforced' }] });
    assert.match(JSON.stringify(bucket['BucketEncryption']), /"SSEAlgorithm":"AES256"/);
    const [statement] = resolvedBucketPolicy();
    assert.deepEqual(statement, {
      Sid: 'OnlyTls',
      Effect: 'Deny',
      Principal: '*',
      Action: 's3:*',
      Resource: ['arn:aws:s3:::my-backups', 'arn:aws:s3:::my-backups/*'],
      Condition: { Bool: { 'aws:SecureTransport': 'false' } },
    });
  });

  test('deletes parts of incomplete uploads and old checkpoints, and keeps copies by default', () => {
    const { bucket } = stackOf();
    assert.deepEqual(bucket.LifecycleConfiguration.Rules, [
      {
        Id: 'abort-incomplete-uploads',
        Status: 'Enabled',
        AbortIncompleteMultipartUpload: { DaysAfterInitiation: 7 },
      },
      {
        Id: 'expire-checkpoints',
        Status: 'Enabled',
        Prefix: 'orders/AWSDynamoDB/_resume/',
        ExpirationInDays: 8,
        NoncurrentVersionExpiration: { NoncurrentDays: 1 },
      },
    ]);
    assert.equal(bucket.VersioningConfiguration, undefined);
    assert.equal(bucket.ObjectLockConfiguration, undefined);
    assert.equal(bucket.BucketName, undefined);
    assert.equal(stackOf({ BucketName: 'my-backups' }).bucket.BucketName, 'my-backups');
  });

  // With Retain, the bucket of a stack that could not be created would remain, and block the next attempt.
  // https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-attribute-deletionpolicy.html
  test('remains, as the identity provider does, when the stack is deleted, but not when its creation fails', () => {
    const policies = Object.entries(template.Resources).map(([name, { DeletionPolicy }]) => [name, DeletionPolicy]);
    assert.deepEqual(
      policies.filter(([, policy]) => policy !== undefined),
      [
        ['Bucket', 'RetainExceptOnCreate'],
        ['OidcProvider', 'RetainExceptOnCreate'],
      ],
    );
  });

  test('has no rule for checkpoints if the name of the table is a pattern', () => {
    const { Rules } = stackOf({ TableName: 'shop-*' }).bucket.LifecycleConfiguration;
    assert.deepEqual(
      Rules.map(({ Id }) => Id),
      ['abort-incomplete-uploads'],
    );
  });

  test('has versions, an expiration and Object Lock only if they are requested', () => {
    const versioned = stackOf({ Versioning: 'true', RetentionDays: '90' }).bucket;
    assert.deepEqual(versioned.VersioningConfiguration, { Status: 'Enabled' });
    assert.deepEqual(versioned.LifecycleConfiguration.Rules.slice(2), [
      { Id: 'expire-copies', Status: 'Enabled', ExpirationInDays: '90' },
      {
        Id: 'expire-noncurrent-versions',
        Status: 'Enabled',
        NoncurrentVersionExpiration: { NoncurrentDays: 30 },
      },
    ]);
    const locked = stackOf({ ObjectLockDays: '35' }).bucket;
    assert.deepEqual(locked.VersioningConfiguration, { Status: 'Enabled' });
    assert.deepEqual(locked.ObjectLockConfiguration, {
      ObjectLockEnabled: 'Enabled',
      Rule: { DefaultRetention: { Mode: 'GOVERNANCE', Days: '35' } },
    });
  });
});

function resolvedBucketPolicy(): readonly unknown[] {
  const resources = resolveResources(template, {
    ...{ TableName: 'orders', Repository: 'octo-org/shop', CreateOidcProvider: 'true' },
    ...{ 'AWS::Partition': 'aws', 'AWS::Region': names.region, 'AWS::AccountId': names.account },
    ...{ Bucket: names.bucket, OidcProvider: 'arn' },
  });
  assert.deepEqual(resources['OidcProvider'], {
    Url: 'https://token.actions.githubusercontent.com',
    ClientIdList: ['sts.amazonaws.com'],
  });
  return (resources['BucketPolicy'] as { PolicyDocument: Policy }).PolicyDocument.Statement;
}

/** Returns whether each ARN that matches the second pattern matches the first. A `*` there stands for any text. */
function covers(pattern: string, resource: string): boolean {
  const literals = pattern.split('*').map((literal) => literal.replace(/[.+?^$\\{}()|[\]]/g, '\\$&'));
  return new RegExp(`^${literals.join('.*')}$`).test(resource);
}
