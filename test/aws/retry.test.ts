import './shorter-waits.ts';
import assert from 'node:assert/strict';
import test from 'node:test';
import type { RetryErrorType, RetryToken, SdkError } from '@smithy/types';
import { CorruptedResponse, recordOwnWait, TimedRetryStrategy } from '../../src/aws/retry.ts';
import {
  FIRST_RETRY_PAUSE,
  MAX_RETRY_PAUSE,
  MAX_RETRY_TIME,
  MAX_RETRY_TIME_BEFORE_SUCCESS,
} from '../../src/timeouts.ts';

/** A request that fails repeatedly, with a simulated clock. */
class FailingRequest {
  elapsed = 0;
  readonly pauses: number[] = [];
  readonly strategy: TimedRetryStrategy;
  private token: RetryToken | undefined;

  constructor(random = 0.5) {
    this.strategy = new TimedRetryStrategy(
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

  /** Fails until the strategy stops the retries. */
  async failToTheEnd(errorType: RetryErrorType): Promise<void> {
    await assert.rejects(async () => {
      for (let i = 0; i < 100_000; i += 1) await this.fail(errorType);
    }, /time for retries has elapsed/);
  }
}

test('the first attempt is sent without a pause', async () => {
  const token = await new TimedRetryStrategy().acquireInitialRetryToken();
  assert.equal(token.getRetryDelay(), 0);
  assert.equal(token.getRetryCount(), 0);
});

test('pauses double up to the maximum, and throttled requests wait longer', async () => {
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

test('random pauses are 10% to 100% of the nominal pause', async () => {
  const [shortest, longest] = [new FailingRequest(0), new FailingRequest(1)];
  for (let i = 0; i < 5; i += 1) {
    await shortest.fail('THROTTLING');
    await longest.fail('THROTTLING');
  }
  for (const [i, pause] of shortest.pauses.entries()) {
    assert.ok(pause > 0);
    assert.ok(Math.abs(pause * 10 - (longest.pauses[i] ?? 0)) < 1e-9);
  }
});

test('retries of a throttled request end after MAX_RETRY_TIME, not after a number of attempts', async () => {
  const request = new FailingRequest();
  await request.failToTheEnd('THROTTLING');
  assert.ok(request.elapsed <= MAX_RETRY_TIME, `${request.elapsed}`);
  assert.ok(request.elapsed > MAX_RETRY_TIME - MAX_RETRY_PAUSE, `${request.elapsed}`);
  assert.ok(request.pauses.length > 30, `${request.pauses.length}`);
});

test('retries end earlier if the service has never responded', async () => {
  const unknown = new FailingRequest();
  await unknown.failToTheEnd('TRANSIENT');
  assert.ok(
    unknown.elapsed <= MAX_RETRY_TIME_BEFORE_SUCCESS && unknown.elapsed > MAX_RETRY_TIME_BEFORE_SUCCESS / 4,
    `${unknown.elapsed}`,
  );

  const known = new FailingRequest();
  known.strategy.recordSuccess();
  await known.failToTheEnd('TRANSIENT');
  assert.ok(known.elapsed <= MAX_RETRY_TIME && known.elapsed > MAX_RETRY_TIME - MAX_RETRY_PAUSE, `${known.elapsed}`);
});

test('every request has the full time for retries, regardless of the age of the client', async () => {
  const request = new FailingRequest();
  request.elapsed = MAX_RETRY_TIME * 10;
  await request.failToTheEnd('THROTTLING');
  assert.ok(request.elapsed > MAX_RETRY_TIME * 11 - MAX_RETRY_PAUSE);
});

test('time in which the client itself delayed an attempt does not count', async () => {
  const heldBackFor = (ms: number) => {
    const error = new Error('failed');
    recordOwnWait(error, ms);
    return { error };
  };
  const request = new FailingRequest();
  request.strategy.recordSuccess();
  await request.fail('TRANSIENT');
  for (let i = 0; i < 5; i += 1) {
    request.elapsed += 2 * MAX_RETRY_TIME;
    await request.fail('TRANSIENT', heldBackFor(2 * MAX_RETRY_TIME));
  }
  request.elapsed += 2 * MAX_RETRY_TIME;
  await assert.rejects(request.fail('TRANSIENT', heldBackFor(MAX_RETRY_TIME)), /time for retries has elapsed/);
});

test('an error that is not retryable fails at once', async () => {
  for (const errorType of ['CLIENT_ERROR', 'SERVER_ERROR'] as const) {
    const request = new FailingRequest();
    request.strategy.recordSuccess();
    await assert.rejects(request.fail(errorType), /not retryable/);
  }
});

test('a corrupted response is requested five times in total, even if other errors occur in between', async () => {
  const corrupted = { error: new CorruptedResponse('corrupted') };
  const request = new FailingRequest();
  request.strategy.recordSuccess();
  for (let i = 0; i < 4; i += 1) {
    await request.fail('TRANSIENT', corrupted);
    await request.fail('THROTTLING', { error: new Error('throttled') });
  }
  await assert.rejects(request.fail('TRANSIENT', corrupted), /corrupted in every attempt/);
});

for (const code of ['HPE_INVALID_CONSTANT', 'ERR_SSL_DECRYPTION_FAILED_OR_BAD_RECORD_MAC', 'EPROTO']) {
  test(`${code} counts as a corrupted response, although the SDK does not retry it`, async () => {
    const error = Object.assign(new Error('garbage'), { code });
    const request = new FailingRequest();
    for (let i = 0; i < 4; i += 1) await request.fail('CLIENT_ERROR', { error });
    await assert.rejects(request.fail('CLIENT_ERROR', { error }), /corrupted in every attempt/);
  });
}

for (const name of ['BadDigest', 'XAmzContentSHA256Mismatch', 'XAmzContentChecksumMismatch', 'IncompleteBody']) {
  test(`${name} counts as a corrupted request and is sent again`, async () => {
    const error = Object.assign(new Error(name), { name });
    const request = new FailingRequest();
    for (let i = 0; i < 4; i += 1) await request.fail('CLIENT_ERROR', { error });
    await assert.rejects(request.fail('CLIENT_ERROR', { error }), /corrupted in every attempt/);
  });
}

test('a successful response that the SDK cannot parse counts as corrupted, other parse errors do not', async () => {
  const unreadable = (httpStatusCode: number | undefined) =>
    Object.assign(new SyntaxError('Unexpected end'), httpStatusCode && { $metadata: { httpStatusCode } });
  const request = new FailingRequest();
  for (let i = 0; i < 4; i += 1) await request.fail('CLIENT_ERROR', { error: unreadable(200) });
  await assert.rejects(request.fail('CLIENT_ERROR', { error: unreadable(200) }), /corrupted in every attempt/);
  await assert.rejects(new FailingRequest().fail('CLIENT_ERROR', { error: unreadable(400) }), /not retryable/);
  await assert.rejects(new FailingRequest().fail('CLIENT_ERROR', { error: unreadable(undefined) }), /not retryable/);
});

test('a change of the system clock does not end the retries', async (t) => {
  t.mock.method(Date, 'now', () => 0);
  const strategy = new TimedRetryStrategy(() => 0.5);
  let token = await strategy.acquireInitialRetryToken();
  t.mock.method(Date, 'now', () => 10 * MAX_RETRY_TIME);
  token = await strategy.refreshRetryTokenForRetry(token, { errorType: 'THROTTLING' });
  assert.equal(token.getRetryCount(), 1);
});

for (const { hint, ms, pause } of [
  { hint: 'longer than the pause', ms: 5 * FIRST_RETRY_PAUSE.throttled, pause: 5 * FIRST_RETRY_PAUSE.throttled },
  { hint: 'shorter than the pause', ms: 0.001, pause: FIRST_RETRY_PAUSE.throttled },
  { hint: 'in the past', ms: -1_000_000, pause: FIRST_RETRY_PAUSE.throttled },
  { hint: 'of one hour', ms: 3_600_000, pause: MAX_RETRY_PAUSE },
  { hint: 'that is not a time', ms: Number.NaN, pause: FIRST_RETRY_PAUSE.throttled },
]) {
  test(`a Retry-After hint ${hint} results in a pause of ${pause} ms`, async () => {
    // With this random number, the pause is half of its maximum, which is twice the first pause.
    const request = new FailingRequest(4 / 9);
    await request.fail('THROTTLING', { hint: new Date(Date.now() + ms) });
    const actual = request.pauses[0] as number;
    // The clock advances between two readings.
    assert.ok(Math.abs(actual - pause) < 5, `${actual} instead of ${pause}`);
  });
}

test('retries with an invalid Retry-After hint end after MAX_RETRY_TIME', async () => {
  const request = new FailingRequest();
  await assert.rejects(async () => {
    for (let i = 0; i < 100_000; i += 1) await request.fail('THROTTLING', { hint: new Date(Number.NaN) });
  }, /time for retries has elapsed/);
});

test('an error that the SDK marks with a clock correction is retried once, not for 10 minutes', async () => {
  // While the clocks differ, the SDK marks every error as corrected and retryable.
  const rejection = Object.assign(new Error('conflict'), {
    $metadata: { httpStatusCode: 400, clockSkewCorrected: true },
  });
  const request = new FailingRequest();
  request.strategy.recordSuccess();
  await request.fail('TRANSIENT', { error: rejection });
  await assert.rejects(request.fail('TRANSIENT', { error: rejection }), /not retryable/);
});

test('a server error is retried normally while the clocks differ', async () => {
  const fault = Object.assign(new Error('fault'), { $metadata: { httpStatusCode: 500, clockSkewCorrected: true } });
  const request = new FailingRequest();
  request.strategy.recordSuccess();
  for (let i = 0; i < 5; i += 1) await request.fail('TRANSIENT', { error: fault });
});

test('a 409 because of a concurrent write is retried, no other 409', async () => {
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
