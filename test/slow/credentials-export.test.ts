import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { chosenStore } from '../emulators/store.ts';
import { SUBJECT, startOidcIssuer } from '../emulators/sts/oidc-issuer.ts';
import { openStsService, type Trust } from '../emulators/sts/sts.ts';
import { DEST_ROLE } from '../fixtures/credential-pair.ts';
import { assertRefused, openExportPair } from '../fixtures/export-pair.ts';
import { assertSucceeded, startServers } from '../fixtures/pair.ts';

await startServers();

/** Role in the account of the export service's tables. */
const EXPORTER = 'arn:aws:iam::123456789012:role/exports-the-table';
const OWNER = DEST_ROLE.split(':')[4] ?? '';

/** Opens an export pair that rejects expired sessions. */
async function openWithSessions(roles: Readonly<Record<string, Trust>>, settleAfterMs: number | 'manual' = 50) {
  await using stack = new AsyncDisposableStack();
  const storeName = chosenStore() === 'versitygw' ? 'fauxqs' : undefined;
  const exporting = stack.use(await openExportPair({ owner: OWNER, storeName, settleAfterMs }));
  const issuer = stack.use(await startOidcIssuer());
  const sts = stack.use(await openStsService({ roles, expiresAfterSeconds: 305, refusedAfterMs: 15_000 }));
  exporting.service.inject(({ headers }) => sts.refusal(headers, 'dynamodb'));
  exporting.pair.store.inject(({ headers }) => sts.refusal(headers, 's3'));
  const options = {
    timeoutMs: 120_000,
    env: { AWS_ACCESS_KEY_ID: '', AWS_SECRET_ACCESS_KEY: '', ...sts.env, ...issuer.env },
    secrets: () => [
      ...issuer.tokens,
      ...sts.sessions.flatMap(({ accessKeyId, secretAccessKey, sessionToken }) => [
        accessKeyId,
        secretAccessKey,
        sessionToken,
      ]),
    ],
  };
  const resources = stack.move();
  return { exporting, sts, options, [Symbol.asyncDispose]: () => resources.disposeAsync() };
}

suite('an export with different roles for source and destination', { concurrency: 2 }, () => {
  const roles = { [EXPORTER]: { subject: SUBJECT }, [DEST_ROLE]: { subject: SUBJECT } };
  const inputs = { 'source-role-to-assume': EXPORTER, 'dest-role-to-assume': DEST_ROLE, 's3-bucket-owner': OWNER };

  test('completes although the sessions expire while the step waits', async () => {
    await using opened = await openWithSessions(roles, 'manual');
    const { exporting, sts, options } = opened;
    const running = exporting.start(inputs, options);
    await running.printed(/Started export/);
    await pause(18_000);
    await exporting.service.settle();
    await using run = await running.result;
    await exporting.copyOf(run);
    const tokens = new Set(exporting.service.requests.map(({ headers }) => headers['x-amz-security-token']));
    assert.ok(tokens.size >= 3, `${tokens.size} sessions`);
    const [start] = exporting.calls('ExportTableToPointInTime');
    assert.equal(sts.roleOf(start?.headers ?? {}), EXPORTER);
    const readers = exporting.pair.store.requests.map(({ headers }) => sts.roleOf(headers));
    assert.deepEqual([...new Set(readers)], [DEST_ROLE]);
    assert.match(run.log, new RegExp(`DynamoDB writes the export with the permissions of ${EXPORTER}`));
  });

  test('fails before any request if s3-bucket-owner is not set', async () => {
    await using opened = await openWithSessions(roles);
    const { exporting, sts, options } = opened;
    await using run = await exporting.run({ ...inputs, 's3-bucket-owner': '' }, options);
    assert.match(assertRefused(run, 'INVALID_INPUT'), /s3-bucket-owner: is required for an export to another account/);
    assert.deepEqual([sts.requests.length, exporting.service.requests.length], [0, 0]);
  });

  test('fails without s3-bucket-owner, and succeeds with it, if the source uses environment credentials', async () => {
    await using opened = await openWithSessions(roles);
    const { exporting, options } = opened;
    const env = { ...options.env, AWS_ACCESS_KEY_ID: 'TESTACCESSKEY', AWS_SECRET_ACCESS_KEY: 'not-a-secret' };
    const destOnly = { 'dest-role-to-assume': DEST_ROLE };
    await using run = await exporting.run(destOnly, { ...options, env });
    assert.match(
      assertRefused(run, 'INVALID_INPUT'),
      /table belongs to account 123456789012, and dest-role-to-assume to account 222222222222/,
    );
    assert.equal(exporting.calls('ExportTableToPointInTime').length, 0);
    await using withOwner = await exporting.run({ ...destOnly, 's3-bucket-owner': OWNER }, { ...options, env });
    assertSucceeded(withOwner);
  });

  test('is not what point-in-time-export: auto selects, which scans instead', async () => {
    await using opened = await openWithSessions(roles);
    const { exporting, options } = opened;
    await using run = await exporting.run(
      { ...inputs, 'point-in-time-export': 'auto', 'check-interval': '30' },
      options,
    );
    assertSucceeded(run);
    assert.equal(run.outputs['engine'], 'scan');
    assert.match(run.log, /because only a scan supports dest-role-to-assume/);
  });
});
