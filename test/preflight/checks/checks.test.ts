import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { CopyError, type ErrorCode } from '../../../src/errors.ts';
import { missingPermission, ok } from '../../../src/preflight/checks/check.ts';
import { PreflightChecks } from '../../../src/preflight/checks/checks.ts';
import { credentialsLifetimeCheck } from '../../../src/preflight/checks/credentials-lifetime.ts';

const MINUTE = 60_000;

function newChecks(signal = new AbortController().signal): PreflightChecks {
  return new PreflightChecks((error) => error as CopyError, signal);
}

function failing(code: ErrorCode, message = `${code} happened`) {
  return {
    name: code,
    run: async () => {
      throw new CopyError(code, message, `Fix ${code}.`);
    },
  };
}

async function failureOf(...codes: [ErrorCode, string?][]): Promise<CopyError> {
  const checks = newChecks();
  for (const [code, message] of codes) await checks.run(failing(code, message));
  assert.equal(checks.haveFailed, true);
  try {
    checks.throwIfFailed();
  } catch (error) {
    assert.ok(error instanceof CopyError);
    return error;
  }
  return assert.fail('throwIfFailed did not throw');
}

suite('the preflight checks', () => {
  test('pass if no check failed, even if one has a caveat or lacks an optional permission', async () => {
    const checks = newChecks();
    await checks.run({ name: 'one', run: async () => ok('fine', 'but') });
    await checks.run({ name: 'two', run: async () => missingPermission('s3:ListBucket') });
    assert.equal(await checks.find('three', async () => 3, String), 3);
    checks.throwIfFailed();
    assert.equal(checks.haveFailed, false);
    assert.deepEqual(checks.results, [
      { name: 'one', outcome: { status: 'ok', detail: 'fine', caveat: 'but' } },
      {
        name: 'two',
        outcome: { status: 'not checked', why: 'the role lacks the optional permission s3:ListBucket' },
      },
      { name: 'three', outcome: { status: 'ok', detail: '3' } },
    ]);
  });

  test('report a single failure unchanged', async () => {
    const { code, message, remedy } = await failureOf(['TABLE_NOT_FOUND']);
    assert.deepEqual([code, message, remedy], ['TABLE_NOT_FOUND', 'TABLE_NOT_FOUND happened', 'Fix TABLE_NOT_FOUND.']);
  });

  test('report several failures in order, each with its remedy', async () => {
    const { code, message } = await failureOf(['TABLE_NOT_FOUND'], ['BUCKET_NOT_FOUND', 'two\nlines']);
    assert.equal(code, 'CHECKS_FAILED');
    assert.deepEqual(message.split('\n'), [
      '2 preflight checks failed:',
      '- TABLE_NOT_FOUND: TABLE_NOT_FOUND happened Fix TABLE_NOT_FOUND.',
      '- BUCKET_NOT_FOUND: two lines Fix BUCKET_NOT_FOUND.',
    ]);
  });

  test('report a credentials error once if several checks fail with it', async () => {
    const first = 'DynamoDB rejects them';
    const { code, message } = await failureOf(
      ['CREDENTIALS_INVALID', first],
      ['CREDENTIALS_INVALID', 'S3 rejects them'],
    );
    assert.deepEqual([code, message], ['CREDENTIALS_INVALID', first]);
    assert.equal((await failureOf(['NETWORK', 'DynamoDB'], ['NETWORK', 'S3'])).code, 'CHECKS_FAILED');
  });

  test('do not count a cancelled check as failed', async () => {
    const controller = new AbortController();
    const checks = newChecks(controller.signal);
    controller.abort();
    await assert.rejects(checks.run(failing('NETWORK')), { code: 'NETWORK' });
    assert.deepEqual(checks.results, []);
  });
});

suite('the check of the credentials lifetime', () => {
  const now = new Date('2026-11-23T03:00:00Z');
  const until = { kind: 'until', time: new Date(now.getTime() + 30 * MINUTE) } as const;
  const outcome = (life: Parameters<typeof credentialsLifetimeCheck>[0], seconds: number | undefined) =>
    credentialsLifetimeCheck(life, seconds, () => now).run(new AbortController().signal);

  test('passes without a caveat if the credentials outlast the copy', async () => {
    assert.deepEqual(await outcome(async () => until, 20 * 60), ok('valid for 30 more minutes'));
    assert.deepEqual(await outcome(async () => until, undefined), ok('valid for 30 more minutes'));
  });

  test('passes with a caveat if the credentials expire before the estimated end of the copy', async () => {
    const found = await outcome(async () => until, 45 * 60);
    assert.equal(found.status, 'ok');
    assert.match(found.status === 'ok' ? (found.caveat ?? '') : '', /may take 45 minutes.*role-to-assume/);
  });

  test('passes for credentials without expiration and is not checked for an unknown expiration', async () => {
    assert.deepEqual(
      await outcome(async () => ({ kind: 'lasting', why: 'they do not expire' }), 1e9),
      ok('they do not expire'),
    );
    assert.equal((await outcome(async () => ({ kind: 'unknown' }), 1)).status, 'not checked');
  });
});
