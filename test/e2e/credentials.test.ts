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

/** Opens a pair whose STS emulator checks what moto does not check: the trust policies of the roles. */
const openTrusting = (roles: Parameters<typeof openCredentialPair>[0]['sts']['roles']) =>
  openCredentialPair({ sts: { roles }, realWherePossible: true });

suite('one role for source and destination', { concurrency: 2 }, () => {
  test('assumes the role once with OIDC for all clients and ignores credentials in the environment', async () => {
    await using credentials = await openTrusting({ [ROLE]: { subject: SUBJECT } });
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

  slowTest('uses the session name, duration and audience from the inputs with either form of sub', async () => {
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

  slowTest('assumes the role with the credentials of the environment in a job without OIDC', async () => {
    await using credentials = await openTrusting({ [ROLE]: { principals: ['environment'], externalId: 'shop/42' } });
    const inputs = { 'role-to-assume': ROLE, 'role-external-id': 'shop/42' };
    await using run = await credentials.run(inputs, { oidc: false, environment: 'keys' });
    await credentials.pair.copyOf(run);
    assert.deepEqual(credentials.seen(), { source: [ROLE], dest: [ROLE] });
    const [request, ...more] = credentials.sts.requests;
    assert.deepEqual([request?.operation, request?.parameters['ExternalId']], ['AssumeRole', 'shop/42']);
    assert.deepEqual(more, []);
    // The access keys of a user do not expire.
    assert.doesNotMatch(run.log, /cannot be renewed/);
  });

  slowTest('assumes a role in a China Region with the audience sts.amazonaws.com.cn', async () => {
    const role = 'arn:aws-cn:iam::123456789012:role/backup';
    await using credentials = await openCredentialPair({
      sts: { roles: { [role]: { subject: SUBJECT } }, audiences: ['sts.amazonaws.com.cn'] },
      // moto stores the buckets of each partition separately.
      store: 'fauxqs',
    });
    await using run = await credentials.run({ 'role-to-assume': role, 'aws-region': 'cn-north-1' });
    await credentials.pair.copyOf(run);
    assert.deepEqual(credentials.seen(), { source: [role], dest: [role] });
  });
});

suite('separate roles for source and destination', { concurrency: 2 }, () => {
  const BOTH_ROLES = { 'source-role-to-assume': SOURCE_ROLE, 'dest-role-to-assume': DEST_ROLE };

  test('assumes two roles in two accounts and Regions with OIDC', async () => {
    await using credentials = await openTrusting({
      [SOURCE_ROLE]: { subject: SUBJECT },
      [DEST_ROLE]: { subject: SUBJECT },
    });
    const { pair, sts } = credentials;
    const regions = { 'source-aws-region': 'us-east-1', 'dest-aws-region': 'eu-west-1' };
    await using run = await credentials.run({ ...BOTH_ROLES, ...regions });
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

  slowTest('assumes the destination role with the source role if role-chaining is true', async () => {
    await using credentials = await openTrusting({
      [SOURCE_ROLE]: { principals: ['environment'] },
      [DEST_ROLE]: { principals: [SOURCE_ROLE] },
    });
    await using run = await credentials.run({ ...BOTH_ROLES, 'role-chaining': 'true' }, { environment: 'session' });
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
  });

  slowTest('assumes a role once if role-to-assume and dest-role-to-assume name the same role', async () => {
    await using credentials = await openTrusting({ [ROLE]: { subject: SUBJECT } });
    await using run = await credentials.run({ 'role-to-assume': ROLE, 'dest-role-to-assume': ROLE });
    await credentials.pair.copyOf(run);
    assert.equal(credentials.sts.requests.length, 1);
  });
});

suite('a role for the source or the destination only', { concurrency: 2 }, () => {
  slowTest('uses the source role for the destination if the destination has no role', async () => {
    await using credentials = await openTrusting({ [SOURCE_ROLE]: { subject: SUBJECT } });
    await using run = await credentials.run({ 'source-role-to-assume': SOURCE_ROLE }, { environment: 'keys' });
    await credentials.pair.copyOf(run);
    assert.deepEqual(credentials.seen(), { source: [SOURCE_ROLE], dest: [SOURCE_ROLE] });
    assert.equal(credentials.sts.requests.length, 1);
  });

  slowTest('uses the credentials of the environment for the source if only the destination has a role', async () => {
    await using credentials = await openTrusting({ [DEST_ROLE]: { subject: SUBJECT } });
    await using run = await credentials.run({ 'dest-role-to-assume': DEST_ROLE }, { environment: 'session' });
    await credentials.pair.copyOf(run);
    assert.deepEqual(credentials.seen(), { source: ['environment'], dest: [DEST_ROLE] });
    assert.match(run.log, /cannot be renewed/);
  });

  test('uses the credentials of the environment without a request to STS if no role is set', async () => {
    await using credentials = await openTrusting({});
    await using run = await credentials.run({}, { environment: 'session' });
    await credentials.pair.copyOf(run);
    assert.deepEqual(credentials.seen(), { source: ['environment'], dest: ['environment'] });
    assert.deepEqual([credentials.sts.requests, credentials.issuer.tokens], [[], []]);
    assert.match(run.log, /cannot be renewed/);
  });
});

test('requests a new session if the session is revoked during the copy', async () => {
  await using credentials = await openCredentialPair({ sts: { roles: { [ROLE]: { subject: SUBJECT } } } });
  let scans = 0;
  credentials.disturbSource((operation) => {
    if (operation !== 'Scan') return undefined;
    scans += 1;
    // The delay matters: the Action replaces a rejected session only if it was not just issued.
    if (scans === 20) setTimeout(credentials.sts.revoke, 200);
    return { delayMs: 300 };
  });
  const inputs = { 'role-to-assume': ROLE, 'total-segments': '1', 'dynamodb-scan-kwargs': '{"Limit": 1}' };
  await using run = await credentials.run(inputs);
  assert.equal((await credentials.pair.copyOf(run)).summary.itemCount, 40);
  assert.equal(credentials.sts.sessions.length, 2);
});

slowTest('masks the secrets of a session in error messages from AWS', async () => {
  await using credentials = await openCredentialPair({ sts: { roles: { [ROLE]: { subject: SUBJECT } } } });
  const { pair, sts } = credentials;
  credentials.disturbSource((operation) => {
    const [{ accessKeyId, secretAccessKey, sessionToken } = failWithoutSession()] = sts.sessions;
    const user = `User: arn:aws:sts::123456789012:assumed-role/${accessKeyId}/${secretAccessKey}/${sessionToken}`;
    const message = `${user} is not authorized to perform: dynamodb:Scan on resource: orders`;
    return operation === 'Scan' ? dynamoDbError('AccessDeniedException', message) : undefined;
  });
  // The runner emulator fails if one of the secrets appears in its output.
  await using run = await credentials.run({ 'role-to-assume': ROLE });
  const { message } = await assertFailed(run, pair, 'ACCESS_DENIED');
  assert.match(message, /assumed-role\/\*\*\*\/\*\*\*\/\*\*\* is not authorized to perform dynamodb:Scan/);
});

function failWithoutSession(): never {
  throw new Error('STS issued no session');
}
