import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { ACTION } from '../../src/version.ts';
import { dynamoDbError } from '../emulators/faults.ts';
import { NUMBERED_SUBJECT, SUBJECT } from '../emulators/sts/oidc-issuer.ts';
import { DEST_ROLE, openCredentialPair, ROLE, SOURCE_ROLE } from '../fixtures/credential-pair.ts';
import { assertFailed, startServers } from '../fixtures/pair.ts';
import { slowTest } from '../run/effort.ts';

await startServers();

const WEB_IDENTITY = 'AssumeRoleWithWebIdentity';

/** What moto takes without a look, and the double checks. */
const trusting = (roles: Parameters<typeof openCredentialPair>[0]['sts']['roles']) =>
  openCredentialPair({ sts: { roles }, realWherePossible: true });

suite('one role for both sides', { concurrency: 2 }, () => {
  test('is assumed by OIDC, once for all clients, whatever an earlier step left in the environment', async () => {
    await using credentials = await trusting({ [ROLE]: { subject: SUBJECT } });
    const { pair, sts, issuer } = credentials;
    await using run = await credentials.run({ 'role-to-assume': ROLE }, { environment: 'session' });
    assert.equal((await pair.copyOf(run)).summary.itemCount, 40);
    assert.deepEqual(
      sts.requests.map(({ operation, parameters: { RoleArn, RoleSessionName, DurationSeconds } }) => [
        operation,
        RoleArn,
        RoleSessionName,
        DurationSeconds,
      ]),
      [[WEB_IDENTITY, ROLE, 'GitHubActions', '3600']],
    );
    assert.equal(issuer.tokens.length, 1);
    assert.deepEqual(credentials.seen(), { source: [ROLE], dest: [ROLE] });
    assert.match(run.log, new RegExp(`Credentials for the table and the bucket: ${ROLE}, assumed with OIDC`));
    assert.doesNotMatch(run.log, /cannot be renewed/);
    for (const { headers } of [...sts.requests, ...pair.source.requests, ...pair.store.requests]) {
      assert.match(String(headers['user-agent']), new RegExp(`${ACTION.name}/${ACTION.version}`));
    }
  });

  slowTest('takes its name, duration and audience from the inputs, and either form of the subject', async () => {
    await using credentials = await openCredentialPair({
      sts: {
        roles: { [ROLE]: { subject: NUMBERED_SUBJECT, maximumSeconds: 43_200 } },
        audiences: ['https://example.com/a b'],
      },
      issuer: { subject: NUMBERED_SUBJECT },
      realWherePossible: true,
    });
    await using run = await credentials.run({
      'role-to-assume': ROLE,
      'role-session-name': 'nightly@shop',
      'role-duration-seconds': '7200',
      audience: 'https://example.com/a b',
    });
    await credentials.pair.copyOf(run);
    const [request] = credentials.sts.requests;
    assert.equal(request?.parameters['RoleSessionName'], 'nightly@shop');
    assert.equal(request?.parameters['DurationSeconds'], '7200');
  });

  slowTest('is assumed from the environment in a job without OIDC', async () => {
    await using credentials = await trusting({ [ROLE]: { principals: ['environment'], externalId: 'shop/42' } });
    const inputs = { 'role-to-assume': ROLE, 'role-external-id': 'shop/42' };
    await using run = await credentials.run(inputs, { oidc: false, environment: 'keys' });
    await credentials.pair.copyOf(run);
    assert.deepEqual(credentials.seen(), { source: [ROLE], dest: [ROLE] });
    const [request, ...more] = credentials.sts.requests;
    assert.deepEqual([request?.operation, request?.parameters['ExternalId']], ['AssumeRole', 'shop/42']);
    assert.deepEqual(more, []);
    // Keys of a user do not end.
    assert.doesNotMatch(run.log, /cannot be renewed/);
  });

  slowTest('of China is assumed with the audience of China', async () => {
    const role = 'arn:aws-cn:iam::123456789012:role/backup';
    await using credentials = await openCredentialPair({
      sts: { roles: { [role]: { subject: SUBJECT } }, audiences: ['sts.amazonaws.com.cn'] },
      // moto keeps the buckets of each partition apart.
      store: 'fauxqs',
    });
    await using run = await credentials.run({ 'role-to-assume': role, 'aws-region': 'cn-north-1' });
    await credentials.pair.copyOf(run);
    assert.deepEqual(credentials.seen(), { source: [role], dest: [role] });
  });
});

suite('each side has a role of its own', { concurrency: 2 }, () => {
  const BOTH = { 'source-role-to-assume': SOURCE_ROLE, 'dest-role-to-assume': DEST_ROLE };

  test('in an account and a region of its own, both by OIDC', async () => {
    await using credentials = await trusting({
      [SOURCE_ROLE]: { subject: SUBJECT },
      [DEST_ROLE]: { subject: SUBJECT },
    });
    const { pair, sts } = credentials;
    const regions = { 'source-aws-region': 'us-east-1', 'dest-aws-region': 'eu-west-1' };
    await using run = await credentials.run({ ...BOTH, ...regions });
    assert.equal((await pair.copyOf(run)).summary.itemCount, 40);
    assert.deepEqual(credentials.seen(), { source: [SOURCE_ROLE], dest: [DEST_ROLE] });
    assert.deepEqual(
      sts.requests.map(({ operation, parameters }) => [operation, parameters['RoleArn']]),
      [
        [WEB_IDENTITY, SOURCE_ROLE],
        [WEB_IDENTITY, DEST_ROLE],
      ],
    );
    const regionsOf = (requests: typeof pair.source.requests | typeof pair.store.requests) => [
      ...new Set(requests.map(({ headers }) => headers.authorization?.split('/')[2])),
    ];
    assert.deepEqual(regionsOf(pair.source.requests), ['us-east-1']);
    assert.deepEqual(regionsOf(pair.store.requests), ['eu-west-1']);
    assert.match(run.log, new RegExp(`Credentials for the table: ${SOURCE_ROLE}, assumed with OIDC`));
    assert.match(run.log, new RegExp(`Credentials for the bucket: ${DEST_ROLE}, assumed with OIDC`));
  });

  slowTest(
    "with role-chaining the destination's is assumed from the source's, and that from the environment",
    async () => {
      await using credentials = await trusting({
        [SOURCE_ROLE]: { principals: ['environment'] },
        [DEST_ROLE]: { principals: [SOURCE_ROLE] },
      });
      await using run = await credentials.run({ ...BOTH, 'role-chaining': 'true' }, { environment: 'session' });
      await credentials.pair.copyOf(run);
      assert.deepEqual(credentials.seen(), { source: [SOURCE_ROLE], dest: [DEST_ROLE] });
      assert.deepEqual(
        credentials.sts.requests.map(({ operation, headers }) => [operation, credentials.sts.roleOf(headers)]),
        [
          ['AssumeRole', 'environment'],
          ['AssumeRole', SOURCE_ROLE],
        ],
      );
      assert.deepEqual(credentials.issuer.tokens, []);
      assert.match(run.log, /environment's AWS credentials are temporary and cannot be renewed/);
    },
  );

  slowTest('the same one by two names is one', async () => {
    await using credentials = await trusting({ [ROLE]: { subject: SUBJECT } });
    await using run = await credentials.run({ 'role-to-assume': ROLE, 'dest-role-to-assume': ROLE });
    await credentials.pair.copyOf(run);
    assert.equal(credentials.sts.requests.length, 1);
  });
});

suite('one side has a role', { concurrency: 2 }, () => {
  slowTest('a destination without one follows the source', async () => {
    await using credentials = await trusting({ [SOURCE_ROLE]: { subject: SUBJECT } });
    await using run = await credentials.run({ 'source-role-to-assume': SOURCE_ROLE }, { environment: 'keys' });
    await credentials.pair.copyOf(run);
    assert.deepEqual(credentials.seen(), { source: [SOURCE_ROLE], dest: [SOURCE_ROLE] });
    assert.equal(credentials.sts.requests.length, 1);
  });

  slowTest('a source without one is the environment', async () => {
    await using credentials = await trusting({ [DEST_ROLE]: { subject: SUBJECT } });
    await using run = await credentials.run({ 'dest-role-to-assume': DEST_ROLE }, { environment: 'session' });
    await credentials.pair.copyOf(run);
    assert.deepEqual(credentials.seen(), { source: ['environment'], dest: [DEST_ROLE] });
    assert.match(run.log, /cannot be renewed/);
  });

  test('and neither: the environment as it is, and STS is not asked', async () => {
    await using credentials = await trusting({});
    await using run = await credentials.run({}, { environment: 'session' });
    await credentials.pair.copyOf(run);
    assert.deepEqual(credentials.seen(), { source: ['environment'], dest: ['environment'] });
    assert.deepEqual([credentials.sts.requests, credentials.issuer.tokens], [[], []]);
    assert.match(run.log, /cannot be renewed/);
  });
});

test('a session that is revoked in the middle is replaced', async () => {
  await using credentials = await openCredentialPair({ sts: { roles: { [ROLE]: { subject: SUBJECT } } } });
  let scans = 0;
  credentials.disturbSource((operation) => {
    if (operation !== 'Scan') return undefined;
    scans += 1;
    // Old enough to have been good once.
    if (scans === 20) setTimeout(credentials.sts.revoke, 200);
    return { delayMs: 300 };
  });
  const inputs = { 'role-to-assume': ROLE, 'total-segments': '1', 'dynamodb-scan-kwargs': '{"Limit": 1}' };
  await using run = await credentials.run(inputs);
  assert.equal((await credentials.pair.copyOf(run)).summary.itemCount, 40);
  assert.equal(credentials.sts.sessions.length, 2);
});

slowTest('what AWS says of a session is shown without the secrets of it', async () => {
  await using credentials = await openCredentialPair({ sts: { roles: { [ROLE]: { subject: SUBJECT } } } });
  const { pair, sts } = credentials;
  credentials.disturbSource((operation) => {
    const [{ accessKeyId, secretAccessKey, sessionToken } = raise()] = sts.sessions;
    const who = `User: arn:aws:sts::123456789012:assumed-role/${accessKeyId}/${secretAccessKey}/${sessionToken}`;
    const message = `${who} is not authorized to perform: dynamodb:Scan on resource: orders`;
    return operation === 'Scan' ? dynamoDbError('AccessDeniedException', message) : undefined;
  });
  // The runner's double fails where one of them is to be found.
  await using run = await credentials.run({ 'role-to-assume': ROLE });
  const { message } = await assertFailed(run, pair, 'ACCESS_DENIED');
  assert.match(message, /assumed-role\/\*\*\*\/\*\*\*\/\*\*\* is not authorized to perform dynamodb:Scan/);
});

function raise(): never {
  throw new Error('no session was issued');
}
