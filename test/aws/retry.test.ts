import assert from 'node:assert/strict';
import test from 'node:test';
import type { RetryErrorType, RetryToken, SdkError } from '@smithy/types';
import { CorruptedResponse, PatientRetryStrategy, recordOwnWait } from '../../src/aws/retry.ts';
import { FIRST_RETRY_PAUSE, GIVE_UP, GIVE_UP_AT_FIRST, MAX_RETRY_PAUSE } from '../../src/timeouts.ts';
import './shorter-waits.ts';

/** A request that fails again and again, on a clock of its own. */
class FailingRequest {
  elapsed = 0;
  readonly pauses: number[] = [];
  readonly strategy: PatientRetryStrategy;
  private token: RetryToken | undefined;

  constructor(random = 0.5) {
    this.strategy = new PatientRetryStrategy(
      () => random,
      () => this.elapsed,
    );
  }

  async fail(errorType: RetryErrorType, { error, hint }: { error?: Error; hint?: Date } = {}): Promise<void> {
    this.token ??= await this.strategy.acquireInitialRetryToken();
    this.token = await this.strategy.refreshRetryTokenForRetry(this.token, {
      errorType,
      ...(error && { error: error as SdkError }),
      ...(hint && { retryAfterHint: hint }),
    });
    const pause = this.token.getRetryDelay();
    this.pauses.push(pause);
    this.elapsed += pause;
    assert.equal(this.token.getRetryCount(), this.pauses.length);
  }

  /** Fails until the strategy has had enough. */
  async failToTheEnd(errorType: RetryErrorType): Promise<void> {
    await assert.rejects(async () => {
      for (let i = 0; i < 100_000; i += 1) await this.fail(errorType);
    }, /time for retries has elapsed/);
  }
}

test('the first attempt is sent at once', async () => {
  const token = await new PatientRetryStrategy().acquireInitialRetryToken();
  assert.equal(token.getRetryDelay(), 0);
  assert.equal(token.getRetryCount(), 0);
});

test('pauses double up to the longest, and a throttle waits longer than another fault', async () => {
  for (const [errorType, first] of [
    ['THROTTLING', FIRST_RETRY_PAUSE.throttled],
    ['TRANSIENT', FIRST_RETRY_PAUSE.transient],
  ] as const) {
    const request = new FailingRequest(1);
    request.strategy.recordSuccess();
    for (let i = 0; i < 20; i += 1) await request.fail(errorType);
    const expected = Array.from({ length: 20 }, (_, i) => Math.min(MAX_RETRY_PAUSE, first * 2 ** (i + 1)));
    assert.deepEqual(request.pauses, expected);
  }
  assert.ok(FIRST_RETRY_PAUSE.throttled > FIRST_RETRY_PAUSE.transient);
});

test('chance spreads the pauses over nine tenths of their length, and never down to none', async () => {
  const [least, most] = [new FailingRequest(0), new FailingRequest(1)];
  for (let i = 0; i < 5; i += 1) {
    await least.fail('THROTTLING');
    await most.fail('THROTTLING');
  }
  for (const [i, pause] of least.pauses.entries()) {
    assert.ok(pause > 0);
    assert.ok(Math.abs(pause * 10 - (most.pauses[i] ?? 0)) < 1e-9);
  }
});

test('a throttled request is given up by time, not by count', async () => {
  const request = new FailingRequest();
  await request.failToTheEnd('THROTTLING');
  assert.ok(request.elapsed <= GIVE_UP, `${request.elapsed}`);
  assert.ok(request.elapsed > GIVE_UP - MAX_RETRY_PAUSE, `${request.elapsed}`);
  assert.ok(request.pauses.length > 30, `${request.pauses.length}`);
});

test('a service that has never answered is given up sooner than one that has', async () => {
  const unknown = new FailingRequest();
  await unknown.failToTheEnd('TRANSIENT');
  assert.ok(unknown.elapsed <= GIVE_UP_AT_FIRST && unknown.elapsed > GIVE_UP_AT_FIRST / 4, `${unknown.elapsed}`);

  const known = new FailingRequest();
  known.strategy.recordSuccess();
  await known.failToTheEnd('TRANSIENT');
  assert.ok(known.elapsed <= GIVE_UP && known.elapsed > GIVE_UP - MAX_RETRY_PAUSE, `${known.elapsed}`);
});

test('each request has the whole time, however long the client has lived', async () => {
  const request = new FailingRequest();
  request.elapsed = GIVE_UP * 10;
  await request.failToTheEnd('THROTTLING');
  assert.ok(request.elapsed > GIVE_UP * 11 - MAX_RETRY_PAUSE);
});

test('time in which an attempt was held back on this side does not count', async () => {
  const heldBackFor = (ms: number) => {
    const error = new Error('refused');
    recordOwnWait(error, ms);
    return { error };
  };
  const request = new FailingRequest();
  request.strategy.recordSuccess();
  await request.fail('TRANSIENT');
  for (let i = 0; i < 5; i += 1) {
    request.elapsed += 2 * GIVE_UP;
    await request.fail('TRANSIENT', heldBackFor(2 * GIVE_UP));
  }
  request.elapsed += 2 * GIVE_UP;
  await assert.rejects(request.fail('TRANSIENT', heldBackFor(GIVE_UP)), /time for retries has elapsed/);
});

test('what waiting does not cure fails at once', async () => {
  for (const errorType of ['CLIENT_ERROR', 'SERVER_ERROR'] as const) {
    const request = new FailingRequest();
    request.strategy.recordSuccess();
    await assert.rejects(request.fail(errorType), /not retryable/);
  }
});

test('damage is asked about five times in all, whatever else goes wrong in between', async () => {
  const damaged = { error: new CorruptedResponse('damaged') };
  const request = new FailingRequest();
  request.strategy.recordSuccess();
  for (let i = 0; i < 4; i += 1) {
    await request.fail('TRANSIENT', damaged);
    await request.fail('THROTTLING', { error: new Error('throttled') });
  }
  await assert.rejects(request.fail('TRANSIENT', damaged), /corrupted in every attempt/);
});

for (const code of ['HPE_INVALID_CONSTANT', 'ERR_SSL_DECRYPTION_FAILED_OR_BAD_RECORD_MAC', 'EPROTO']) {
  test(`${code} is damage, though the SDK takes it for final`, async () => {
    const error = Object.assign(new Error('garbage'), { code });
    const request = new FailingRequest();
    for (let i = 0; i < 4; i += 1) await request.fail('CLIENT_ERROR', { error });
    await assert.rejects(request.fail('CLIENT_ERROR', { error }), /corrupted in every attempt/);
  });
}

for (const name of ['BadDigest', 'XAmzContentSHA256Mismatch', 'XAmzContentChecksumMismatch', 'IncompleteBody']) {
  test(`${name}: S3 got other bytes than were sent, which are sent again`, async () => {
    const error = Object.assign(new Error(name), { name });
    const request = new FailingRequest();
    for (let i = 0; i < 4; i += 1) await request.fail('CLIENT_ERROR', { error });
    await assert.rejects(request.fail('CLIENT_ERROR', { error }), /corrupted in every attempt/);
  });
}

test('an answer of success that the SDK cannot read is damage, and any other error of no name is not', async () => {
  const unreadable = (httpStatusCode: number | undefined) =>
    Object.assign(new SyntaxError('Unexpected end'), httpStatusCode && { $metadata: { httpStatusCode } });
  const request = new FailingRequest();
  for (let i = 0; i < 4; i += 1) await request.fail('CLIENT_ERROR', { error: unreadable(200) });
  await assert.rejects(request.fail('CLIENT_ERROR', { error: unreadable(200) }), /corrupted in every attempt/);
  await assert.rejects(new FailingRequest().fail('CLIENT_ERROR', { error: unreadable(400) }), /not retryable/);
  await assert.rejects(new FailingRequest().fail('CLIENT_ERROR', { error: unreadable(undefined) }), /not retryable/);
});

test('a runner whose clock is set in the middle is as patient as any', async (t) => {
  t.mock.method(Date, 'now', () => 0);
  const strategy = new PatientRetryStrategy(() => 0.5);
  let token = await strategy.acquireInitialRetryToken();
  t.mock.method(Date, 'now', () => 10 * GIVE_UP);
  token = await strategy.refreshRetryTokenForRetry(token, { errorType: 'THROTTLING' });
  assert.equal(token.getRetryCount(), 1);
});

test('a hint of the server is followed, up to the longest pause', async (t) => {
  const cases = [
    { name: 'longer than the pause', hint: 5 * FIRST_RETRY_PAUSE.throttled, pause: 5 * FIRST_RETRY_PAUSE.throttled },
    { name: 'shorter', hint: 0.001, pause: FIRST_RETRY_PAUSE.throttled },
    { name: 'in the past', hint: -1_000_000, pause: FIRST_RETRY_PAUSE.throttled },
    { name: 'an hour', hint: 3_600_000, pause: MAX_RETRY_PAUSE },
    { name: 'no time at all', hint: Number.NaN, pause: FIRST_RETRY_PAUSE.throttled },
  ];
  for (const { name, hint, pause } of cases) {
    await t.test(name, async () => {
      // With this draw, the pause is the first ceiling, which is twice the first pause, by half.
      const request = new FailingRequest(4 / 9);
      await request.fail('THROTTLING', { hint: new Date(Date.now() + hint) });
      const told = request.pauses[0] as number;
      // A clock goes on between two looks at it.
      assert.ok(Math.abs(told - pause) < 5, `${told} instead of ${pause}`);
    });
  }
});

test('a hint that is no time does not keep a request going for ever', async () => {
  const request = new FailingRequest();
  await assert.rejects(async () => {
    for (let i = 0; i < 100_000; i += 1) await request.fail('THROTTLING', { hint: new Date(Number.NaN) });
  }, /time for retries has elapsed/);
});

test('a refusal is asked about once more after the SDK has corrected its clock, and not for ten minutes', async () => {
  // The SDK marks every error so while the clocks differ, and takes it for one that passes.
  const refusal = Object.assign(new Error('conflict'), {
    $metadata: { httpStatusCode: 400, clockSkewCorrected: true },
  });
  const request = new FailingRequest();
  request.strategy.recordSuccess();
  await request.fail('TRANSIENT', { error: refusal });
  await assert.rejects(request.fail('TRANSIENT', { error: refusal }), /not retryable/);
});

test('a fault that passes is waited out, also while the clocks differ', async () => {
  const fault = Object.assign(new Error('fault'), { $metadata: { httpStatusCode: 500, clockSkewCorrected: true } });
  const request = new FailingRequest();
  request.strategy.recordSuccess();
  for (let i = 0; i < 5; i += 1) await request.fail('TRANSIENT', { error: fault });
});

test('a 409 because of another write in progress is retried, and no other 409', async () => {
  for (const name of ['ConditionalRequestConflict', 'OperationAborted']) {
    const request = new FailingRequest();
    await request.fail('CLIENT_ERROR', { error: Object.assign(new Error(), { name }) });
    assert.equal(request.pauses.length, 1);
  }
  const request = new FailingRequest();
  await assert.rejects(
    request.fail('CLIENT_ERROR', { error: Object.assign(new Error(), { name: 'BucketAlreadyExists' }) }),
    /not retryable/,
  );
});
