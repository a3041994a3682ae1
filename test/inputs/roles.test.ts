import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { RoleSettings } from '../../src/aws/credentials/identities.ts';
import { InputReader } from '../../src/inputs/input-reader.ts';
import { InputProblems } from '../../src/inputs/problems.ts';
import type { Regions } from '../../src/inputs/regions.ts';
import { readRoles, requireOwnerForExport } from '../../src/inputs/roles.ts';

const ROLE = 'arn:aws:iam::123456789012:role/backup';
const SOURCE = 'arn:aws:iam::111111111111:role/path/to/source';
const DEST = 'arn:aws:iam::222222222222:role/dest';
const OIDC = { ACTIONS_ID_TOKEN_REQUEST_URL: 'https://x/?a', ACTIONS_ID_TOKEN_REQUEST_TOKEN: 't' };
const DEFAULTS = { chaining: false, sessionName: 'GitHubActions', durationSeconds: 3600 };

type Given = Readonly<Record<string, string>>;

function read(given: Given, env: NodeJS.ProcessEnv = OIDC, regions: Regions = { source: 'us-east-1' }) {
  const variables = Object.entries(given).map(([name, value]) => [`INPUT_${name.toUpperCase()}`, value]);
  const problems = new InputProblems();
  const reader = new InputReader({ ...env, ...Object.fromEntries(variables) }, problems);
  return { roles: readRoles(reader, env, regions), problems, reader };
}

function roles(given: Given, env?: NodeJS.ProcessEnv): RoleSettings {
  const { roles, problems } = read(given, env);
  assert.deepEqual(problems.lines, []);
  return roles;
}

function onlyProblem(given: Given, env?: NodeJS.ProcessEnv, regions?: Regions): string {
  const { lines } = read(given, env, regions).problems;
  assert.equal(lines.length, 1, lines.join('\n'));
  return lines[0] ?? '';
}

describe('role-to-assume', () => {
  it('is not set by default', () => assert.deepEqual(roles({}), DEFAULTS));

  it('applies to source and destination unless the input for one of them is set', () => {
    const rolesOf = (given: Given) => {
      const { source, dest } = roles(given);
      return [source, dest];
    };
    assert.deepEqual(rolesOf({ 'role-to-assume': ROLE }), [ROLE, ROLE]);
    assert.deepEqual(rolesOf({ 'source-role-to-assume': SOURCE }), [SOURCE, undefined]);
    assert.deepEqual(rolesOf({ 'dest-role-to-assume': DEST }), [undefined, DEST]);
    assert.deepEqual(rolesOf({ 'source-role-to-assume': SOURCE, 'dest-role-to-assume': DEST }), [SOURCE, DEST]);
    assert.deepEqual(rolesOf({ 'role-to-assume': ROLE, 'source-role-to-assume': SOURCE }), [SOURCE, ROLE]);
    assert.deepEqual(rolesOf({ 'role-to-assume': ROLE, 'dest-role-to-assume': DEST }), [ROLE, DEST]);
  });

  for (const [value, expected] of [
    ['backup', /"backup" is invalid. Use the ARN of an IAM role/],
    ['arn:aws:iam::123456789012:user/backup', /Use the ARN of an IAM role/],
    ['arn:aws:iam::12345678901:role/backup', /Use the ARN of an IAM role/],
    ['arn:aws:sts::123456789012:assumed-role/backup/x', /is the ARN of a role session. Use the ARN of the role/],
    ['arn:aws:iam::123456789012:role/x\n::error::y', /\\n/],
  ] as const) {
    it(`rejects ${JSON.stringify(value)} with a message that matches ${expected}`, () => {
      assert.match(onlyProblem({ 'dest-role-to-assume': value }), expected);
    });
  }

  it('must be in the same partition as the Region', () => {
    const china = 'arn:aws-cn:iam::123456789012:role/backup';
    assert.match(
      onlyProblem({ 'role-to-assume': china }),
      /^role-to-assume: is a role in AWS China \(aws-cn\), but the Region "us-east-1" is in another partition. Set source-aws-region or aws-region to a Region of AWS China, such as cn-north-1$/,
    );
    assert.match(
      onlyProblem({ 'dest-role-to-assume': china }, OIDC, { source: 'us-east-1', dest: 'us-gov-west-1' }),
      /^dest-role-to-assume: .*"us-gov-west-1"/,
    );
    assert.deepEqual(read({ 'role-to-assume': china }, OIDC, { source: 'cn-northwest-1' }).problems.lines, []);
    assert.deepEqual(read({ 'role-to-assume': ROLE }, OIDC, { source: 'garage' }).problems.lines, []);
  });
});

describe('role session inputs', () => {
  const given = { 'role-to-assume': ROLE };

  it('set the session name, duration, audience, chaining and external ID', () => {
    const session = { 'role-session-name': 'nightly@shop', 'role-duration-seconds': '900', audience: 'https://x/y' };
    assert.deepEqual(roles({ ...given, ...session }), {
      source: ROLE,
      dest: ROLE,
      chaining: false,
      sessionName: 'nightly@shop',
      durationSeconds: 900,
      audience: 'https://x/y',
    });
    assert.equal(roles({ ...given, 'role-chaining': 'true', 'role-external-id': 'a/b:c' }).externalId, 'a/b:c');
    assert.equal(roles({ ...given, 'role-external-id': 'a/b:c' }, {}).externalId, 'a/b:c');
    assert.equal(roles({ ...given, 'role-duration-seconds': '43200' }).durationSeconds, 43_200);
  });

  for (const [input, value] of [
    ['role-session-name', 'a'],
    ['role-session-name', 'with space'],
    ['role-session-name', 'x'.repeat(65)],
    ['role-duration-seconds', '899'],
    ['role-duration-seconds', '43201'],
    ['role-duration-seconds', '1h'],
    ['role-chaining', 'yes'],
  ] as const) {
    it(`reject ${input}: ${value}`, () => {
      assert.match(onlyProblem({ ...given, [input]: value }), new RegExp(`^${input}: .* is invalid. Use `));
    });
  }

  it('limit sessions with role chaining to 1 hour', () => {
    const problem = onlyProblem({ ...given, 'role-chaining': 'true', 'role-duration-seconds': '3601' });
    assert.match(problem, /900 to 3,600. AWS limits sessions with role chaining to 1 hour/);
  });

  it('do not show the external ID in errors', () => {
    const problem = onlyProblem({ ...given, 'role-chaining': 'true', 'role-external-id': 'hunter2 hunter2' });
    assert.match(problem, /^role-external-id: is invalid/);
    assert.doesNotMatch(problem, /hunter2/);
  });

  it('reject an external ID with OIDC', () => {
    assert.match(onlyProblem({ ...given, 'role-external-id': 'abc' }), /Set role-chaining to true/);
  });

  it('reject an audience without OIDC', () => {
    assert.match(onlyProblem({ ...given, audience: 'a', 'role-chaining': 'true' }), /role-chaining is true/);
    assert.match(
      onlyProblem({ ...given, audience: 'a' }, {}),
      /the job has no permission to request an ID token.*id-token: write/,
    );
  });

  it('are rejected if no role is set, unless they have their default values', () => {
    for (const [name, value] of Object.entries({
      'role-chaining': 'true',
      'role-session-name': 'me',
      'role-duration-seconds': '900',
      'role-external-id': 'abc',
      audience: 'abc',
    })) {
      assert.match(onlyProblem({ [name]: value }), new RegExp(`^role-to-assume: is not set, so ${name} has no effect`));
    }
    // Defaults in action.yml
    const defaults = {
      'role-chaining': 'false',
      'role-session-name': 'GitHubActions',
      'role-duration-seconds': '3600',
    };
    assert.deepEqual(roles(defaults), DEFAULTS);
  });
});

describe('s3-bucket-owner for an export', () => {
  function problemsWith(given: Given): readonly string[] {
    const { roles, problems, reader } = read(given);
    requireOwnerForExport(reader, roles);
    return problems.lines;
  }

  it('is required if the roles are in different accounts', () => {
    const [problem = '', ...more] = problemsWith({ 'source-role-to-assume': SOURCE, 'dest-role-to-assume': DEST });
    assert.match(problem, /^s3-bucket-owner: is required .* in account 222222222222, but .* in account 111111111111/);
    assert.deepEqual(more, []);
  });

  it('is not required if the roles are in the same account or only one is set', () => {
    const other = DEST.replace('222222222222', '111111111111');
    assert.deepEqual(problemsWith({ 'source-role-to-assume': SOURCE, 'dest-role-to-assume': other }), []);
    assert.deepEqual(problemsWith({ 'role-to-assume': ROLE }), []);
    assert.deepEqual(problemsWith({ 'dest-role-to-assume': DEST }), []);
  });
});
