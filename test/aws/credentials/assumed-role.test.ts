import '../shorter-waits.ts';
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { assumedRole } from '../../../src/aws/credentials/assumed-role.ts';
import type { CredentialSource } from '../../../src/aws/credentials/credential-source.ts';
import { Identity } from '../../../src/aws/credentials/identity.ts';
import { createSts } from '../../../src/aws/credentials/sts.ts';
import { CopyError } from '../../../src/errors.ts';
import { RENEWAL } from '../../../src/timeouts.ts';
import { startScriptedServer } from '../scripted-server.ts';

const ROLE = {
  arn: 'arn:aws:iam::123456789012:role/x',
  region: 'us-east-1',
  sessionName: 'test',
  durationSeconds: 900,
};

/** Returns an identity with the session tokens `parent-1`, `parent-2` and so on. */
function parentOf(validForMs: number): Identity {
  let issued = 0;
  const source: CredentialSource = {
    description: 'a parent',
    async issue() {
      issued += 1;
      const credentials = { accessKeyId: 'key', secretAccessKey: 'secret', sessionToken: `parent-${issued}` };
      return { credentials, validForMs };
    },
    isRetryable: () => false,
    explain: () => new CopyError('UNEXPECTED', 'x', 'y'),
  };
  return new Identity(source, () => {}, new AbortController().signal);
}

const EXPIRED =
  '<ErrorResponse><Error><Code>ExpiredToken</Code><Message>The security token included in the request is expired</Message></Error></ErrorResponse>';
const ISSUED = `<AssumeRoleResponse><AssumeRoleResult><Credentials><AccessKeyId>ASIA1</AccessKeyId><SecretAccessKey>s</SecretAccessKey><SessionToken>t</SessionToken><Expiration>${new Date(Date.now() + 3_600_000).toISOString()}</Expiration></Credentials></AssumeRoleResult></AssumeRoleResponse>`;

/** Asks for the role with a parent whose session STS reports as expired. Returns the parent's tokens that STS received. */
async function assumeWithExpiredParent(validForMs: number, check: (role: Identity) => Promise<void>) {
  await using server = await startScriptedServer((_, nth) =>
    nth === 1 ? { status: 403, body: EXPIRED } : { status: 200, body: ISSUED },
  );
  process.env['AWS_ENDPOINT_URL_STS'] = server.endpoint;
  const parent = parentOf(validForMs);
  const sts = createSts('us-east-1', parent);
  const role = new Identity(assumedRole(ROLE, parent, sts), () => {}, new AbortController().signal);
  await parent.credentials();
  await pause(RENEWAL.minSessionAge + 5);
  await check(role);
  sts.client.destroy();
  return server.requests.map(({ headers }) => headers['x-amz-security-token']);
}

test('a session of the parent that expires early is renewed, and the role is assumed again', async () => {
  const tokens = await assumeWithExpiredParent(3_600_000, async (role) => {
    assert.equal((await role.credentials()).accessKeyId, 'ASIA1');
  });
  assert.deepEqual(tokens, ['parent-1', 'parent-2']);
});

test('a session of the parent that expires and cannot be renewed fails with CREDENTIALS_EXPIRED', async () => {
  const tokens = await assumeWithExpiredParent(Number.POSITIVE_INFINITY, (role) =>
    assert.rejects(role.credentials(), { code: 'CREDENTIALS_EXPIRED' }),
  );
  assert.deepEqual(tokens, ['parent-1']);
});
