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

/** `parent-1`, `parent-2` and so on. */
function parentOf(validForMs: number): Identity {
  let issued = 0;
  const mechanism: CredentialSource = {
    description: 'a parent',
    async issue() {
      issued += 1;
      const credentials = { accessKeyId: 'key', secretAccessKey: 'secret', sessionToken: `parent-${issued}` };
      return { credentials, validForMs };
    },
    isRetryable: () => false,
    explain: () => new CopyError('UNEXPECTED', 'x', 'y'),
  };
  return new Identity(mechanism, () => {}, new AbortController().signal);
}

const EXPIRED =
  '<ErrorResponse><Error><Code>ExpiredToken</Code><Message>The security token included in the request is expired</Message></Error></ErrorResponse>';
const ISSUED = `<AssumeRoleResponse><AssumeRoleResult><Credentials><AccessKeyId>ASIA1</AccessKeyId><SecretAccessKey>s</SecretAccessKey><SessionToken>t</SessionToken><Expiration>${new Date(Date.now() + 3_600_000).toISOString()}</Expiration></Credentials></AssumeRoleResult></AssumeRoleResponse>`;

for (const [what, validForMs, tokens] of [
  ['is replaced, and the role asked for again', 3_600_000, ['parent-1', 'parent-2']],
  ['and cannot be renewed is the end', Number.POSITIVE_INFINITY, ['parent-1']],
] as const) {
  test(`a parent's session that has ended before its time ${what}`, async () => {
    await using server = await startScriptedServer((_, nth) =>
      nth === 1 ? { status: 403, body: EXPIRED } : { status: 200, body: ISSUED },
    );
    process.env['AWS_ENDPOINT_URL_STS'] = server.endpoint;
    const parent = parentOf(validForMs);
    const sts = createSts('us-east-1', parent);
    const role = new Identity(assumedRole(ROLE, parent, sts), () => {}, new AbortController().signal);
    await parent.credentials();
    await pause(RENEWAL.young + 5);
    if (tokens.length === 2) assert.equal((await role.credentials()).accessKeyId, 'ASIA1');
    else await assert.rejects(role.credentials(), { code: 'CREDENTIALS_EXPIRED' });
    assert.deepEqual(
      server.requests.map(({ headers }) => headers['x-amz-security-token']),
      tokens,
    );
    sts.client.destroy();
  });
}
