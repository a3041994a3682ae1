import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { Identity } from '../../src/aws/credentials/identity.ts';
import { rejectCrossAccountTable, rejectUnknownOwner } from '../../src/preflight/table-account.ts';
import { startScriptedServer } from '../aws/scripted-server.ts';
import '../aws/clients-for-tests.ts';

const TABLE = 'arn:aws:dynamodb:eu-west-1:111122223333:table/orders';
const ROLE = 'arn:aws:iam::444455556666:role/writes-backups';
const CREDENTIALS = { accessKeyId: 'AKIAEXAMPLE000', secretAccessKey: 'secret-of-the-test' };
const IDENTITY = { provider: async () => CREDENTIALS } as unknown as Identity;
const NEVER = new AbortController().signal;

suite('the bucket of another account', () => {
  test('requires its owner for an export', () => {
    assert.throws(() => rejectUnknownOwner(TABLE, ROLE, undefined), {
      code: 'INVALID_INPUT',
      message: /belongs to account 111122223333, and dest-role-to-assume to account 444455556666/,
    });
  });

  test('is accepted if its owner is known, or if it may be in the same account', () => {
    rejectUnknownOwner(TABLE, ROLE, '444455556666');
    rejectUnknownOwner(TABLE, ROLE.replace('444455556666', '111122223333'), undefined);
    rejectUnknownOwner(undefined, ROLE, undefined);
  });
});

suite('the table of another account', () => {
  const response = (account: string) => `<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">
    <GetCallerIdentityResult><Account>${account}</Account></GetCallerIdentityResult></GetCallerIdentityResponse>`;
  const reject = async (account: string) => {
    await using server = await startScriptedServer(() => ({ status: 200, body: response(account) }));
    process.env['AWS_ENDPOINT_URL_STS'] = server.endpoint;
    await rejectCrossAccountTable({ table: { arn: TABLE }, sourceRegion: 'eu-west-1' }, IDENTITY, NEVER);
  };

  test('cannot be exported', async () => {
    await assert.rejects(reject('444455556666'), {
      code: 'EXPORT_REJECTED',
      message: /belongs to account 111122223333, but the role of this step belongs to account 444455556666/,
    });
  });

  test('can be exported by a role of that account', () => reject('111122223333'));
});
